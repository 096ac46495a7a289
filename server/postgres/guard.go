package postgres

import (
	"context"
	"errors"
	"fmt"
)

// Problem keeps the server from starting; Text tells the operator what to do.
type Problem struct{ Text string }

func (p *Problem) Error() string { return p.Text }

// Guard refuses a database that would break the promises: a role that could bypass row-level security,
// or a schema older or newer than this program. Error: *Problem.
func (db *DB) Guard(ctx context.Context) error {
	return errors.Join(db.guardRole(ctx), db.guardVersion(ctx))
}

func (db *DB) guardRole(ctx context.Context) error {
	const ask = `select rolname, rolsuper, rolbypassrls,
	  exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'app', 'lookup') and pg_has_role(r.oid, c.relowner, 'member')),
	  exists (select 1 from pg_roles x where (x.rolsuper or x.rolbypassrls) and x.oid <> r.oid and pg_has_role(r.oid, x.oid, 'member'))
	  from pg_roles r where rolname = current_user`
	var name string
	var super, bypass, owns, via bool
	if err := db.pool.QueryRow(ctx, ask).Scan(&name, &super, &bypass, &owns, &via); err != nil {
		return &Problem{fmt.Sprintf("the database does not answer (%v): is DATABASE_URL right and Postgres running?", translate(err))}
	}
	if super || bypass || owns || via {
		return &Problem{fmt.Sprintf("the database role %q could bypass row-level security (superuser, BYPASSRLS or owner of tables): DATABASE_URL needs the role `app` of deploy/postgres-roles.sql", name)}
	}
	return nil
}

func (db *DB) guardVersion(ctx context.Context) error {
	want, err := newest()
	if err != nil {
		return err
	}
	var got int64
	err = db.pool.QueryRow(ctx, `select coalesce(max(version_id), 0) from goose_db_version where is_applied`).Scan(&got)
	switch {
	case err != nil:
		return &Problem{"the database has no schema yet: run `amends migrate` first"}
	case got < want:
		return &Problem{fmt.Sprintf("the database is behind this program (schema %d, needed %d): run `amends migrate` first", got, want)}
	case got > want:
		return &Problem{fmt.Sprintf("the database is ahead of this program (schema %d, known %d): start the newer program", got, want)}
	}
	return nil
}
