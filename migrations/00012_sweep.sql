-- Every table has an owner, a cap and a sweep (server/app/tables.go lists them; decision 0024). Rules: a
-- sweep is one function app.sweep_<table>, owned by the role `sweeper`, which nobody can log in as or
-- become. Its policies show it only rows whose time is over, its column grants no content, and the
-- function returns a number. A meeting is deleted whole, and a token with what it stands for: by foreign
-- keys.

-- +goose Up

-- +goose StatementBegin
do $$ begin
  if not pg_has_role(current_user, 'sweeper', 'member') then
    raise exception 'the role that migrates is not a member of the role sweeper yet: run deploy/postgres-roles.sql again first';
  end if;
end $$;
-- +goose StatementEnd

-- In a block, because sqlc does not follow the function's new name.
-- +goose StatementBegin
do $$ begin
  drop function app.sweep_whereabouts();
  drop function app.sweep_kept_acts();
end $$;
-- +goose StatementEnd
drop policy sweep_see on room_command;
drop policy sweep on room_command;
drop policy sweep_see on room_here;
drop policy sweep on room_here;
drop policy sweep_old on room_here;
drop policy sweep_see on kept_act;
drop policy sweep on kept_act;
drop policy sweep_old on kept_act;

-- The sweep asks for old rows of all facilities.
drop index room_command_by_time;
create index room_command_by_time on room_command (at);
create index room_seen_by_time on room_seen (seen_at);
create index signin_by_time on signin (absolute_until);
create index guest_by_time on guest (created_at);

-- Nothing of a meeting outlives it. The role `app` cannot delete a workshop.
-- +goose StatementBegin
do $$
declare c record;
begin
  for c in select conrelid::regclass as part, conname, pg_get_constraintdef(oid) as says from pg_constraint
    where contype = 'f' and confrelid = 'public.workshop'::regclass and confdeltype = 'a'
  loop
    execute format('alter table %s drop constraint %I, add constraint %2$I %s on delete cascade', c.part, c.conname, c.says);
  end loop;
end $$;
-- +goose StatementEnd

-- With FORCE, row-level security would hide the rows that the new keys look for from the tables' owner.
alter table facility no force row level security;
alter table signin no force row level security;
alter table stage no force row level security;
alter table workshop no force row level security;
alter table invitation no force row level security;
alter table lookup.facility add foreign key (facility_id) references facility (id);
alter table lookup.signin_token add foreign key (facility_id, signin_id) references signin (facility_id, id) on delete cascade;
alter table lookup.stage_token add foreign key (facility_id, stage_id) references stage (facility_id, id) on delete cascade;
alter table lookup.guest_token
  add foreign key (facility_id, signin_id) references signin (facility_id, id) on delete cascade,
  add foreign key (facility_id, workshop_id) references workshop (facility_id, id) on delete cascade;
create index guest_token_by_signin on lookup.guest_token (signin_id) where signin_id is not null;
create index stage_token_by_stage on lookup.stage_token (stage_id);
alter table lookup.invitation_code add foreign key (facility_id, invitation_id) references invitation (facility_id, id) on delete cascade;
create index invitation_code_by_invitation on lookup.invitation_code (invitation_id);
-- The code is drawn before the workshop is written.
alter table lookup.room_code add foreign key (facility_id, workshop_id) references workshop (facility_id, id) on delete cascade deferrable initially deferred;
create index room_code_by_workshop on lookup.room_code (workshop_id);
alter table facility force row level security;
alter table signin force row level security;
alter table stage force row level security;
alter table workshop force row level security;
alter table invitation force row level security;

-- What the sweeper may touch: ids and times ---------------------------------------------------

grant usage on schema lookup to sweeper;
grant select (facility_id, workshop_id, member_id, at), delete on room_here to sweeper;
grant select (facility_id, workshop_id, member_id, seen_at), delete on room_seen to sweeper;
grant select (facility_id, workshop_id, actor_id, command_id, at), delete on room_command to sweeper;
grant select (facility_id, workshop_id), delete on room_note to sweeper;
grant select (facility_id, key, at), delete on kept_act to sweeper;
grant select (facility_id, id, absolute_until), delete on signin to sweeper;
grant select (facility_id, id, created_at), delete on guest, stage to sweeper;
grant select (facility_id, id, taken_at), delete on talk_request to sweeper;
grant select (facility_id, id, expires_at), delete on invitation to sweeper;
grant select (facility_id, owner_id, ws, reader_id, closed_at, until), delete on reader_grant to sweeper;
grant select (facility_id, id, starts_at, created_at), delete on workshop to sweeper;
grant select (person_id), delete on lookup.guest_token to sweeper;
grant select (member_id, reserved_until), delete on lookup.signin_name to sweeper;
grant select (id, beat_at), delete on lookup.node to sweeper;
-- What keeps another row from being swept.
grant select (facility_id, invitation_id) on assignment to sweeper;
grant select (facility_id, workshop_id, node_id, joined_at, left_at) on attendance_interval to sweeper;
grant select (facility_id, workshop_id, recorded_at) on attendance_record to sweeper;

create policy sweep on room_here for all to sweeper using (at < now() - interval '24 hours');
create policy sweep on room_seen for all to sweeper using (seen_at < now() - interval '24 hours');
create policy sweep on room_command for all to sweeper using (at < now() - interval '24 hours');
create policy sweep on kept_act for all to sweeper using (at < now() - interval '24 hours');
create policy sweep on signin for all to sweeper using (absolute_until < now() - interval '30 days');
create policy sweep on guest for all to sweeper using (created_at < now() - interval '30 days');
create policy sweep on stage for all to sweeper using (created_at < now() - interval '30 days');
create policy sweep on talk_request for all to sweeper using (taken_at < now() - interval '30 days');
create policy sweep on invitation for all to sweeper using (expires_at < now() - interval '30 days');
create policy sweep on reader_grant for all to sweeper using (least(closed_at, until) < now() - interval '6 years');
create policy sweep_see on workshop for select to sweeper using (starts_at < now() - interval '7 days');
create policy sweep on workshop for delete to sweeper using (greatest(starts_at, created_at) < now() - interval '7 years');
create policy sweep on room_note for all to sweeper using (exists (
  select 1 from workshop w where w.facility_id = room_note.facility_id and w.id = room_note.workshop_id and w.starts_at < now() - interval '7 days'));
create policy sweep_keeps on assignment for select to sweeper using (invitation_id is not null);
create policy sweep_keeps on attendance_interval for select to sweeper using (true);
create policy sweep_keeps on attendance_record for select to sweeper using (true);

-- The sweeps -----------------------------------------------------------------------------------

create function app.sweep_room_here(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.room_here where (facility_id, workshop_id, member_id) in (
          select h.facility_id, h.workshop_id, h.member_id from public.room_here h where h.at < now() - interval '24 hours' limit most) returning 1)
        select count(*) from gone $$;

create function app.sweep_room_seen(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.room_seen where (facility_id, workshop_id, member_id) in (
          select h.facility_id, h.workshop_id, h.member_id from public.room_seen h where h.seen_at < now() - interval '24 hours' limit most) returning 1)
        select count(*) from gone $$;

create function app.sweep_room_command(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.room_command where (facility_id, workshop_id, actor_id, command_id) in (
          select c.facility_id, c.workshop_id, c.actor_id, c.command_id from public.room_command c where c.at < now() - interval '24 hours' limit most) returning 1)
        select count(*) from gone $$;

create function app.sweep_kept_act(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.kept_act where (facility_id, key) in (
          select k.facility_id, k.key from public.kept_act k where k.at < now() - interval '24 hours' limit most) returning 1)
        select count(*) from gone $$;

-- A note is deleted when its meeting ends; this is for meetings that nobody ends.
create function app.sweep_room_note(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.room_note where (facility_id, workshop_id) in (
          select n.facility_id, n.workshop_id from public.room_note n join public.workshop w on w.facility_id = n.facility_id and w.id = n.workshop_id
          where w.starts_at < now() - interval '7 days' limit most) returning 1)
        select count(*) from gone $$;

-- Its tokens go with it: those of room passes too.
create function app.sweep_signin(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.signin where (facility_id, id) in (
          select s.facility_id, s.id from public.signin s where s.absolute_until < now() - interval '30 days' limit most) returning 1)
        select count(*) from gone $$;

create function app.sweep_guest(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.guest where (facility_id, id) in (
          select g.facility_id, g.id from public.guest g where g.created_at < now() - interval '30 days' limit most) returning id),
        tokens as (delete from lookup.guest_token where person_id in (select id from gone))
        select count(*) from gone $$;

create function app.sweep_stage(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.stage where (facility_id, id) in (
          select s.facility_id, s.id from public.stage s where s.created_at < now() - interval '30 days' limit most) returning 1)
        select count(*) from gone $$;

-- One that nobody took is never deleted.
create function app.sweep_talk_request(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.talk_request where (facility_id, id) in (
          select r.facility_id, r.id from public.talk_request r where r.taken_at < now() - interval '30 days' limit most) returning 1)
        select count(*) from gone $$;

-- A pairing that names a slip keeps it.
create function app.sweep_invitation(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.invitation where (facility_id, id) in (
          select i.facility_id, i.id from public.invitation i where i.expires_at < now() - interval '30 days'
            and not exists (select 1 from public.assignment a where a.facility_id = i.facility_id and a.invitation_id = i.id) limit most) returning 1)
        select count(*) from gone $$;

create function app.sweep_reader_grant(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.reader_grant where (facility_id, owner_id, ws, reader_id) in (
          select g.facility_id, g.owner_id, g.ws, g.reader_id from public.reader_grant g where least(g.closed_at, g.until) < now() - interval '6 years' limit most) returning 1)
        select count(*) from gone $$;

-- One meeting at a time, whole, because it takes its events and its attendance with it. A later
-- correction keeps it.
create function app.sweep_workshop(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from public.workshop where (facility_id, id) in (
          select w.facility_id, w.id from public.workshop w where greatest(w.starts_at, w.created_at) < now() - interval '7 years'
            and not exists (select 1 from public.attendance_interval a where a.facility_id = w.facility_id and a.workshop_id = w.id
              and (a.left_at is null or a.left_at >= now() - interval '7 years'))
            and not exists (select 1 from public.attendance_record r where r.facility_id = w.facility_id and r.workshop_id = w.id
              and r.recorded_at >= now() - interval '7 years') limit least(most, 1)) returning 1)
        select count(*) from gone $$;

-- Reservations of a name whose slip was not used; a name in use has no end.
create function app.sweep_signin_name(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from lookup.signin_name where member_id in (
          select n.member_id from lookup.signin_name n where n.reserved_until < now() - interval '24 hours' limit most)
          and reserved_until < now() - interval '24 hours' returning 1)
        select count(*) from gone $$;

-- A process is kept while an interval of attendance waits for its end.
create function app.sweep_node(most integer) returns bigint
  language sql volatile security definer set search_path = pg_catalog, public set lock_timeout = '2s'
  as $$ with gone as (delete from lookup.node where id in (
          select n.id from lookup.node n where n.beat_at < now() - interval '30 days'
            and not exists (select 1 from public.attendance_interval a where a.node_id = n.id and a.left_at is null) limit most)
          and beat_at < now() - interval '30 days' returning 1)
        select count(*) from gone $$;

grant create on schema app to sweeper;
-- +goose StatementBegin
do $$
declare f regprocedure;
begin
  for f in select oid::regprocedure from pg_proc where pronamespace = 'app'::regnamespace and proname like 'sweep\_%'
  loop
    execute format('revoke execute on function %s from public', f);
    execute format('grant execute on function %s to app', f);
    execute format('alter function %s owner to sweeper', f);
  end loop;
end $$;
-- +goose StatementEnd
revoke create on schema app from sweeper;

-- +goose Down
select 1;
