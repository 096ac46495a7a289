package postgres_test

import (
	"context"
	"testing"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/pgtest"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestAFullDiskIsReportedAndUnavailable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Open(t)
	if db.DiskFull() {
		t.Fatal("a new database has a full disk")
	}
	scope := postgres.Scope{Facility: id.New[id.Facility]()}
	err := db.Within(t.Context(), scope, func(context.Context, *postgres.Tx) error { return &pgconn.PgError{Code: "53100"} })
	if fault.As(err).Kind != fault.Unavailable || !db.DiskFull() {
		t.Fatalf("%v, said %v", err, db.DiskFull())
	}
}
