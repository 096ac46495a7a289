-- name: MemberPut :exec
insert into member (facility_id, id, room_name, language, status, joined_on) values ($1, $2, $3, $4, 'active', $5);

-- name: MemberRolePut :exec
insert into member_role (facility_id, member_id, role) values ($1, $2, $3) on conflict do nothing;

-- name: MemberRoleClear :exec
delete from member_role where facility_id = $1 and member_id = $2;

-- name: MemberGet :one
select m.id, m.room_name, m.language, m.status, m.joined_on,
  array(select r.role from member_role r where r.facility_id = m.facility_id and r.member_id = m.id order by r.role)::text[] as roles
from member m where m.facility_id = $1 and m.id = $2;

-- name: MemberList :many
select m.id, m.room_name, m.language, m.status, m.joined_on,
  array(select r.role from member_role r where r.facility_id = m.facility_id and r.member_id = m.id order by r.role)::text[] as roles,
  array(select c.cohort_id from cohort_member c where c.facility_id = m.facility_id and c.member_id = m.id order by c.cohort_id)::uuid[] as cohorts,
  array(select c.role from cohort_member c where c.facility_id = m.facility_id and c.member_id = m.id order by c.cohort_id)::text[] as cohort_roles,
  coalesce((select max(a.joined_at) from attendance_interval a where a.facility_id = m.facility_id and a.member_id = m.id), 'epoch'::timestamptz)::timestamptz as last_here
from member m where m.facility_id = $1 order by m.room_name, m.id;

-- name: MemberStatusSet :execrows
update member set status = @status where facility_id = @facility_id and id = @id and status <> 'ended';

-- name: MemberAdmins :one
select count(*) from member m join member_role r on r.facility_id = m.facility_id and r.member_id = m.id
where m.facility_id = $1 and m.status = 'active' and r.role = 'admin';
