-- name: RoomNotePut :exec
insert into room_note (facility_id, workshop_id, note_id, text) values ($1, $2, $3, $4)
on conflict (facility_id, workshop_id) do update set note_id = excluded.note_id, text = excluded.text;

-- name: RoomNoteForget :exec
delete from room_note where facility_id = $1 and workshop_id = $2;

-- name: RoomNoteList :many
select note_id, text from room_note where facility_id = $1 and workshop_id = $2;

-- name: RoomPulsePut :exec
insert into room_pulse (facility_id, workshop_id, pulse_id, words) values ($1, $2, $3, $4);

-- name: RoomPulseList :many
select pulse_id, words from room_pulse where facility_id = $1 and workshop_id = $2;
