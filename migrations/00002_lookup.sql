-- Look-up tables, needed before the facility is known. The role `app` has no grant on them. Each
-- function answers one question with ids only, and pins its search_path.

-- +goose Up

create table lookup.signin_token (
  token_hash bytea primary key check (length(token_hash) = 32),
  facility_id uuid not null,
  member_id uuid not null,
  signin_id uuid not null
);
create index signin_token_by_signin on lookup.signin_token (signin_id);

-- Sign-in names are unique per server. A reserved name is free again after 30 minutes.
create table lookup.signin_name (
  handle text primary key check (length(handle) between 3 and 32),
  facility_id uuid not null,
  member_id uuid not null unique,
  invitation_id uuid not null,
  reserved_until timestamptz
);
create index signin_name_by_invitation on lookup.signin_name (invitation_id);

create table lookup.invitation_code (
  code_hash bytea primary key check (length(code_hash) = 32),
  facility_id uuid not null,
  invitation_id uuid not null
);

create table lookup.room_code (
  code text primary key,
  facility_id uuid not null,
  workshop_id uuid not null
);

create table lookup.stage_token (
  token_hash bytea primary key check (length(token_hash) = 32),
  facility_id uuid not null,
  workshop_id uuid not null,
  stage_id uuid not null
);

-- Server processes; one without a heartbeat for 30 s counts as gone from every room.
create table lookup.node (
  id uuid primary key,
  embedded_redis boolean not null,
  started_at timestamptz not null,
  beat_at timestamptz not null
);

-- Check values that detect a wrong or missing secret.
create table lookup.secret_check (
  purpose text primary key,
  value bytea not null
);

revoke all on all tables in schema lookup from public;
grant select on all tables in schema lookup to backup;

create function app.signin_find(hash bytea) returns table (facility_id uuid, member_id uuid, signin_id uuid)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select t.facility_id, t.member_id, t.signin_id from lookup.signin_token t where t.token_hash = hash $$;

create function app.signin_put(hash bytea, facility uuid, member uuid, signin uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ insert into lookup.signin_token values (hash, facility, member, signin) $$;

create function app.signin_forget(signin uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ delete from lookup.signin_token t where t.signin_id = signin $$;

create function app.name_find(name text) returns table (facility_id uuid, member_id uuid)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select n.facility_id, n.member_id from lookup.signin_name n where n.handle = name and n.reserved_until is null $$;

-- Reserves a name for an invitation and returns its member id; no row when the name is taken. Another
-- call with the same slip moves its reservation and keeps the id.
-- +goose StatementBegin
create function app.name_reserve(name text, facility uuid, invitation uuid, member uuid, until timestamptz)
  returns table (member_id uuid)
  language plpgsql volatile security definer set search_path = pg_catalog, lookup
  as $$
declare kept uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended(invitation::text, 7));
  delete from lookup.signin_name n where n.handle = name and n.reserved_until < now() and n.invitation_id <> invitation;
  delete from lookup.signin_name n where n.invitation_id = invitation and n.reserved_until is not null
    returning n.member_id into kept;
  return query insert into lookup.signin_name (handle, facility_id, member_id, invitation_id, reserved_until)
    values (name, facility, coalesce(kept, member), invitation, until)
    on conflict (handle) do nothing returning signin_name.member_id;
end $$;
-- +goose StatementEnd

-- Makes a reservation final; no row when it has expired or belongs to another slip.
create function app.name_claim(name text, invitation uuid, member uuid) returns table (member_id uuid)
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ update lookup.signin_name n set reserved_until = null
        where n.handle = name and n.invitation_id = invitation and n.member_id = member and n.reserved_until > now()
        returning n.member_id $$;

-- The reservation of a slip: which name, for which member id.
create function app.name_of_invitation(invitation uuid) returns table (handle text, member_id uuid)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select n.handle, n.member_id from lookup.signin_name n
        where n.invitation_id = invitation and n.reserved_until > now() $$;

create function app.invitation_find(hash bytea) returns table (facility_id uuid, invitation_id uuid)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select c.facility_id, c.invitation_id from lookup.invitation_code c where c.code_hash = hash $$;

create function app.invitation_put(hash bytea, facility uuid, invitation uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ insert into lookup.invitation_code values (hash, facility, invitation) $$;

create function app.room_code_find(asked text) returns table (facility_id uuid, workshop_id uuid)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select r.facility_id, r.workshop_id from lookup.room_code r where r.code = asked $$;

create function app.room_code_put(fresh text, facility uuid, workshop uuid) returns boolean
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ with put as (insert into lookup.room_code values (fresh, facility, workshop) on conflict do nothing returning 1)
        select exists (select 1 from put) $$;

create function app.stage_find(hash bytea) returns table (facility_id uuid, workshop_id uuid, stage_id uuid)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select t.facility_id, t.workshop_id, t.stage_id from lookup.stage_token t where t.token_hash = hash $$;

create function app.stage_put(hash bytea, facility uuid, workshop uuid, stage uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ insert into lookup.stage_token values (hash, facility, workshop, stage) $$;

create function app.stage_forget(workshop uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ delete from lookup.stage_token t where t.workshop_id = workshop $$;

create function app.node_beat(node uuid, embedded boolean) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ insert into lookup.node values (node, embedded, now(), now())
        on conflict (id) do update set beat_at = now() $$;

create function app.node_leave(node uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ delete from lookup.node n where n.id = node $$;

-- The other nodes with a fresh heartbeat.
create function app.node_others(node uuid) returns table (id uuid, embedded_redis boolean)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select n.id, n.embedded_redis from lookup.node n where n.id <> node and n.beat_at > now() - interval '30 seconds' $$;

-- Facilities, for background jobs that run once per facility as the system.
create table lookup.facility (facility_id uuid primary key);
revoke all on lookup.facility from public;
grant select on lookup.facility to backup;

create function app.facility_ids() returns table (id uuid)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select f.facility_id from lookup.facility f $$;

create function app.facility_put(facility uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ insert into lookup.facility values (facility) $$;

-- Compares a secret's check value with the stored one; the first value is stored.
-- +goose StatementBegin
create function app.secret_matches(what text, fresh bytea) returns boolean
  language plpgsql volatile security definer set search_path = pg_catalog, lookup
  as $$
begin
  insert into lookup.secret_check values (what, fresh) on conflict do nothing;
  return (select s.value = fresh from lookup.secret_check s where s.purpose = what);
end $$;
-- +goose StatementEnd

revoke execute on all functions in schema app from public;
grant execute on all functions in schema app to app;
grant execute on function app.fid(), app.uid(), app.wid() to sweeper, backup;

-- +goose Down
select 1;
