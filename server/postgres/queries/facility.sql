-- name: FacilityPut :exec
insert into facility (id, name, time_zone, language, neutral_url) values ($1, $2, $3, $4, $5);

-- name: FacilityGet :one
select * from facility where id = @facility_id;

-- name: CrisisLinePut :exec
insert into crisis_line (facility_id, position, label, number, note, language, checked_on)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: CrisisLineList :many
select position, label, number, note, language, checked_on from crisis_line
where facility_id = @facility_id order by language, position;

-- name: FacilitySettingsSet :execrows
update facility set track = @track, duty_note = @duty_note where id = @facility_id;
