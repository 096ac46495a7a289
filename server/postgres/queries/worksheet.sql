-- Inserts the version only if its predecessor is the author's newest, or it is the first.
-- name: WorksheetSave :execrows
insert into sealed (facility_id, id, owner_id, author_id, ws, ver, typ, readers, size, sha256, day, blob)
select sqlc.arg(facility_id), sqlc.arg(id), sqlc.arg(owner_id), sqlc.arg(author_id), sqlc.arg(ws), sqlc.arg(ver)::integer, sqlc.arg(typ), sqlc.arg(readers), sqlc.arg(size), sqlc.arg(sha256), sqlc.arg(day), sqlc.arg(blob)
where sqlc.arg(ver)::integer = 1 + coalesce((select max(s.ver) from sealed s where s.facility_id = sqlc.arg(facility_id)
  and s.owner_id = sqlc.arg(owner_id) and s.author_id = sqlc.arg(author_id) and s.ws = sqlc.arg(ws) and s.typ = sqlc.arg(typ)), 0);

-- Replaces a stored version's file, sealed for other readers; the content hash is unchanged.
-- name: WorksheetReseal :execrows
update sealed set readers = @readers, size = @size, sha256 = @sha256, blob = @blob
where facility_id = @facility_id and owner_id = @owner_id and author_id = @owner_id and ws = @ws and typ = @typ and ver = @ver::integer;

-- name: WorksheetVersion :one
select id, owner_id, author_id, ws, ver, typ, readers, size, sha256, day from sealed
where facility_id = @facility_id and owner_id = @owner_id and author_id = @author_id and ws = @ws and typ = @typ and ver = @ver;

-- name: WorksheetBlob :one
select id, owner_id, author_id, ws, ver, typ, readers, sha256, blob from sealed
where facility_id = @facility_id and id = @id;

-- name: WorksheetList :many
select distinct on (owner_id, author_id, ws, typ) id, owner_id, author_id, ws, ver, typ, readers, size, sha256, day
from sealed where facility_id = @facility_id and owner_id = @owner_id and typ = any(@typs::text[])
order by owner_id, author_id, ws, typ, ver desc;

-- name: WorksheetVersionsOf :many
select id, owner_id, author_id, ws, ver, typ, readers, size, sha256, day from sealed
where facility_id = @facility_id and owner_id = @owner_id and ws = @ws order by typ, ver;

-- Who owns this worksheet id, as far as the asking person may see.
-- name: WorksheetOwners :many
select distinct owner_id from sealed where facility_id = @facility_id and ws = @ws limit 2;

-- Storage counts for the author: feedback never uses a participant's.
-- name: WorksheetUsage :one
select count(distinct ws) as documents, coalesce(sum(size), 0)::bigint as bytes from sealed
where facility_id = @facility_id and author_id = @author_id;

-- Deletes old versions; a version that was sealed to a reader stays for that reader.
-- name: WorksheetPrune :execrows
delete from sealed s where s.facility_id = @facility_id and s.owner_id = @owner_id and s.author_id = @owner_id
  and s.ws = @ws and s.typ = @typ and s.ver <= @through and cardinality(s.readers) <= 1;

-- name: WorksheetDelete :execrows
delete from sealed where facility_id = @facility_id and owner_id = @owner_id and ws = @ws;

-- name: GrantOpen :many
select reader_id from reader_grant where facility_id = @facility_id and owner_id = @owner_id and ws = @ws
  and reader_id = any(@readers::uuid[]) and closed_at is null and until > @now for share;

-- name: GrantOf :one
select exists (select 1 from reader_grant where facility_id = @facility_id and owner_id = @owner_id and ws = @ws
  and reader_id = @reader_id and closed_at is null and until > @now);

-- name: NoteGet :one
select ver, blob from sealed where facility_id = @facility_id and owner_id = @author_id and author_id = @author_id
  and ws = @ws and typ = 'note' order by ver desc limit 1;
