-- name: AttendanceJoin :exec
insert into attendance_interval (facility_id, id, workshop_id, member_id, node_id, joined_at) values ($1, $2, $3, $4, $5, $6)
on conflict (facility_id, workshop_id, member_id) where left_at is null do update set node_id = excluded.node_id;

-- name: AttendanceLeave :exec
update attendance_interval set left_at = greatest(joined_at, @at::timestamptz)
where facility_id = @facility_id and workshop_id = @workshop_id and member_id = @member_id and left_at is null;

-- name: AttendanceLeaveAll :exec
update attendance_interval set left_at = greatest(joined_at, @at::timestamptz)
where facility_id = @facility_id and workshop_id = @workshop_id and left_at is null;

-- name: AttendanceOpen :many
select a.member_id, a.node_id from attendance_interval a
where a.facility_id = @facility_id and a.workshop_id = @workshop_id and a.left_at is null
union all
select g.id, g.node_id::uuid from guest g
where g.facility_id = @facility_id and g.workshop_id = @workshop_id and g.node_id is not null;

-- name: AttendanceOpenAnywhere :many
select distinct a.workshop_id, a.node_id from attendance_interval a where a.facility_id = @facility_id and a.left_at is null
union
select g.workshop_id, g.node_id::uuid from guest g where g.facility_id = @facility_id and g.node_id is not null;

-- name: AttendanceTimes :many
select a.member_id, a.joined_at, a.left_at, m.room_name from attendance_interval a
join member m on m.facility_id = a.facility_id and m.id = a.member_id
where a.facility_id = @facility_id and a.workshop_id = @workshop_id order by a.member_id, a.joined_at, a.id;

-- name: AttendanceRecords :many
select r.id, r.member_id, r.minutes, r.reason, r.recorded_at, m.room_name, b.room_name as by_name from attendance_record r
join member m on m.facility_id = r.facility_id and m.id = r.member_id
join member b on b.facility_id = r.facility_id and b.id = r.recorded_by
where r.facility_id = @facility_id and r.workshop_id = @workshop_id and r.voided_at is null;

-- name: AttendanceRecordPut :exec
insert into attendance_record (facility_id, id, workshop_id, member_id, minutes, reason, replaces, recorded_by, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: AttendanceConfirm :execrows
insert into attendance_record (facility_id, id, workshop_id, member_id, minutes, recorded_by, recorded_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (facility_id, workshop_id, member_id) where voided_at is null do nothing;

-- name: AttendanceRecordVoid :execrows
update attendance_record set voided_at = @at, voided_by = @by_id
where facility_id = @facility_id and id = @id and workshop_id = @workshop_id and member_id = @member_id and voided_at is null;

-- One person's meetings, newest first, with their intervals.
-- name: AttendanceOwnTimes :many
select w.id as workshop_id, w.title, w.starts_at, w.room_state, a.joined_at, a.left_at
from attendance_interval a join workshop w on w.facility_id = a.facility_id and w.id = a.workshop_id
where a.facility_id = @facility_id and a.member_id = @member_id order by w.starts_at desc, w.id, a.joined_at limit 2000;

-- name: AttendanceOwnRecords :many
select w.id as workshop_id, w.title, w.starts_at, r.minutes, r.reason
from attendance_record r join workshop w on w.facility_id = r.facility_id and w.id = r.workshop_id
where r.facility_id = @facility_id and r.member_id = @member_id and r.voided_at is null order by w.starts_at desc limit 500;
