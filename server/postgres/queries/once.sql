-- name: KeptActClaim :execrows
insert into kept_act (facility_id, key, member_id, operation, asked, at) values ($1, $2, $3, $4, $5, $6)
on conflict (facility_id, key) do nothing;

-- name: KeptActGet :one
select operation, asked, made from kept_act where facility_id = $1 and key = $2 and member_id = $3;

-- name: KeptActMade :exec
update kept_act set made = $1 where facility_id = $2 and key = $3 and member_id = $4;

-- name: KeptActTrim :exec
delete from kept_act k where k.facility_id = $1 and k.member_id = $2 and k.key in (
  select o.key from kept_act o where o.facility_id = $1 and o.member_id = $2 order by o.at desc, o.key offset @most);
