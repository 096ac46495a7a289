-- name: CohortPut :exec
insert into cohort (facility_id, id, name, starts_on, ends_on, capacity) values ($1, $2, $3, $4, $5, $6);

-- name: CohortGet :one
select * from cohort where facility_id = $1 and id = $2;

-- name: CohortLock :one
select * from cohort where facility_id = $1 and id = $2 for update;

-- name: CohortList :many
select c.*, (select count(*) from cohort_member m where m.facility_id = c.facility_id and m.cohort_id = c.id and m.role = 'participant') as participants,
  coalesce((select m.role from cohort_member m where m.facility_id = c.facility_id and m.cohort_id = c.id and m.member_id = @me), '')::text as my_role
from cohort c where c.facility_id = @facility_id order by c.starts_on desc, c.name;

-- name: CohortUpdate :execrows
update cohort set name = @name, starts_on = @starts_on, ends_on = @ends_on, capacity = @capacity
where facility_id = @facility_id and id = @id and archived_at is null;

-- name: CohortArchive :execrows
update cohort set archived_at = @at where facility_id = @facility_id and id = @id and archived_at is null;

-- name: CohortMemberPut :exec
insert into cohort_member (facility_id, cohort_id, member_id, joined_on, role) values ($1, $2, $3, $4, $5)
on conflict (facility_id, cohort_id, member_id) do update set role = excluded.role;

-- name: CohortMemberDelete :execrows
delete from cohort_member where facility_id = $1 and cohort_id = $2 and member_id = $3;

-- What a person is in a cohort; no row when they are not in it.
-- name: CohortRoleOf :one
select role from cohort_member where facility_id = $1 and cohort_id = $2 and member_id = $3;

-- Whether this person is staff of a cohort that the other is in, in this role.
-- name: CohortsOver :one
select exists (select 1 from cohort_member a join cohort_member b on b.facility_id = a.facility_id and b.cohort_id = a.cohort_id
  where a.facility_id = @facility_id and a.member_id = @me and a.role = 'staff' and b.member_id = @other and b.role = @role);

-- name: CohortParticipants :one
select count(*) from cohort_member where facility_id = $1 and cohort_id = $2 and role = 'participant';
