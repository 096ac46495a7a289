package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// later collects generated statements that return nothing, to send them in one round trip with COMMIT,
// which returns their errors. A statement with a result is refused (errLater).
type later struct{ batch pgx.Batch }

var errLater = errors.New("postgres: a statement that answers something cannot be sent later")

// Exec queues one statement.
func (l *later) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	l.batch.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// SendBatch queues the statements of a batch.
func (l *later) SendBatch(_ context.Context, b *pgx.Batch) pgx.BatchResults {
	for _, q := range b.QueuedQueries {
		l.batch.Queue(q.SQL, q.Arguments...)
	}
	return queued{}
}

// Query returns errLater.
func (l *later) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, errLater }

// QueryRow returns a row whose Scan is errLater.
func (l *later) QueryRow(context.Context, string, ...any) pgx.Row { return queued{} }

// queued stands for the results of statements that are not sent yet.
type queued struct{}

// Exec returns no error: the statement has not run yet.
func (queued) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, nil }

// Query returns errLater.
func (queued) Query() (pgx.Rows, error) { return nil, errLater }

// QueryRow returns a row whose Scan is errLater.
func (queued) QueryRow() pgx.Row { return queued{} }

// Scan returns errLater.
func (queued) Scan(...any) error { return errLater }

// Tx is nil: the statements belong to a transaction that is already open.
func (queued) Tx() pgx.Tx { return nil }

// Close does nothing.
func (queued) Close() error { return nil }
