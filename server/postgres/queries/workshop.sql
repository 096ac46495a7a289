-- name: WorkshopPut :exec
insert into workshop (facility_id, id, cohort_id, title, starts_at, local_start, time_zone, capacity, language, agenda_key, segments, lead_id, room_code, created_at, kind)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: WorkshopGet :one
select * from workshop where facility_id = $1 and id = $2;

-- name: WorkshopLock :one
select cohort_id, kind, seq, cancelled_at from workshop where facility_id = $1 and id = $2 for update;

-- name: WorkshopList :many
select w.id, w.cohort_id, w.title, w.starts_at, w.local_start, w.time_zone, w.capacity, w.language, w.agenda_key, w.lead_id,
  w.room_state, w.cancelled_at, w.segments, w.kind, coalesce(c.name, '')::text as cohort_name, m.room_name as lead_name,
  array(select f.member_id from workshop_facilitator f where f.facility_id = w.facility_id and f.workshop_id = w.id)::uuid[] as facilitators,
  exists (select 1 from cohort_member x where x.facility_id = w.facility_id and x.cohort_id = w.cohort_id and x.member_id = @member_id and x.role = 'staff') as staff
from workshop w
left join cohort c on c.facility_id = w.facility_id and c.id = w.cohort_id
join member m on m.facility_id = w.facility_id and m.id = w.lead_id
where w.facility_id = @facility_id and w.starts_at >= @since and w.starts_at < @until
  and (@everyone::boolean or w.kind = 'open' or exists (select 1 from cohort_member x
    where x.facility_id = w.facility_id and x.cohort_id = w.cohort_id and x.member_id = @member_id))
order by w.starts_at, w.id limit 500;

-- name: WorkshopFacilitatorPut :exec
insert into workshop_facilitator (facility_id, workshop_id, member_id) values ($1, $2, $3) on conflict do nothing;

-- name: WorkshopFacilitators :many
select f.member_id, m.room_name from workshop_facilitator f join member m on m.facility_id = f.facility_id and m.id = f.member_id
where f.facility_id = $1 and f.workshop_id = $2 order by m.room_name;

-- name: WorkshopCancel :execrows
update workshop set cancelled_at = @at where facility_id = @facility_id and id = @id and cancelled_at is null and room_state = 'scheduled';

-- name: WorkshopAdvance :exec
update workshop set seq = @seq, room_state = @room_state where facility_id = @facility_id and id = @id;
