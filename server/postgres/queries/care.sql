-- name: RoomHerePut :exec
insert into room_here (facility_id, workshop_id, member_id, whereabouts, at) values ($1, $2, $3, $4, $5)
on conflict (facility_id, workshop_id, member_id) do update set whereabouts = excluded.whereabouts, at = excluded.at;

-- name: RoomHereForget :exec
delete from room_here where facility_id = $1 and workshop_id = $2 and member_id = $3;

-- name: RoomHereList :many
select member_id, whereabouts from room_here where facility_id = $1 and workshop_id = $2 and at > @after;
