package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// later collects generated statements that answer nothing, to send them in one round trip with
// COMMIT. Their errors come from that; a statement that answers something is refused.
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

// Query is refused.
func (l *later) Query(context.Context, string, ...any) (pgx.Rows, error) { return nil, errLater }

// QueryRow is refused.
func (l *later) QueryRow(context.Context, string, ...any) pgx.Row { return queued{} }

// queued are the results of statements that were not sent yet: none.
type queued struct{}

// Exec says that nothing was wrong so far.
func (queued) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, nil }

// Query is refused.
func (queued) Query() (pgx.Rows, error) { return nil, errLater }

// QueryRow is refused.
func (queued) QueryRow() pgx.Row { return queued{} }

// Scan is refused.
func (queued) Scan(...any) error { return errLater }

// Tx is none: the statements belong to a transaction that began before.
func (queued) Tx() pgx.Tx { return nil }

// Close has nothing to close.
func (queued) Close() error { return nil }
