-- name: RoomEventPut :batchexec
insert into room_event (facility_id, workshop_id, seq, at, kind, actor_id, data) values ($1, $2, $3, $4, $5, $6, $7);

-- name: RoomEventsAfter :many
select seq, at, kind, actor_id, data from room_event where facility_id = $1 and workshop_id = $2 and seq > @after order by seq limit 5000;

-- name: RoomCommandFind :many
select actor_id, command_id, seq, refused from room_command
where facility_id = $1 and workshop_id = $2 and command_id = any(@commands::uuid[]);

-- name: RoomCommandPut :batchexec
insert into room_command (facility_id, workshop_id, actor_id, command_id, seq, refused, at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: StagePut :exec
insert into stage (facility_id, id, workshop_id, created_by, created_at) values ($1, $2, $3, $4, $5);

-- name: StageGet :one
select * from stage where facility_id = $1 and id = $2;

-- name: StageEndAll :exec
update stage set ended_at = @at where facility_id = @facility_id and workshop_id = @workshop_id and ended_at is null;

-- The people whom a room may name: those who are in its cohort as participants and mentors and still
-- hold that role, and its facilitators.
-- name: RoomPeople :many
select m.id, m.room_name,
  exists (select 1 from workshop_facilitator f where f.facility_id = m.facility_id and f.workshop_id = @workshop_id and f.member_id = m.id) as facilitates,
  exists (select 1 from cohort_member c join member_role r on r.facility_id = c.facility_id and r.member_id = c.member_id and r.role = c.role
    where c.facility_id = m.facility_id and c.cohort_id = @cohort_id and c.member_id = m.id and c.role = 'participant') as participant
from member m where m.facility_id = @facility_id and (
  m.id in (select f.member_id from workshop_facilitator f where f.facility_id = @facility_id and f.workshop_id = @workshop_id)
  or m.id in (select c.member_id from cohort_member c join member_role r on r.facility_id = c.facility_id and r.member_id = c.member_id
      and r.role = c.role where c.facility_id = @facility_id and c.cohort_id = @cohort_id))
order by m.room_name, m.id;
