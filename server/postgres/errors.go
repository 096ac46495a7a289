package postgres

import (
	"context"
	"errors"

	"amends/server/fault"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// translate is the only place that interprets SQLSTATE. Faults are returned unchanged.
func translate(err error) error {
	var f *fault.Fault
	var pg *pgconn.PgError
	switch {
	case err == nil || errors.As(err, &f):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return fault.ErrNotFound.Because(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.ErrUnavailable.Because(err)
	case errors.As(err, &pg):
		return ofState(pg.Code, err)
	case pgconn.SafeToRetry(err), pgconn.Timeout(err):
		return fault.ErrUnavailable.Because(err)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fault.ErrUnavailable.Because(err)
	}
	return err
}

// ofState returns a fault for those SQLSTATE classes that are not a bug; others stay internal errors.
func ofState(state string, err error) error {
	switch {
	case state == "23505":
		return fault.New(fault.Conflict, "thing.exists", "This is there already.").Because(err)
	case state == "23503":
		return fault.ErrNotFound.Because(err)
	case len(state) == 5 && (state[:2] == "08" || state[:2] == "53" || state[:2] == "57"):
		// Connection lost, out of resources (also a full disk), shutting down.
		return fault.ErrUnavailable.Because(err)
	}
	return err
}

// Doubled reports a unique violation: such a row exists already.
func Doubled(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// NotThere reports that a query found no row.
func NotThere(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
