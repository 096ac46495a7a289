package postgres

import (
	"context"
	"errors"

	"amends/server/postgres/dbgen"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Ask calls one generated query and handles its result. It is called twice, first to record its
// statement and then with the result, so it must call the same query both times, only once, and return
// the query's error.
type Ask func(context.Context, *dbgen.Queries) error

// Together sends several queries in one round trip, in order, and returns the first error.
func (tx *Tx) Together(ctx context.Context, asks ...Ask) error {
	var said recorder
	for _, ask := range asks {
		before := said.batch.Len()
		if err := ask(ctx, dbgen.New(&said)); !errors.Is(err, errRecorded) || said.batch.Len() != before+1 {
			return errNotOne
		}
	}
	results := tx.transaction.SendBatch(ctx, &said.batch)
	for _, ask := range asks {
		if err := ask(ctx, dbgen.New(replay{results})); err != nil {
			_ = results.Close()
			return err
		}
	}
	return results.Close()
}

var (
	errRecorded = errors.New("postgres: the statement goes out with others")
	errNotOne   = errors.New("postgres: one of the things that are asked together is not one statement")
)

// recorder records statements instead of sending them.
type recorder struct{ batch pgx.Batch }

// Exec records a statement.
func (r *recorder) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	r.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, errRecorded
}

// Query records a statement.
func (r *recorder) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	_, err := r.Exec(ctx, sql, args...)
	return nil, err
}

// QueryRow records a statement.
func (r *recorder) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	_, err := r.Exec(ctx, sql, args...)
	return failed{err}
}

// SendBatch records nothing: a batch is more than one statement, which Together then refuses.
func (r *recorder) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults { return queued{} }

type failed struct{ err error }

// Scan returns the error.
func (f failed) Scan(...any) error { return f.err }

// replay returns the results of statements that were sent together, in order.
type replay struct{ results pgx.BatchResults }

// Exec returns the next result.
func (r replay) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return r.results.Exec()
}

// Query returns the next result.
func (r replay) Query(context.Context, string, ...any) (pgx.Rows, error) { return r.results.Query() }

// QueryRow returns the next result.
func (r replay) QueryRow(context.Context, string, ...any) pgx.Row { return r.results.QueryRow() }

// SendBatch cannot be reached: recorder has recorded no batch.
func (r replay) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults { return queued{} }
