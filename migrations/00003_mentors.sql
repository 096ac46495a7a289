-- Mentors: who is assigned to whom, what the participant signed, and which grants follow. Rule: an
-- assignment alone shows nothing to anybody. A consent signs one assignment. A grant needs a consent in
-- force and ends with it; staff can close a grant, never open one.

-- +goose Up

-- Used in policies as (select app.is_staff()), so that it is evaluated once per query.
create function app.is_staff() returns boolean language sql stable
  as $$ select exists (select 1 from public.member_role r where r.facility_id = (select app.fid())
    and r.member_id = (select app.uid()) and r.role in ('admin', 'counselor')) $$;
revoke all on function app.is_staff() from public;
grant execute on function app.is_staff() to app;

alter table facility
  add column track text not null default 'twelve_step' check (track in ('twelve_step', 'secular')),
  -- What staff and mentors of this facility must report by law, in the facility's words.
  add column duty_note text not null default '' check (length(duty_note) <= 1000);

create table assignment (
  facility_id uuid not null references facility (id),
  id uuid not null,
  participant_id uuid not null,
  -- A mentor who is only invited has an invitation_id here, and a mentor_id once they join.
  mentor_id uuid check (mentor_id <> participant_id),
  invitation_id uuid,
  created_by uuid not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid,
  primary key (facility_id, id),
  check (mentor_id is not null or invitation_id is not null),
  foreign key (facility_id, participant_id) references member (facility_id, id) on delete cascade,
  foreign key (facility_id, mentor_id) references member (facility_id, id) on delete cascade,
  foreign key (facility_id, invitation_id) references invitation (facility_id, id)
);
create unique index assignment_once on assignment (facility_id, participant_id, mentor_id) where ended_at is null;
create unique index assignment_once_invited on assignment (facility_id, participant_id, invitation_id) where ended_at is null;
create index assignment_by_mentor on assignment (facility_id, mentor_id) where ended_at is null;

-- One signed consent, with every element of 42 CFR 2.31: whose, from whom, to whom, what, why, since
-- when, until when, how it was signed, and that it can be revoked.
create table consent (
  facility_id uuid not null references facility (id),
  id uuid not null,
  assignment_id uuid not null,
  subject_id uuid not null,
  recipient_id uuid not null,
  what text not null check (what in ('chosen_worksheets')),
  purpose text not null check (purpose in ('step_nine_support')),
  text_version text not null,
  language text not null check (language in ('en', 'es')),
  method text not null check (method in ('in_app')),
  signed_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > signed_at),
  revoked_at timestamptz,
  primary key (facility_id, id),
  foreign key (facility_id, assignment_id) references assignment (facility_id, id) on delete cascade,
  foreign key (facility_id, subject_id) references member (facility_id, id) on delete cascade,
  foreign key (facility_id, recipient_id) references member (facility_id, id) on delete cascade
);
create index consent_by_subject on consent (facility_id, subject_id);
create index consent_by_assignment on consent (facility_id, assignment_id);

-- "Tell my counselor": only that a person asks, not why.
create table call (
  facility_id uuid not null references facility (id),
  id uuid not null,
  member_id uuid not null,
  at timestamptz not null,
  taken_at timestamptz,
  taken_by uuid,
  primary key (facility_id, id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);
create unique index call_open_once on call (facility_id, member_id) where taken_at is null;

-- A person's public keys, separate from the account: an assigned counterpart may read them.
create table public_bundle (
  facility_id uuid not null,
  member_id uuid not null,
  bundle bytea not null check (length(bundle) = 1269),
  primary key (facility_id, member_id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);
-- With FORCE, row-level security would hide the rows to move from the table's owner too.
alter table account no force row level security;
insert into public_bundle select facility_id, member_id, bundle from account;
-- +goose StatementBegin
do $$ begin
  if (select count(*) from public_bundle) <> (select count(*) from account) then
    raise exception 'not every public bundle was moved';
  end if;
end $$;
-- +goose StatementEnd
alter table account force row level security;
alter table account drop column bundle;

-- Grants depend on a consent and expire with it.
alter table reader_grant
  add column consent_id uuid not null,
  add column until timestamptz not null,
  add foreign key (facility_id, consent_id) references consent (facility_id, id) on delete cascade;

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['assignment', 'consent', 'call', 'public_bundle']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I as restrictive for all to app using (facility_id = (select app.fid())) with check (facility_id = (select app.fid()))', t);
    execute format('create policy keep on %I for select to backup using (true)', t);
  end loop;
end $$;
-- +goose StatementEnd

create policy staff on assignment for all to app
  using ((select app.is_staff())) with check ((select app.is_staff()));
create policy side on assignment for select to app
  using (participant_id = (select app.uid()) or mentor_id = (select app.uid()));
-- The person who used the slip becomes the mentor.
create policy invited_sees on assignment for select to app
  using (mentor_id is null and invitation_id in (select i.id from invitation i where i.facility_id = assignment.facility_id and i.used_by = (select app.uid())));
create policy invited on assignment for update to app
  using (mentor_id is null and invitation_id in (select i.id from invitation i where i.facility_id = assignment.facility_id and i.used_by = (select app.uid())))
  with check (mentor_id = (select app.uid()));

create policy subject on consent for all to app
  using (subject_id = (select app.uid())) with check (subject_id = (select app.uid()));
create policy recipient on consent for select to app using (recipient_id = (select app.uid()));
create policy staff_sees on consent for select to app using ((select app.is_staff()));

create policy own on call for all to app
  using (member_id = (select app.uid())) with check (member_id = (select app.uid()) and taken_at is null);
create policy staff_sees on call for select to app using ((select app.is_staff()));
create policy staff_takes on call for update to app
  using ((select app.is_staff())) with check (taken_by = (select app.uid()));

create policy own on public_bundle for all to app
  using (member_id = (select app.uid())) with check (member_id = (select app.uid()));
create policy counterpart on public_bundle for select to app
  using (exists (select 1 from assignment a where a.facility_id = public_bundle.facility_id and a.ended_at is null
    and ((a.participant_id = (select app.uid()) and a.mentor_id = public_bundle.member_id)
      or (a.mentor_id = (select app.uid()) and a.participant_id = public_bundle.member_id))));

drop policy owner on reader_grant;
create policy owner on reader_grant for all to app
  using (owner_id = (select app.uid()))
  with check (owner_id = (select app.uid()) and (closed_at is not null or exists (
    select 1 from consent c join assignment a on a.facility_id = c.facility_id and a.id = c.assignment_id
    where c.facility_id = reader_grant.facility_id and c.id = reader_grant.consent_id and c.subject_id = reader_grant.owner_id
      and c.recipient_id = reader_grant.reader_id and c.revoked_at is null and c.expires_at > now() and a.ended_at is null)));
create policy staff_sees on reader_grant for select to app using ((select app.is_staff()));
create policy staff_closes on reader_grant for update to app
  using ((select app.is_staff())) with check (closed_at is not null);
drop policy reader on reader_grant;
create policy reader on reader_grant for select to app
  using (reader_id = (select app.uid()) and closed_at is null and until > now());

drop policy reader on sealed;
create policy reader on sealed for select to app
  using ((select app.uid()) = any (readers) and exists (
    select 1 from reader_grant g where g.facility_id = sealed.facility_id and g.owner_id = sealed.owner_id
      and g.ws = sealed.ws and g.reader_id = (select app.uid()) and g.closed_at is null and g.until > now()));
drop policy reader on at_rest_key;
create policy reader on at_rest_key for select to app
  using (exists (select 1 from reader_grant g where g.facility_id = at_rest_key.facility_id
    and g.owner_id = at_rest_key.member_id and g.reader_id = (select app.uid()) and g.closed_at is null and g.until > now()));

-- A person may write their own documents, and feedback on a page that they may read now.
drop policy author on sealed;
create policy author on sealed for all to app
  using (author_id = (select app.uid()))
  with check (author_id = (select app.uid()) and (owner_id = (select app.uid()) or typ = 'feedback' and exists (
    select 1 from reader_grant g where g.facility_id = sealed.facility_id and g.owner_id = sealed.owner_id
      and g.ws = sealed.ws and g.reader_id = (select app.uid()) and g.closed_at is null and g.until > now())));

grant select, insert, update on assignment, consent, call, public_bundle to app;
grant select on assignment, consent, call, public_bundle to backup;

-- +goose Down
select 1;
