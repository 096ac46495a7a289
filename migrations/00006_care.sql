-- Care for single people, and attendance that a counselor confirms. Rules: where a person is, is stored
-- in its own table for at most a day, visible to its room only. A node that signed off or has no fresh
-- heartbeat counts as gone from every room; its last heartbeat is kept, so that its people's leave gets
-- the right time. A confirmed time is immutable: it is voided and written again, with a reason.

-- +goose Up

-- No foreign key to `member`: a guest has no row there, and rows live a day at most.
create table room_here (
  facility_id uuid not null,
  workshop_id uuid not null,
  member_id uuid not null,
  place text not null check (length(place) between 1 and 80),
  at timestamptz not null,
  primary key (facility_id, workshop_id, member_id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id)
);
create index room_here_by_time on room_here (at);

create table attendance_record (
  facility_id uuid not null,
  id uuid not null,
  workshop_id uuid not null,
  member_id uuid not null,
  minutes smallint not null check (minutes between 0 and 600),
  -- Null when the counselor confirmed the recorded time.
  reason text check (reason in ('no_phone', 'phone_stayed', 'signal', 'other_person', 'other')),
  replaces uuid,
  recorded_by uuid not null,
  recorded_at timestamptz not null,
  voided_at timestamptz,
  voided_by uuid,
  primary key (facility_id, id),
  check ((voided_at is null) = (voided_by is null)),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade,
  foreign key (facility_id, replaces) references attendance_record (facility_id, id)
);
create unique index attendance_record_once on attendance_record (facility_id, workshop_id, member_id)
  where voided_at is null;
create index attendance_record_by_member on attendance_record (facility_id, member_id);
create index attendance_interval_by_member on attendance_interval (facility_id, member_id);
create index attendance_interval_open on attendance_interval (facility_id, node_id) where left_at is null;

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['room_here', 'attendance_record']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I as restrictive for all to app using (facility_id = (select app.fid())) with check (facility_id = (select app.fid()))', t);
    execute format('create policy keep on %I for select to backup using (true)', t);
  end loop;
end $$;
-- +goose StatementEnd

-- A place is visible inside its room only; there is no other read policy for the app.
create policy room on room_here for all to app
  using (workshop_id = (select app.wid())) with check (workshop_id = (select app.wid()));

create policy staff on attendance_record for all to app
  using ((select app.is_staff())) with check ((select app.is_staff()));
create policy own on attendance_record for select to app using (member_id = (select app.uid()));

grant select, insert, update, delete on room_here to app;
-- A record can be voided; no other column can change.
grant select, insert, update (voided_at, voided_by) on attendance_record to app;
grant select on room_here, attendance_record to backup;

-- The sweeper and the server's own sweep delete places after a day without reading them.
grant select (facility_id, at), delete on room_here to sweeper;
create policy sweep_see on room_here for select to sweeper using (true);
create policy sweep on room_here for delete to sweeper using (at < now() - interval '24 hours');
create policy sweep_old on room_here for all to migrator using (at < now() - interval '24 hours');

create function app.sweep_places() returns bigint
  language sql volatile security definer set search_path = pg_catalog, public
  as $$ with gone as (delete from public.room_here h where h.at < now() - interval '24 hours' returning 1) select count(*) from gone $$;

-- Nodes that signed off keep their row, because their attendance intervals may still be open.
alter table lookup.node add column left_at timestamptz;

create or replace function app.node_beat(node uuid, embedded boolean) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ insert into lookup.node values (node, embedded, now(), now())
        on conflict (id) do update set beat_at = now(), left_at = null $$;

create or replace function app.node_leave(node uuid) returns void
  language sql volatile security definer set search_path = pg_catalog, lookup
  as $$ update lookup.node n set left_at = now() where n.id = node $$;

create or replace function app.node_others(node uuid) returns table (id uuid, embedded_redis boolean)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select n.id, n.embedded_redis from lookup.node n
        where n.id <> node and n.left_at is null and n.beat_at > now() - interval '30 seconds' $$;

-- Which of the given nodes count as gone, and when each was last seen. A node that signed off also
-- counts only after 30 seconds: its people are reconnecting to another node.
create function app.nodes_gone(nodes uuid[]) returns table (id uuid, seen_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, lookup
  as $$ select a.id, coalesce(n.left_at, n.beat_at)
        from unnest(nodes) as a (id) left join lookup.node n on n.id = a.id
        where n.id is null or coalesce(n.left_at, n.beat_at) <= now() - interval '30 seconds' $$;

revoke execute on function app.sweep_places(), app.nodes_gone(uuid[]) from public;
grant execute on function app.sweep_places(), app.nodes_gone(uuid[]) to app;

-- +goose Down
select 1;
