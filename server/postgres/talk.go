package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// talk is one transaction on one connection, with as few round trips as it can do with: BEGIN
// and the tenant go out before the first statement, in the same round trip, and what may wait
// (Later) goes out before COMMIT, in the same one.
//
// No statement can run without its tenant: within one round trip Postgres leaves out everything
// behind a statement that failed. It takes a new snapshot for each statement all the same.
type talk struct {
	conn  *pgxpool.Conn
	begin string
	scope Scope
	tail  later
}

const setTenant = `select set_config('app.facility_id', $1, true), set_config('app.member_id', $2, true), set_config('app.workshop_id', $3, true)`

// opening starts a batch: with BEGIN and the tenant, unless the transaction is under way.
func (t *talk) opening() (b *pgx.Batch, before int) {
	b = &pgx.Batch{}
	if t.idle() {
		b.Queue(t.begin)
		b.Queue(setTenant, t.scope.Facility.String(), t.scope.Member.String(), t.scope.Workshop.String())
	}
	return b, b.Len()
}

// idle asks the connection itself, which has it from Postgres.
func (t *talk) idle() bool { return t.conn.Conn().PgConn().TxStatus() == 'I' }

// SendBatch sends a batch, and gives its results without those of what went out before it.
func (t *talk) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	all, before := t.opening()
	all.QueuedQueries = append(all.QueuedQueries, b.QueuedQueries...)
	results := t.conn.SendBatch(ctx, all)
	for range before {
		// A failure fails what comes behind it too, which then says so.
		_, _ = results.Exec()
	}
	return results
}

func (t *talk) one(ctx context.Context, sql string, args []any) pgx.BatchResults {
	var b pgx.Batch
	b.Queue(sql, args...)
	return t.SendBatch(ctx, &b)
}

// Exec runs one statement.
func (t *talk) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if !t.idle() {
		return t.conn.Exec(ctx, sql, args...)
	}
	results := t.one(ctx, sql, args)
	tag, err := results.Exec()
	if closed := results.Close(); err == nil {
		err = closed
	}
	return tag, err
}

// Query runs one statement; its rows are read to their end, or closed.
func (t *talk) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if !t.idle() {
		return t.conn.Query(ctx, sql, args...)
	}
	results := t.one(ctx, sql, args)
	rows, err := results.Query()
	if err != nil {
		_ = results.Close()
	}
	return lastRows{rows, results}, err
}

// QueryRow runs one statement that answers one row.
func (t *talk) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if !t.idle() {
		return t.conn.QueryRow(ctx, sql, args...)
	}
	results := t.one(ctx, sql, args)
	return lastRow{results.QueryRow(), results}
}

// commit sends what was to be said later, and COMMIT behind it.
func (t *talk) commit(ctx context.Context) error {
	if t.idle() && t.tail.batch.Len() == 0 {
		return nil // nothing was asked or said
	}
	b, _ := t.opening()
	b.QueuedQueries = append(b.QueuedQueries, t.tail.batch.QueuedQueries...)
	b.Queue("commit")
	results := t.conn.SendBatch(ctx, b)
	var tag pgconn.CommandTag
	var err error
	for range b.Len() {
		if tag, err = results.Exec(); err != nil {
			break
		}
	}
	if closed := results.Close(); err == nil {
		err = closed
	}
	if err == nil && tag.String() == "ROLLBACK" {
		// A statement failed before and nobody minded.
		err = pgx.ErrTxCommitRollback
	}
	return err
}

// end gives the connection back; a transaction that is still open is undone.
func (t *talk) end(ctx context.Context) {
	defer t.conn.Release()
	if !t.idle() && !t.conn.Conn().IsClosed() {
		if _, err := t.conn.Exec(ctx, "rollback"); err != nil {
			_ = t.conn.Conn().Close(ctx)
		}
	}
}

// lastRows are the rows of the last statement of a batch; closing them ends the batch.
type lastRows struct {
	pgx.Rows
	results pgx.BatchResults
}

// Close reads to the end of the batch.
func (r lastRows) Close() {
	r.Rows.Close()
	_ = r.results.Close()
}

type lastRow struct {
	row     pgx.Row
	results pgx.BatchResults
}

// Scan reads the row and to the end of the batch.
func (r lastRow) Scan(into ...any) error {
	err := r.row.Scan(into...)
	if closed := r.results.Close(); err == nil {
		err = closed
	}
	return err
}
