-- Guests of open meetings: a row of one workshop with an id and a name for the room.

-- name: GuestPut :exec
insert into guest (facility_id, id, workshop_id, name, created_at, network, site, crowd) values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: GuestGet :one
select id, workshop_id, name, created_at, ended_at from guest where facility_id = $1 and id = $2;

-- Which of a room batch's people are guests of this workshop. A crowd from the network of one of its
-- facilitators is none.
-- name: GuestHeldMany :many
select g.id, g.created_at, g.ended_at, (g.crowd and not exists (select 1 from room_seen r join workshop_facilitator f using (facility_id, workshop_id, member_id)
    where r.facility_id = g.facility_id and r.workshop_id = g.workshop_id and r.network = g.network))::bool as crowd
from guest g where g.facility_id = @facility_id and g.workshop_id = @workshop_id and g.id = any(@ids::uuid[]);

-- The places of a meeting that guests hold: all; those taken freely from one network, and from the site
-- that it is part of; and those of people from there who wait to be let in. Removed people hold none, and
-- whoever a facilitator let in is counted for no network.
-- name: GuestPlaces :one
select count(*) as held,
  count(*) filter (where network = @network and not crowd and not id = any(@admitted::uuid[])) as near,
  count(*) filter (where site = @site and not crowd and not id = any(@admitted::uuid[])) as around,
  count(*) filter (where network = @network and crowd and not id = any(@admitted::uuid[])) as crowding,
  count(*) filter (where site = @site and crowd and not id = any(@admitted::uuid[])) as crowding_around
from guest where facility_id = @facility_id and workshop_id = @workshop_id and ended_at is null and not id = any(@removed::uuid[]);

-- name: GuestsSince :many
select id from guest where facility_id = @facility_id and workshop_id = @workshop_id and ended_at is null and created_at >= @since::timestamptz order by id;

-- The names that a new guest's is compared with: those of the house's staff, and of people in this room.
-- Others' names are not here: the door must not tell who is a patient.
-- name: GuestNamesTaken :many
select m.room_name as name, s.staff from member m
  cross join lateral (select exists (select 1 from member_role r where r.facility_id = m.facility_id and r.member_id = m.id and r.role in ('counselor', 'admin')) as staff) s
where m.facility_id = @facility_id and m.status = 'active' and (s.staff
  or m.id in (select a.member_id from attendance_interval a where a.facility_id = @facility_id and a.workshop_id = @workshop_id))
union all
select g.name, false from guest g where g.facility_id = @facility_id and g.workshop_id = @workshop_id and g.name <> '';

-- name: GuestNames :many
select id, name from guest where facility_id = $1 and workshop_id = $2 order by id;

-- name: GuestHere :exec
update guest set node_id = @node_id where facility_id = @facility_id and workshop_id = @workshop_id and id = @id;

-- name: GuestGone :exec
update guest set node_id = null where facility_id = @facility_id and workshop_id = @workshop_id and id = @id;

-- name: GuestEnd :execrows
update guest set ended_at = @at, name = '', network = null, site = null where facility_id = @facility_id and workshop_id = @workshop_id and id = @id and ended_at is null;

-- name: GuestEndAll :exec
update guest set ended_at = @at, node_id = null, network = null, site = null where facility_id = @facility_id and workshop_id = @workshop_id and ended_at is null;

-- Retention: names are emptied within a day of the end; a guest whose meeting was never ended counts as
-- ended when their token expires.
-- name: GuestForget :many
update guest set name = '', node_id = null, network = null, site = null, ended_at = coalesce(ended_at, @now::timestamptz)
where facility_id = @facility_id and name <> '' and (ended_at < @ended_before::timestamptz or created_at < @created_before::timestamptz)
returning id, workshop_id;

-- The people, besides guests, whom an open meeting's room may name: its facilitators, members who have
-- joined, and those who wait at the door or were removed there.
-- name: RoomPeopleOpen :many
select m.id, m.room_name,
  exists (select 1 from workshop_facilitator f where f.facility_id = m.facility_id and f.workshop_id = @workshop_id and f.member_id = m.id) as facilitates
from member m where m.facility_id = @facility_id and (
  m.id in (select f.member_id from workshop_facilitator f where f.facility_id = @facility_id and f.workshop_id = @workshop_id)
  or m.id = any(@others::uuid[])
  or m.id in (select a.member_id from attendance_interval a where a.facility_id = @facility_id and a.workshop_id = @workshop_id))
order by m.room_name, m.id;
