-- A facility's own agendas. Rule: an agenda is a row with versions; at most one of them is a draft,
-- saved by compare-and-set on its `rev`; a published version is immutable, which the update policy
-- enforces even if a check in the app is missing. Workshops keep their own copy, so no change here ever
-- reaches a room.

-- +goose Up

-- Used in policies as (select app.holds(...)), so that it is evaluated once per query.
create function app.holds(variadic wanted text[]) returns boolean language sql stable
  as $$ select exists (select 1 from public.member_role r where r.facility_id = (select app.fid())
    and r.member_id = (select app.uid()) and r.role = any (wanted)) $$;
revoke all on function app.holds(text[]) from public;
grant execute on function app.holds(text[]) to app;

create table agenda (
  facility_id uuid not null references facility (id),
  id uuid not null,
  language text not null check (language in ('en', 'es')),
  created_by uuid not null,
  created_at timestamptz not null,
  archived_at timestamptz,
  primary key (facility_id, id),
  foreign key (facility_id, created_by) references member (facility_id, id)
);

create table agenda_version (
  facility_id uuid not null references facility (id),
  agenda_id uuid not null,
  ver integer not null check (ver >= 1),
  -- How often the draft was saved; compared by compare-and-set.
  rev integer not null check (rev >= 1),
  title text not null check (length(title) <= 80),
  -- The intended length; the sum of the parts is compared with it.
  target_min smallint not null check (target_min between 15 and 240),
  segments jsonb not null,
  saved_by uuid not null,
  saved_at timestamptz not null,
  published_at timestamptz,
  primary key (facility_id, agenda_id, ver),
  foreign key (facility_id, agenda_id) references agenda (facility_id, id) on delete cascade,
  foreign key (facility_id, saved_by) references member (facility_id, id)
);
create unique index agenda_draft_once on agenda_version (facility_id, agenda_id) where published_at is null;

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['agenda', 'agenda_version']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I as restrictive for all to app using (facility_id = (select app.fid())) with check (facility_id = (select app.fid()))', t);
    execute format('create policy keep on %I for select to backup using (true)', t);
    -- A room batch has no member, so it sees none.
    execute format('create policy sees on %I for select to app using ((select app.holds(''admin'', ''counselor'', ''mentor'')))', t);
  end loop;
end $$;
-- +goose StatementEnd

create policy makes on agenda for insert to app
  with check (created_by = (select app.uid()) and (select app.holds('admin', 'counselor')));
create policy changes on agenda for update to app
  using ((select app.holds('admin')) or created_by = (select app.uid()) and (select app.holds('counselor')))
  with check (true);

create policy makes on agenda_version for insert to app
  with check (published_at is null and saved_by = (select app.uid()) and exists (
    select 1 from agenda a where a.facility_id = agenda_version.facility_id and a.id = agenda_version.agenda_id
      and ((select app.holds('admin')) or a.created_by = (select app.uid()) and (select app.holds('counselor')))));
create policy changes on agenda_version for update to app
  using (published_at is null and exists (
    select 1 from agenda a where a.facility_id = agenda_version.facility_id and a.id = agenda_version.agenda_id
      and ((select app.holds('admin')) or a.created_by = (select app.uid()) and (select app.holds('counselor')))))
  with check (saved_by = (select app.uid()) or published_at is not null);

grant select, insert, update on agenda, agenda_version to app;
grant select on agenda, agenda_version to backup;

-- +goose Down
select 1;
