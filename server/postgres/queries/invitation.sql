-- Whether a person joined by a slip that the other made, into a cohort of which that other is staff.
-- name: InvitationBetween :one
select exists (select 1 from invitation i join cohort_member c on c.facility_id = i.facility_id and c.cohort_id = i.cohort_id
  where i.facility_id = @facility_id and i.created_by = @me and i.used_by = @other and @role::text = any(i.roles)
    and c.member_id = @me and c.role = 'staff');

-- name: InvitationPut :exec
insert into invitation (facility_id, id, roles, cohort_id, room_name, language, created_by, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: InvitationGet :one
select * from invitation where facility_id = $1 and id = $2;

-- name: InvitationLock :one
select * from invitation where facility_id = $1 and id = $2 for update;

-- name: InvitationList :many
select * from invitation where facility_id = $1 order by created_at desc, id limit 500;

-- name: InvitationUse :execrows
update invitation set used_at = @at, used_by = @member_id
where facility_id = @facility_id and id = @id and used_at is null and revoked_at is null and expires_at > @at;

-- name: InvitationRevoke :execrows
update invitation set revoked_at = @at where facility_id = @facility_id and id = @id and used_at is null and revoked_at is null;
