-- Heartbeats of connections to a room, from any node: facilitators and people at the door. Rule:
-- absence is inferred from an old seen_at, never written. Nothing here is kept after the workshop.

-- +goose Up

-- No foreign key to `member`: a guest has no row there.
create table room_seen (
  facility_id uuid not null,
  workshop_id uuid not null,
  member_id uuid not null,
  seen_at timestamptz not null,
  primary key (facility_id, workshop_id, member_id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id)
);
alter table room_seen enable row level security;
alter table room_seen force row level security;
create policy tenant on room_seen as restrictive for all to app
  using (facility_id = (select app.fid())) with check (facility_id = (select app.fid()));
create policy room on room_seen for all to app
  using (workshop_id = (select app.wid())) with check (workshop_id = (select app.wid()));
create policy keep on room_seen for select to backup using (true);
grant select, insert, update, delete on room_seen to app;
grant select on room_seen to backup;

-- +goose Down
select 1;
