-- Rule of this schema: every row belongs to exactly one facility (tenant). Each tenant table has ENABLE
-- and FORCE row-level security, one RESTRICTIVE policy on the facility, and a PERMISSIVE one that says
-- who inside the facility may touch the row. The role `app` owns nothing. Data needed before the
-- facility is known is in schema `lookup`: no policies, no grants, reachable only through the SECURITY
-- DEFINER functions of schema `app`, which return ids only.

-- +goose Up

-- +goose StatementBegin
do $$ begin
  if not exists (select 1 from pg_roles where rolname = 'app') then
    raise exception 'the database roles are missing: run deploy/postgres-roles.sql first';
  end if;
end $$;
-- +goose StatementEnd

create schema app;
create schema lookup;
revoke all on schema public from public;
revoke all on schema app, lookup from public;
grant usage on schema public, app to app, sweeper, backup;
grant usage on schema lookup to backup;

-- The asking person, set once per transaction by postgres.DB.Within. nullif: on a pooled connection the
-- setting is an empty string after the first transaction.
create function app.fid() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.facility_id', true), '')::uuid $$;
create function app.uid() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.member_id', true), '')::uuid $$;
create function app.wid() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.workshop_id', true), '')::uuid $$;

create table facility (
  id uuid primary key,
  name text not null check (length(name) between 1 and 80),
  time_zone text not null,
  language text not null check (language in ('en', 'es')),
  neutral_url text not null,
  created_at timestamptz not null default now()
);

create table crisis_line (
  facility_id uuid not null references facility (id),
  position smallint not null check (position between 1 and 12),
  label text not null check (length(label) between 1 and 80),
  number text not null check (length(number) between 1 and 40),
  note text not null default '' check (length(note) <= 200),
  language text not null check (language in ('en', 'es')),
  checked_on date not null,
  primary key (facility_id, language, position)
);

-- A member is a person in the facility; its id is the `acct` of the sealing format.
create table member (
  facility_id uuid not null references facility (id),
  id uuid not null,
  room_name text not null check (length(room_name) between 1 and 40),
  language text not null check (language in ('en', 'es')),
  status text not null check (status in ('active', 'suspended', 'ended')),
  joined_on date not null,
  primary key (facility_id, id),
  unique (id)
);

create table member_role (
  facility_id uuid not null,
  member_id uuid not null,
  role text not null check (role in ('participant', 'mentor', 'counselor', 'admin')),
  primary key (facility_id, member_id, role),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);

-- The verifiers and public parameters of a person's keys. None of them opens a worksheet.
create table account (
  facility_id uuid not null,
  member_id uuid not null,
  handle text not null,
  kdf text not null,
  salt bytea not null check (length(salt) = 16),
  auth_version smallint not null default 1,
  pepper_id text not null,
  password_verifier bytea not null check (length(password_verifier) = 32),
  card_verifier bytea not null check (length(card_verifier) = 32),
  bundle bytea not null check (length(bundle) = 1269),
  epoch integer not null check (epoch >= 1),
  primary key (facility_id, member_id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);

-- The key that encrypts this person's blobs at rest, itself encrypted by the keyring outside the
-- database. Deleting the row makes the blobs unreadable, in backups too.
create table at_rest_key (
  facility_id uuid not null,
  member_id uuid not null,
  keyring_id text not null,
  sealed_key bytea not null,
  primary key (facility_id, member_id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);

create table wrap (
  facility_id uuid not null,
  member_id uuid not null,
  kind smallint not null check (kind in (1, 2, 3)),
  epoch integer not null,
  blob bytea not null,
  primary key (facility_id, member_id, kind),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);

create table vault (
  facility_id uuid not null,
  member_id uuid not null,
  ctr bigint not null check (ctr >= 1),
  blob bytea not null,
  primary key (facility_id, member_id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);

create table signin (
  facility_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  shared_device boolean not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  idle_seconds integer not null,
  absolute_until timestamptz not null,
  ended_at timestamptz,
  primary key (facility_id, id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);
create index signin_by_member on signin (facility_id, member_id) where ended_at is null;

create table cohort (
  facility_id uuid not null references facility (id),
  id uuid not null,
  name text not null check (length(name) between 1 and 60),
  starts_on date not null,
  ends_on date not null check (ends_on >= starts_on),
  capacity smallint not null check (capacity between 1 and 500),
  archived_at timestamptz,
  primary key (facility_id, id)
);

create table cohort_member (
  facility_id uuid not null,
  cohort_id uuid not null,
  member_id uuid not null,
  joined_on date not null,
  primary key (facility_id, cohort_id, member_id),
  foreign key (facility_id, cohort_id) references cohort (facility_id, id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);
create index cohort_member_by_member on cohort_member (facility_id, member_id);

create table invitation (
  facility_id uuid not null references facility (id),
  id uuid not null,
  roles text[] not null check (cardinality(roles) between 1 and 4),
  cohort_id uuid,
  room_name text not null default '' check (length(room_name) <= 40),
  language text not null check (language in ('en', 'es')),
  created_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  used_by uuid,
  revoked_at timestamptz,
  primary key (facility_id, id),
  foreign key (facility_id, cohort_id) references cohort (facility_id, id)
);
create index invitation_by_time on invitation (facility_id, created_at desc);

create table workshop (
  facility_id uuid not null references facility (id),
  id uuid not null,
  cohort_id uuid not null,
  title text not null check (length(title) between 1 and 80),
  starts_at timestamptz not null,
  local_start text not null,
  time_zone text not null,
  capacity smallint not null check (capacity between 1 and 15),
  language text not null check (language in ('en', 'es')),
  agenda_key text not null,
  segments jsonb not null,
  lead_id uuid not null,
  room_code text not null,
  seq bigint not null default 0,
  room_state text not null default 'scheduled',
  created_at timestamptz not null,
  cancelled_at timestamptz,
  primary key (facility_id, id),
  foreign key (facility_id, cohort_id) references cohort (facility_id, id),
  foreign key (facility_id, lead_id) references member (facility_id, id)
);
create index workshop_by_time on workshop (facility_id, starts_at);

-- The facilitators of a workshop: its lead and the named co-counselors.
create table workshop_facilitator (
  facility_id uuid not null,
  workshop_id uuid not null,
  member_id uuid not null,
  primary key (facility_id, workshop_id, member_id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);

-- The event log of each room, in one order per room: ids and codes only.
create table room_event (
  facility_id uuid not null,
  workshop_id uuid not null,
  seq bigint not null,
  at timestamptz not null,
  kind text not null,
  actor_id uuid,
  data jsonb not null,
  primary key (facility_id, workshop_id, seq),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id)
);

-- The answer to each command by its idempotency key: a retry is executed once and answered again. Kept
-- 24 h.
create table room_command (
  facility_id uuid not null,
  workshop_id uuid not null,
  actor_id uuid not null,
  command_id uuid not null,
  seq bigint not null,
  refused jsonb,
  at timestamptz not null,
  primary key (facility_id, workshop_id, actor_id, command_id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id)
);
create index room_command_by_time on room_command (facility_id, at);

-- When a person was in the room. The node that recorded the join records the leave; another node may
-- once that node's heartbeat has expired.
create table attendance_interval (
  facility_id uuid not null,
  id uuid not null,
  workshop_id uuid not null,
  member_id uuid not null,
  node_id uuid not null,
  joined_at timestamptz not null,
  left_at timestamptz check (left_at >= joined_at),
  primary key (facility_id, id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);
create unique index attendance_open_once on attendance_interval (facility_id, workshop_id, member_id)
  where left_at is null;

create table stage (
  facility_id uuid not null,
  id uuid not null,
  workshop_id uuid not null,
  created_by uuid not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (facility_id, id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id)
);

-- One stored version of a sealed document. Dates only: exact times would reveal too much.
create table sealed (
  facility_id uuid not null,
  id uuid not null,
  owner_id uuid not null,
  author_id uuid not null,
  ws uuid not null,
  ver integer not null check (ver >= 1),
  typ text not null check (typ in ('worksheet', 'feedback', 'note', 'mine', 'return')),
  readers uuid[] not null,
  size integer not null,
  sha256 bytea not null check (length(sha256) = 32),
  day date not null,
  blob bytea not null,
  primary key (facility_id, id),
  unique (facility_id, owner_id, author_id, ws, ver, typ),
  foreign key (facility_id, owner_id) references member (facility_id, id) on delete cascade,
  foreign key (facility_id, author_id) references member (facility_id, id)
);

create table reader_grant (
  facility_id uuid not null,
  owner_id uuid not null,
  ws uuid not null,
  reader_id uuid not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  primary key (facility_id, owner_id, ws, reader_id),
  foreign key (facility_id, owner_id) references member (facility_id, id) on delete cascade,
  foreign key (facility_id, reader_id) references member (facility_id, id) on delete cascade
);
create index reader_grant_by_reader on reader_grant (facility_id, reader_id) where closed_at is null;

-- The tamper-evident audit log: ids, actions and outcomes, never names or text.
create table audit_entry (
  facility_id uuid not null references facility (id),
  seq bigint not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id uuid,
  action text not null,
  object_kind text not null,
  object_id uuid,
  outcome text not null,
  request_id uuid,
  previous bytea not null check (length(previous) = 32),
  hash bytea not null check (length(hash) = 32),
  primary key (facility_id, seq)
);
create index audit_entry_by_object on audit_entry (facility_id, object_id);

create table audit_head (
  facility_id uuid primary key references facility (id),
  seq bigint not null,
  hash bytea not null
);

-- +goose StatementBegin
create function app.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log can only grow' using errcode = 'insufficient_privilege';
end $$;
-- +goose StatementEnd
create trigger audit_entry_only_grows before update or delete on audit_entry
  for each row execute function app.refuse_change();
create trigger audit_entry_no_truncate before truncate on audit_entry
  for each statement execute function app.refuse_change();

-- Row-level security -----------------------------------------------------------------------

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['facility', 'crisis_line', 'member', 'member_role', 'account', 'at_rest_key', 'wrap',
    'vault', 'signin', 'cohort', 'cohort_member', 'invitation', 'workshop', 'workshop_facilitator', 'room_event',
    'room_command', 'attendance_interval', 'stage', 'sealed', 'reader_grant', 'audit_entry', 'audit_head']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I as restrictive for all to app using (%s = (select app.fid())) with check (%2$s = (select app.fid()))',
      t, case t when 'facility' then 'id' else 'facility_id' end);
    execute format('create policy keep on %I for select to backup using (true)', t);
  end loop;
  -- Rows of the whole facility.
  foreach t in array array['facility', 'crisis_line', 'member', 'member_role', 'signin', 'cohort', 'cohort_member',
    'invitation', 'audit_entry', 'audit_head']
  loop
    execute format('create policy facility_wide on %I for all to app using (true) with check (true)', t);
  end loop;
  -- Rows of one room: a room batch sees only its own workshop.
  foreach t in array array['workshop_facilitator', 'room_event', 'room_command', 'attendance_interval', 'stage']
  loop
    execute format('create policy room on %I for all to app using ((select app.wid()) is null or workshop_id = (select app.wid())) '
      'with check ((select app.wid()) is null or workshop_id = (select app.wid()))', t);
  end loop;
  -- Rows of one person: a room batch has no member and sees none.
  foreach t in array array['account', 'at_rest_key', 'wrap', 'vault']
  loop
    execute format('create policy own on %I for all to app using (member_id = (select app.uid())) with check (member_id = (select app.uid()))', t);
  end loop;
end $$;
-- +goose StatementEnd

create policy room on workshop for all to app
  using ((select app.wid()) is null or id = (select app.wid()))
  with check ((select app.wid()) is null or id = (select app.wid()));

-- The policy on reader_grant must not refer to `sealed`: the two policies would recurse.
create policy owner on reader_grant for all to app
  using (owner_id = (select app.uid())) with check (owner_id = (select app.uid()));
create policy reader on reader_grant for select to app
  using (reader_id = (select app.uid()) and closed_at is null);

create policy author on sealed for all to app
  using (author_id = (select app.uid())) with check (author_id = (select app.uid()));
create policy owner on sealed for select to app
  using (owner_id = (select app.uid()));
create policy owner_deletes on sealed for delete to app
  using (owner_id = (select app.uid()));
create policy reader on sealed for select to app
  using ((select app.uid()) = any (readers) and exists (
    select 1 from reader_grant g where g.facility_id = sealed.facility_id and g.owner_id = sealed.owner_id
      and g.ws = sealed.ws and g.reader_id = (select app.uid()) and g.closed_at is null));
-- To get the sealed bytes, a reader needs the owner's at-rest key.
create policy reader on at_rest_key for select to app
  using (exists (select 1 from reader_grant g where g.facility_id = at_rest_key.facility_id
    and g.owner_id = at_rest_key.member_id and g.reader_id = (select app.uid()) and g.closed_at is null));

grant select, insert, update on facility, member, account, at_rest_key, vault, signin, cohort, invitation, workshop,
  attendance_interval, stage, reader_grant, audit_head to app;
grant select, insert, update, delete on crisis_line, wrap, member_role, cohort_member, workshop_facilitator, room_command, sealed to app;
grant select, insert on room_event, audit_entry to app;
grant select on all tables in schema public to backup;

-- The sweeper deletes by age and sees no content: column grants exclude every blob.
grant select (facility_id, at), delete on room_command to sweeper;
create policy sweep_see on room_command for select to sweeper using (true);
create policy sweep on room_command for delete to sweeper using (at < now() - interval '24 hours');

-- +goose Down
select 1;
