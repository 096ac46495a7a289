package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// transaction is one transaction on one connection with as few round trips as possible: BEGIN and the
// tenant setting are sent together with the first statement, and Later statements together with COMMIT.
//
// No statement can run without its tenant: within one round trip, Postgres skips everything after a
// failed statement. Each statement still gets its own snapshot.
type transaction struct {
	conn  *pgxpool.Conn
	begin string
	scope Scope
	tail  later
}

const setTenant = `select set_config('app.facility_id', $1, true), set_config('app.member_id', $2, true), set_config('app.workshop_id', $3, true)`

// opening starts a batch, with BEGIN and the tenant setting unless the transaction is already open.
func (t *transaction) opening() (b *pgx.Batch, before int) {
	b = &pgx.Batch{}
	if t.idle() {
		b.Queue(t.begin)
		b.Queue(setTenant, t.scope.Facility.String(), t.scope.Member.String(), t.scope.Workshop.String())
	}
	return b, b.Len()
}

// idle reads the transaction status that Postgres reported to the connection.
func (t *transaction) idle() bool { return t.conn.Conn().PgConn().TxStatus() == 'I' }

// SendBatch sends a batch and returns its results, without those of the opening statements.
func (t *transaction) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	all, before := t.opening()
	all.QueuedQueries = append(all.QueuedQueries, b.QueuedQueries...)
	results := t.conn.SendBatch(ctx, all)
	for range before {
		// If these fail, so do the following statements, which then return the error.
		_, _ = results.Exec()
	}
	return results
}

func (t *transaction) one(ctx context.Context, sql string, args []any) pgx.BatchResults {
	var b pgx.Batch
	b.Queue(sql, args...)
	return t.SendBatch(ctx, &b)
}

// Exec runs one statement.
func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
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

// Query runs one statement; the caller must read its rows to the end or close them.
func (t *transaction) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
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

// QueryRow runs one statement that returns one row.
func (t *transaction) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if !t.idle() {
		return t.conn.QueryRow(ctx, sql, args...)
	}
	results := t.one(ctx, sql, args)
	return lastRow{results.QueryRow(), results}
}

// commit sends the Later statements and COMMIT.
func (t *transaction) commit(ctx context.Context) error {
	if t.idle() && t.tail.batch.Len() == 0 {
		return nil // no statement was sent or queued
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
		// An earlier statement failed and fn ignored its error.
		err = pgx.ErrTxCommitRollback
	}
	return err
}

// end releases the connection; a transaction that is still open is rolled back.
func (t *transaction) end(ctx context.Context) {
	defer t.conn.Release()
	if !t.idle() && !t.conn.Conn().IsClosed() {
		if _, err := t.conn.Exec(ctx, "rollback"); err != nil {
			_ = t.conn.Conn().Close(ctx)
		}
	}
}

// lastRows are the rows of a batch's last statement; closing them ends the batch.
type lastRows struct {
	pgx.Rows
	results pgx.BatchResults
}

// Close closes the rows and the batch.
func (r lastRows) Close() {
	r.Rows.Close()
	_ = r.results.Close()
}

type lastRow struct {
	row     pgx.Row
	results pgx.BatchResults
}

// Scan scans the row and closes the batch.
func (r lastRow) Scan(into ...any) error {
	err := r.row.Scan(into...)
	if closed := r.results.Close(); err == nil {
		err = closed
	}
	return err
}
