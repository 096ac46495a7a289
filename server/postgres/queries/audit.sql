-- Locks the facility's hash chain; called last in a transaction, so that the lock is short.
-- name: AuditHead :one
insert into audit_head (facility_id, seq, hash) values (@facility_id, 0, @genesis)
on conflict (facility_id) do update set seq = audit_head.seq returning seq, hash;

-- name: AuditAppend :exec
insert into audit_entry (facility_id, seq, at, actor_kind, actor_id, action, object_kind, object_id, outcome, request_id, previous, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: AuditHeadSet :exec
update audit_head set seq = $2, hash = $3 where facility_id = $1;

-- name: AuditList :many
select * from audit_entry where facility_id = @facility_id and seq > @after order by seq limit 5000;

-- name: AuditHeadRead :one
select seq, hash from audit_head where facility_id = $1;

-- The object of an action's newest entry.
-- name: AuditLastObject :one
select object_id from audit_entry where facility_id = @facility_id and action = @action order by seq desc limit 1;
