-- name: AgendaPut :exec
insert into agenda (facility_id, id, language, created_by, created_at) values ($1, $2, $3, $4, $5);

-- name: AgendaGet :one
select * from agenda where facility_id = $1 and id = $2;

-- name: AgendaLock :one
select * from agenda where facility_id = $1 and id = $2 for update;

-- Agendas in use, and all with the archived ones.
-- name: AgendaCount :one
select count(*) filter (where archived_at is null) as used, count(*) as every from agenda where facility_id = $1;

-- name: AgendaArchive :exec
update agenda set archived_at = @at where facility_id = @facility_id and id = @id;

-- name: AgendaVersionPut :exec
insert into agenda_version (facility_id, agenda_id, ver, rev, title, target_min, segments, saved_by, saved_at)
values ($1, $2, $3, 1, $4, $5, $6, $7, $8);

-- name: AgendaDraftSet :execrows
update agenda_version set rev = rev + 1, title = @title, target_min = @target_min, segments = @segments, saved_by = @saved_by, saved_at = @saved_at
where facility_id = @facility_id and agenda_id = @agenda_id and ver = @ver and rev = @rev and published_at is null;

-- name: AgendaVersionPublish :execrows
update agenda_version set published_at = @at
where facility_id = @facility_id and agenda_id = @agenda_id and ver = @ver and rev = @rev and published_at is null;

-- name: AgendaNewest :one
select v.ver, v.rev, v.title, v.target_min, v.segments, v.saved_at, v.published_at, m.room_name as saved_by
from agenda_version v join member m on m.facility_id = v.facility_id and m.id = v.saved_by
where v.facility_id = $1 and v.agenda_id = $2 order by v.ver desc limit 1;

-- name: AgendaVersionGet :one
select v.ver, v.rev, v.title, v.target_min, v.segments, v.saved_at, v.published_at, m.room_name as saved_by
from agenda_version v join member m on m.facility_id = v.facility_id and m.id = v.saved_by
where v.facility_id = $1 and v.agenda_id = $2 and v.ver = $3;

-- name: AgendaPublished :one
select v.title, v.segments, a.language from agenda_version v
join agenda a on a.facility_id = v.facility_id and a.id = v.agenda_id
where v.facility_id = $1 and v.agenda_id = $2 and v.published_at is not null and a.archived_at is null
order by v.ver desc limit 1;

-- name: AgendaVersionList :many
select v.ver, v.title, v.segments, v.published_at, m.room_name as saved_by
from agenda_version v join member m on m.facility_id = v.facility_id and m.id = v.saved_by
where v.facility_id = $1 and v.agenda_id = $2 and v.published_at is not null order by v.ver desc limit 100;

-- name: AgendaList :many
select distinct on (a.id) a.id, a.language, a.created_by, a.archived_at, m.room_name as author_name,
  v.ver, v.title, v.segments, v.saved_at, v.published_at,
  coalesce((select max(p.ver) from agenda_version p
    where p.facility_id = a.facility_id and p.agenda_id = a.id and p.published_at is not null), 0)::integer as published
from agenda a
join agenda_version v on v.facility_id = a.facility_id and v.agenda_id = a.id
join member m on m.facility_id = a.facility_id and m.id = a.created_by
where a.facility_id = $1 order by a.id, v.ver desc;

-- name: AgendaPublishedList :many
select distinct on (v.agenda_id) v.agenda_id, v.title, v.segments, a.language from agenda_version v
join agenda a on a.facility_id = v.facility_id and a.id = v.agenda_id
where v.facility_id = $1 and v.published_at is not null and a.archived_at is null
order by v.agenda_id, v.ver desc;
