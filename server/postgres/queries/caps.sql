-- Everybody who counts the rows of one owner waits here, until the end of the transaction.
-- name: CapLock :exec
select pg_advisory_xact_lock(hashtextextended(@owner::text, 12));

-- A person's open sign-ins beyond the newest, beside the fresh one; room passes are counted apart.
-- name: SigninTrim :many
update signin s set ended_at = @at::timestamptz where s.facility_id = @facility_id and s.ended_at is null and s.id in (
  select o.id from signin o where o.facility_id = @facility_id and o.member_id = @member_id and o.ended_at is null and o.id <> @fresh
    and (o.workshop_id is not null) = @pass::boolean order by o.created_at desc, o.id desc offset @most)
returning s.id;

-- name: StageTrim :exec
update stage s set ended_at = @at::timestamptz where s.facility_id = @facility_id and s.workshop_id = @workshop_id and s.ended_at is null and s.id in (
  select o.id from stage o where o.facility_id = @facility_id and o.workshop_id = @workshop_id and o.ended_at is null and o.id <> @fresh
  order by o.created_at desc, o.id desc offset @most);

-- name: InvitationsUnused :one
select count(*) from invitation where facility_id = $1 and used_at is null;

-- name: CohortCount :one
select count(*) from cohort where facility_id = $1;

-- name: WorkshopCount :one
select count(*) from workshop where facility_id = @facility_id and (starts_at > @now::timestamptz or created_at > @since::timestamptz);

-- name: AssignmentCount :one
select count(*) from assignment where facility_id = @facility_id and participant_id = @participant_id;

-- name: ConsentCount :one
select count(*) from consent where facility_id = @facility_id and subject_id = @subject_id;

-- name: AttendanceRecordCount :one
select count(*) from attendance_record where facility_id = @facility_id and workshop_id = @workshop_id and member_id = @member_id;

-- Whether an own page is stored, and how many other grants its owner has.
-- name: GrantRoom :one
select exists (select 1 from sealed s where s.facility_id = @facility_id and s.owner_id = @owner_id and s.author_id = @owner_id and s.ws = @ws and s.typ = 'worksheet') as page,
  (select count(*) from reader_grant g where g.facility_id = @facility_id and g.owner_id = @owner_id and not (g.ws = @ws and g.reader_id = @reader_id)) as others;

-- name: GrantsClosePage :many
update reader_grant set closed_at = @at where facility_id = @facility_id and owner_id = @owner_id and ws = @ws and closed_at is null
returning reader_id;
