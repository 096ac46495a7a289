-- name: RoomSeenPut :exec
insert into room_seen (facility_id, workshop_id, member_id, seen_at)
select @facility_id, @workshop_id, m, clock_timestamp() from unnest(@members::uuid[]) as m
on conflict (facility_id, workshop_id, member_id) do update set seen_at = greatest(room_seen.seen_at, excluded.seen_at);

-- The network that a facilitator connected from, until the end. It is no heartbeat.
-- name: RoomSeenFrom :exec
insert into room_seen (facility_id, workshop_id, member_id, seen_at, network)
select w.facility_id, w.id, @member_id, clock_timestamp() - interval '1 hour', @network::bytea
from workshop w where w.facility_id = @facility_id and w.id = @workshop_id and w.room_state <> 'ended'
on conflict (facility_id, workshop_id, member_id) do update set network = excluded.network;

-- Whether a facilitator of this workshop connected from a network.
-- name: RoomSeenNear :one
select exists (select 1 from room_seen r join workshop_facilitator f using (facility_id, workshop_id, member_id)
  where r.facility_id = @facility_id and r.workshop_id = @workshop_id and r.network = @network);

-- name: RoomSeenList :many
select member_id, (extract(epoch from clock_timestamp() - seen_at) * 1000)::bigint as ago_ms
from room_seen where facility_id = $1 and workshop_id = $2;

-- name: RoomSeenForget :exec
delete from room_seen where facility_id = $1 and workshop_id = $2;
