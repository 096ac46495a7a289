-- name: SigninOpen :exec
insert into signin (facility_id, id, member_id, shared_device, created_at, seen_at, proved_at, idle_seconds, absolute_until, device)
values ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8);

-- A room pass: a sign-in for one workshop, ended by SigninEndPasses when that ends.
-- name: SigninOpenPass :exec
insert into signin (facility_id, id, member_id, shared_device, created_at, seen_at, proved_at, idle_seconds, absolute_until, workshop_id)
values ($1, $2, $3, true, $4, $4, $4, $5, $6, $7);

-- name: SigninEndPasses :exec
update signin set ended_at = @at where facility_id = @facility_id and workshop_id = @workshop_id and ended_at is null;

-- Ends one person's room pass for one workshop.
-- name: SigninEndPass :exec
update signin set ended_at = @at where facility_id = @facility_id and workshop_id = @workshop_id and member_id = any(@members::uuid[]) and ended_at is null;

-- The open passes of a workshop that other people hold.
-- name: PassesOfOthers :one
select count(*) from signin where facility_id = @facility_id and workshop_id = @workshop_id and member_id <> @member_id and ended_at is null and absolute_until > @now::timestamptz;

-- Ends the passes of one person for one workshop that a fresh one replaces.
-- name: PassesReplaced :many
update signin set ended_at = @at where facility_id = @facility_id and workshop_id = @workshop_id and member_id = @member_id and id <> @fresh and ended_at is null returning id;

-- Read at the start of every use case: whether this sign-in is still valid, and the person's roles.
-- name: SigninHeld :one
select s.seen_at, s.proved_at, s.idle_seconds, s.absolute_until, s.ended_at, s.workshop_id, m.status, m.room_name,
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

-- name: SigninProved :exec
update signin set proved_at = @at::timestamptz where facility_id = @facility_id and id = @id and ended_at is null;

-- name: SigninEnd :execrows
update signin set ended_at = $3 where facility_id = $1 and id = $2 and ended_at is null;

-- name: SigninEndAll :many
update signin set ended_at = $3 where facility_id = $1 and member_id = $2 and ended_at is null returning id;

-- What a person's page knows of its own sign-in, and how many sign-ins are newer than the list that its
-- person has seen.
-- name: SigninOwn :one
select s.shared_device, (select count(*) from signin o where o.facility_id = s.facility_id and o.member_id = s.member_id and o.id <> s.id and o.workshop_id is null
  and o.ended_at is null and o.absolute_until > @now and o.seen_at + make_interval(secs => o.idle_seconds) > @now
  and o.created_at > coalesce(s.noted_at, s.created_at)) as newer
from signin s where s.facility_id = @facility_id and s.id = @id;

-- name: SigninShared :one
select shared_device from signin where facility_id = $1 and id = $2;

-- The devices of a person, without room passes, those used last first.
-- name: SigninDevices :many
select s.id, s.device, s.shared_device, s.created_at, s.seen_at,
  (s.id <> @mine and s.created_at > (select coalesce(m.noted_at, m.created_at) from signin m where m.facility_id = s.facility_id and m.id = @mine))::boolean as fresh
from signin s where s.facility_id = @facility_id and s.member_id = @member_id and s.workshop_id is null
  and s.ended_at is null and s.absolute_until > @now and s.seen_at + make_interval(secs => s.idle_seconds) > @now
order by (s.id = @mine) desc, s.seen_at desc, s.id;

-- name: SigninNote :exec
update signin set noted_at = @at::timestamptz where facility_id = @facility_id and id = @id;

-- Ends one device of a person, or with other all but this one.
-- name: SigninEndDevices :many
update signin set ended_at = @at::timestamptz where facility_id = @facility_id and member_id = @member_id and ended_at is null and workshop_id is null
  and case when @other::boolean then id <> @id else id = @id end returning id;
