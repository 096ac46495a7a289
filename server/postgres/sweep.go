package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// sweepLock is the key of the advisory lock under which one node sweeps at a time.
const sweepLock = 0x73776565_70657273

// Swept is what became of one table in a sweep.
type Swept struct {
	Table string
	Rows  int64
	// State is the SQLSTATE of what went wrong, or another word without content; "" when nothing did.
	State string
}

// Sweep deletes the rows of these tables whose time is over, in every facility: each batch of at most
// `batch` rows is a transaction of its own, and a table gets at most `rounds` of them. It returns
// nothing when another node is sweeping. An error in one table does not stop the others.
func (db *DB) Sweep(ctx context.Context, tables []string, batch, rounds int) (out []Swept, err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, translate(err)
	}
	defer conn.Release()
	var mine bool
	if err := conn.QueryRow(ctx, `select pg_try_advisory_lock($1)`, int64(sweepLock)).Scan(&mine); err != nil || !mine {
		return nil, translate(err)
	}
	defer func() {
		// The lock belongs to the connection: without the unlock, the connection must not be used again.
		if _, unlocked := conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, int64(sweepLock)); unlocked != nil {
			err = errors.Join(err, conn.Conn().Close(context.WithoutCancel(ctx)))
		}
	}()
	for _, table := range tables {
		out = append(out, sweepTable(ctx, conn.Conn(), table, batch, rounds))
	}
	return out, nil
}

func sweepTable(ctx context.Context, conn *pgx.Conn, table string, batch, rounds int) Swept {
	swept := Swept{Table: table}
	query := fmt.Sprintf(`select %s($1)`, pgx.Identifier{"app", "sweep_" + table}.Sanitize())
	for range rounds {
		var n int64
		if err := conn.QueryRow(ctx, query, batch).Scan(&n); err != nil {
			swept.State = stateOf(err)
			return swept
		}
		if swept.Rows += n; n == 0 {
			break
		}
	}
	return swept
}

// stateOf says what kind of error this is, without its text, which may quote a row.
func stateOf(err error) string {
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return pg.Code
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "out of time"
	}
	return "no connection"
}
