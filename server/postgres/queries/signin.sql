-- name: SigninOpen :exec
insert into signin (facility_id, id, member_id, shared_device, created_at, seen_at, idle_seconds, absolute_until)
values ($1, $2, $3, $4, $5, $5, $6, $7);

-- A room pass: a sign-in for one workshop, ended by SigninEndPasses when that ends.
-- name: SigninOpenPass :exec
insert into signin (facility_id, id, member_id, shared_device, created_at, seen_at, idle_seconds, absolute_until, workshop_id)
values ($1, $2, $3, true, $4, $4, $5, $6, $7);

-- name: SigninEndPasses :exec
update signin set ended_at = @at where facility_id = @facility_id and workshop_id = @workshop_id and ended_at is null;

-- Ends one person's room pass for one workshop.
-- name: SigninEndPass :exec
update signin set ended_at = @at where facility_id = @facility_id and workshop_id = @workshop_id and member_id = any(@members::uuid[]) and ended_at is null;

-- Read at the start of every use case: whether this sign-in is still valid, and the person's roles.
-- name: SigninHeld :one
select s.seen_at, s.idle_seconds, s.absolute_until, s.ended_at, s.workshop_id, m.status, m.room_name,
  array(select r.role from member_role r where r.facility_id = s.facility_id and r.member_id = s.member_id order by r.role)::text[] as roles
from signin s join member m on m.facility_id = s.facility_id and m.id = s.member_id
where s.facility_id = $1 and s.id = $2 and s.member_id = $3;

-- The same for everybody in a room batch, with their relation to the workshop, whose row is locked.
-- name: SigninHeldMany :many
select s.id, s.member_id, s.absolute_until, s.ended_at, s.workshop_id, m.status, m.room_name,
  array(select r.role from member_role r where r.facility_id = s.facility_id and r.member_id = s.member_id order by r.role)::text[] as roles,
  (w.kind = 'open' or exists (select 1 from cohort_member c where c.facility_id = s.facility_id and c.cohort_id = w.cohort_id and c.member_id = s.member_id))::boolean as in_cohort,
  (case w.kind when 'open' then exists (select 1 from workshop_facilitator f where f.facility_id = s.facility_id and f.workshop_id = w.id and f.member_id = s.member_id)
    else exists (select 1 from cohort_member c where c.facility_id = s.facility_id and c.cohort_id = w.cohort_id and c.member_id = s.member_id and c.role = 'staff') end)::boolean as staff,
  exists (select 1 from workshop_facilitator f where f.facility_id = s.facility_id and f.workshop_id = w.id and f.member_id = s.member_id) as facilitates
from signin s join member m on m.facility_id = s.facility_id and m.id = s.member_id
join workshop w on w.facility_id = s.facility_id and w.id = @workshop_id
where s.facility_id = @facility_id and s.id = any(@ids::uuid[]);

-- name: SigninTouch :exec
update signin set seen_at = @at::timestamptz where facility_id = @facility_id and id = @id and ended_at is null
  and seen_at + make_interval(secs => idle_seconds) > @at::timestamptz;

-- name: SigninEnd :execrows
update signin set ended_at = $3 where facility_id = $1 and id = $2 and ended_at is null;

-- name: SigninEndAll :many
update signin set ended_at = $3 where facility_id = $1 and member_id = $2 and ended_at is null returning id;

-- name: SigninShared :one
select shared_device from signin where facility_id = $1 and id = $2;
