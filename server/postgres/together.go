package postgres

import (
	"context"
	"errors"

	"amends/server/postgres/dbgen"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Ask is one generated query with what is done with its answer. It is called twice, first to
// learn its statement and then with the answer, so it must ask the same both times, ask once,
// and pass on the query's error.
type Ask func(context.Context, *dbgen.Queries) error

// Together asks several things in one round trip, in this order. The first error is given.
func (tx *Tx) Together(ctx context.Context, asks ...Ask) error {
	var said recorder
	for _, ask := range asks {
		before := said.batch.Len()
		if err := ask(ctx, dbgen.New(&said)); !errors.Is(err, errRecorded) || said.batch.Len() != before+1 {
			return errNotOne
		}
	}
	results := tx.talk.SendBatch(ctx, &said.batch)
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

// recorder learns statements instead of sending them.
type recorder struct{ batch pgx.Batch }

// Exec learns a statement.
func (r *recorder) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	r.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, errRecorded
}

// Query learns a statement.
func (r *recorder) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	_, err := r.Exec(ctx, sql, args...)
	return nil, err
}

// QueryRow learns a statement.
func (r *recorder) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	_, err := r.Exec(ctx, sql, args...)
	return failed{err}
}

// SendBatch is not one statement: it is learned as none.
func (r *recorder) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults { return queued{} }

type failed struct{ err error }

// Scan has nothing to read.
func (f failed) Scan(...any) error { return f.err }

// replay gives the answers of statements that were sent together, one after the other.
type replay struct{ results pgx.BatchResults }

// Exec gives the next answer.
func (r replay) Exec(context.Context, string, ...any) (pgconn.CommandTag, error) {
	return r.results.Exec()
}

// Query gives the next answer.
func (r replay) Query(context.Context, string, ...any) (pgx.Rows, error) { return r.results.Query() }

// QueryRow gives the next answer.
func (r replay) QueryRow(context.Context, string, ...any) pgx.Row { return r.results.QueryRow() }

// SendBatch is refused by recorder before.
func (r replay) SendBatch(context.Context, *pgx.Batch) pgx.BatchResults { return queued{} }
