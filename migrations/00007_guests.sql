-- Open meetings and their guests. Rule: an open meeting belongs to the whole facility and to no cohort.
-- A guest is a row of one workshop with a name for the room and nothing else: no account, no
-- attendance, no page. A guest's token opens that one room and ends with it.

-- +goose Up

alter table workshop
  add column kind text not null default 'group' check (kind in ('group', 'open')),
  alter column cohort_id drop not null,
  drop constraint workshop_capacity_check,
  add constraint workshop_size check (case kind
    when 'open' then cohort_id is null and capacity between 1 and 5000
    else cohort_id is not null and capacity between 1 and 15 end);

-- A room pass: a sign-in that is valid for one workshop only.
alter table signin
  add column workshop_id uuid,
  add foreign key (facility_id, workshop_id) references workshop (facility_id, id);
create index signin_by_workshop on signin (facility_id, workshop_id) where workshop_id is not null and ended_at is null;

create table guest (
  facility_id uuid not null,
  id uuid not null,
  workshop_id uuid not null,
  -- Emptied when the guest leaves, or within a day of the end.
  name text not null check (length(name) <= 40),
  created_at timestamptz not null,
  -- The node with the guest's connection while they are in the room. No times are stored.
  node_id uuid,
  ended_at timestamptz,
  primary key (facility_id, id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id)
);
create index guest_by_workshop on guest (facility_id, workshop_id, lower(name));
create index guest_named on guest (facility_id, created_at) where name <> '';

alter table guest enable row level security;
alter table guest force row level security;
create policy tenant on guest as restrictive for all to app
  using (facility_id = (select app.fid())) with check (facility_id = (select app.fid()));
create policy keep on guest for select to backup using (true);
create policy room on guest for all to app
  using ((select app.wid()) is null or workshop_id = (select app.wid()))
  with check ((select app.wid()) is null or workshop_id = (select app.wid()));
grant select, insert, update on guest to app;
grant select on guest to backup;

-- Tokens of guests and of room passes. A pass names its sign-in; a guest has none.
create table lookup.guest_token (
  token_hash bytea primary key check (length(token_hash) = 32),
  facility_id uuid not null,
  workshop_id uuid not null,
  person_id uuid not null,
  signin_id uuid
);
create index guest_token_by_workshop on lookup.guest_token (workshop_id);
create index guest_token_by_person on lookup.guest_token (person_id);
revoke all on lookup.guest_token from public;
grant select on lookup.guest_token to backup;

create function app.guest_find(hash bytea) returns table (facility_id uuid, workshop_id uuid, person_id uuid, signin_id uuid)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select t.facility_id, t.workshop_id, t.person_id, t.signin_id from lookup.guest_token t where t.token_hash = hash $$;

create function app.guest_put(hash bytea, facility uuid, workshop uuid, person uuid, signin uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ insert into lookup.guest_token values (hash, facility, workshop, person, signin) $$;

-- Deletes the tokens of a whole workshop, or of one person in it.
create function app.guest_forget(workshop uuid, person uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ delete from lookup.guest_token t where t.workshop_id = workshop and (person is null or t.person_id = person) $$;

revoke execute on function app.guest_find(bytea), app.guest_put(bytea, uuid, uuid, uuid, uuid), app.guest_forget(uuid, uuid) from public;
grant execute on function app.guest_find(bytea), app.guest_put(bytea, uuid, uuid, uuid, uuid), app.guest_forget(uuid, uuid) to app;

-- +goose Down
select 1;
