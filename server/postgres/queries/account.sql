-- name: AccountPut :exec
insert into account (facility_id, member_id, handle, kdf, salt, pepper_id, password_verifier, card_verifier, epoch)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: AccountGet :one
select * from account where facility_id = $1 and member_id = $2;

-- name: AtRestKeyPut :exec
insert into at_rest_key (facility_id, member_id, keyring_id, sealed_key) values ($1, $2, $3, $4);

-- name: AtRestKeyGet :one
select keyring_id, sealed_key from at_rest_key where facility_id = $1 and member_id = $2;

-- name: WrapPut :exec
insert into wrap (facility_id, member_id, kind, epoch, blob) values ($1, $2, $3, $4, $5);

-- name: WrapList :many
select kind, epoch, blob from wrap where facility_id = $1 and member_id = $2 order by kind;

-- name: VaultPut :exec
insert into vault (facility_id, member_id, ctr, blob) values ($1, $2, $3, $4);

-- name: VaultGet :one
select ctr, blob from vault where facility_id = $1 and member_id = $2;

-- name: VaultSave :execrows
update vault set ctr = @ctr, blob = @blob where facility_id = @facility_id and member_id = @member_id and ctr = @previous;
