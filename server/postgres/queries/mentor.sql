-- name: AssignmentPut :exec
insert into assignment (facility_id, id, participant_id, mentor_id, invitation_id, created_by, created_at)
values (@facility_id, @id, @participant_id, sqlc.narg(mentor_id), sqlc.narg(invitation_id), @created_by, @created_at);

-- name: AssignmentGet :one
select * from assignment where facility_id = @facility_id and id = @id;

-- Assignments visible to the asking person, newest first, each with its last consent. A mentor is
-- inside when they are staff of the house.
-- name: AssignmentList :many
select a.id, a.participant_id, p.room_name as participant_name, a.mentor_id, coalesce(m.room_name, '') as mentor_name,
  coalesce(i.room_name, '') as invited_name, a.created_at, a.ended_at,
  c.id as consent_id, c.signed_at, c.expires_at, c.revoked_at,
  exists (select 1 from member_role r where r.facility_id = a.facility_id and r.member_id = a.mentor_id and r.role in ('counselor', 'admin')) as mentor_inside
from assignment a
join member p on p.facility_id = a.facility_id and p.id = a.participant_id
left join member m on m.facility_id = a.facility_id and m.id = a.mentor_id
left join invitation i on i.facility_id = a.facility_id and i.id = a.invitation_id
left join consent c on c.facility_id = a.facility_id and c.id = (select l.id from consent l
  where l.facility_id = a.facility_id and l.assignment_id = a.id order by l.signed_at desc, l.id desc limit 1)
where a.facility_id = @facility_id and (@everybody::boolean or a.participant_id = @me or a.mentor_id = @me)
order by a.created_at desc, a.id limit 500;

-- name: AssignmentEnd :execrows
update assignment set ended_at = @at, ended_by = @by_id where facility_id = @facility_id and id = @id and ended_at is null;

-- name: AssignmentClaim :exec
update assignment set mentor_id = @mentor_id where facility_id = @facility_id and invitation_id = @invitation_id and mentor_id is null and ended_at is null;

-- name: AssignmentBetween :one
select exists (select 1 from assignment where facility_id = @facility_id and ended_at is null
  and participant_id in (@me, @other) and mentor_id in (@me, @other));

-- name: BundlePut :exec
insert into public_bundle (facility_id, member_id, bundle) values ($1, $2, $3);

-- name: BundleGet :one
select bundle from public_bundle where facility_id = $1 and member_id = $2;

-- name: ConsentPut :exec
insert into consent (facility_id, id, assignment_id, subject_id, recipient_id, what, purpose, text_version, language, method, signed_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: ConsentGet :one
select * from consent where facility_id = @facility_id and id = @id;

-- name: ConsentsOf :many
select c.*, m.room_name as recipient_name from consent c
join member m on m.facility_id = c.facility_id and m.id = c.recipient_id
where c.facility_id = @facility_id and c.subject_id = @subject_id order by c.signed_at desc, c.id;

-- Serialises everybody who opens or closes grants of these people (advisory locks).
-- name: GrantsLock :exec
select pg_advisory_xact_lock(hashtextextended(m::text, 11)) from unnest(@members::uuid[]) m order by m;

-- The consent in force for a reader, if any.
-- name: ConsentInForce :one
select c.id, c.expires_at from consent c join assignment a on a.facility_id = c.facility_id and a.id = c.assignment_id
join member m on m.facility_id = c.facility_id and m.id = c.recipient_id
where c.facility_id = @facility_id and c.subject_id = @subject_id and c.recipient_id = @recipient_id
  and c.revoked_at is null and c.expires_at > @now and a.ended_at is null and m.status = 'active'
order by c.expires_at desc limit 1;

-- name: ConsentRevoke :execrows
update consent set revoked_at = @at where facility_id = @facility_id and id = @id and subject_id = @subject_id and revoked_at is null;

-- A new signature replaces the previous one.
-- name: ConsentReplace :exec
update consent set revoked_at = @at where facility_id = @facility_id and assignment_id = @assignment_id and subject_id = @subject_id and revoked_at is null;

-- name: GrantPut :exec
insert into reader_grant (facility_id, owner_id, ws, reader_id, opened_at, consent_id, until)
values (@facility_id, @owner_id, @ws, @reader_id, @opened_at, @consent_id, @until)
on conflict (facility_id, owner_id, ws, reader_id) do update
set opened_at = excluded.opened_at, consent_id = excluded.consent_id, until = excluded.until, closed_at = null;

-- name: GrantsOf :many
select g.ws, g.reader_id, m.room_name, g.opened_at, g.until from reader_grant g
join member m on m.facility_id = g.facility_id and m.id = g.reader_id
where g.facility_id = @facility_id and g.owner_id = @owner_id and g.closed_at is null and g.until > @now;

-- name: GrantClose :execrows
update reader_grant set closed_at = @at where facility_id = @facility_id and owner_id = @owner_id and ws = @ws and reader_id = @reader_id and closed_at is null;

-- A new consent takes over the open grants of the previous one. Expired grants stay closed: only the
-- page's own switch opens them.
-- name: GrantsCarry :exec
update reader_grant set consent_id = @consent_id, until = @until
where facility_id = @facility_id and owner_id = @owner_id and reader_id = @reader_id and closed_at is null and reader_grant.until > @now;

-- name: GrantsCloseBetween :execrows
update reader_grant set closed_at = @at
where facility_id = @facility_id and owner_id = @owner_id and reader_id = @reader_id and closed_at is null;

-- name: GrantsCloseOfMember :many
update reader_grant set closed_at = @at
where facility_id = @facility_id and (owner_id = @member_id or reader_id = @member_id) and closed_at is null
returning reader_id;

-- What others share with this reader now.
-- name: SharedList :many
select distinct on (s.owner_id, s.ws) s.id, s.owner_id, s.author_id, s.ws, s.ver, s.typ, s.readers, s.size, s.sha256, s.day
from sealed s where s.facility_id = @facility_id and s.typ = 'worksheet' and s.owner_id <> @reader_id and @reader_id = any(s.readers)
order by s.owner_id, s.ws, s.ver desc;

-- Every version of one shared page that this reader may open, and their own feedback on it.
-- name: SharedVersions :many
select id, owner_id, author_id, ws, ver, typ, readers, size, sha256, day from sealed
where facility_id = @facility_id and owner_id = @owner_id and ws = @ws
  and (typ = 'feedback' and author_id = @reader_id or typ = 'worksheet' and @reader_id = any(readers))
order by typ, ver;

-- Who opened this person's pages: audit entries of others on pages that were ever shared.
-- name: PagesOpened :many
select e.at, e.actor_id, m.room_name, e.object_id from audit_entry e
join member m on m.facility_id = e.facility_id and m.id = e.actor_id
where e.facility_id = @facility_id and e.action = 'worksheet.open' and e.outcome = 'done' and e.actor_id <> @owner_id
  and e.object_id in (select g.ws from reader_grant g where g.facility_id = @facility_id and g.owner_id = @owner_id)
order by e.seq desc limit 2000;

-- name: TalkRequestPut :execrows
insert into talk_request (facility_id, id, member_id, at) values ($1, $2, $3, $4)
on conflict (facility_id, member_id) where taken_at is null do nothing;

-- name: TalkRequestList :many
select r.id, r.member_id, m.room_name, r.at from talk_request r join member m on m.facility_id = r.facility_id and m.id = r.member_id
where r.facility_id = @facility_id and r.taken_at is null and (@everybody::boolean or exists (
  select 1 from cohort_member a join cohort_member b on b.facility_id = a.facility_id and b.cohort_id = a.cohort_id
  where a.facility_id = r.facility_id and a.member_id = @me and a.role = 'staff' and b.member_id = r.member_id and b.role = 'participant'))
order by r.at;

-- name: TalkRequestGet :one
select id, member_id, taken_at from talk_request where facility_id = @facility_id and id = @id;

-- name: TalkRequestTake :execrows
update talk_request set taken_at = @at, taken_by = @by_id where facility_id = @facility_id and id = @id and taken_at is null;

-- name: GrantsCloseTo :exec
update reader_grant set closed_at = @at where facility_id = @facility_id and reader_id = @reader_id and closed_at is null;
