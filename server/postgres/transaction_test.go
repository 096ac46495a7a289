package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/postgres/pgtest"

	"github.com/jackc/pgx/v5/pgconn"
)

// A transaction's first statement already runs under its tenant, whichever method sends it, and the
// connection's next transaction under its own tenant.
func TestTheFirstStatementRunsUnderItsTenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Open(t)
	facility := id.New[id.Facility]()
	// The facility does not exist: a row of the own tenant fails at the foreign key, any other at the
	// policy.
	const byKey, byPolicy = "23503", "42501"
	row := dbgen.AuditHeadParams{FacilityID: facility, Genesis: []byte("genesis")}
	ask := func(ctx context.Context, q *dbgen.Queries) error { _, err := q.AuditHead(ctx, row); return err }
	for name, run := range map[string]func(context.Context, *postgres.Tx) error{
		"one row": func(ctx context.Context, tx *postgres.Tx) error { return ask(ctx, tx.Queries) },
		"rows": func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.AuditList(ctx, dbgen.AuditListParams{FacilityID: facility})
			return errors.Join(err, ask(ctx, tx.Queries))
		},
		"a write": func(ctx context.Context, tx *postgres.Tx) error {
			return tx.StagePut(ctx, dbgen.StagePutParams{FacilityID: facility, ID: id.New[id.Stage](), WorkshopID: id.New[id.Workshop](), CreatedBy: id.New[id.Member](), CreatedAt: time.Now()})
		},
		"several together": func(ctx context.Context, tx *postgres.Tx) error { return tx.Together(ctx, ask, ask) },
		"a write, later": func(ctx context.Context, tx *postgres.Tx) error {
			return tx.Later().AuditAppend(ctx, dbgen.AuditAppendParams{FacilityID: facility, Seq: 1, At: time.Now(), ActorKind: "member", Outcome: "done", Previous: make([]byte, 32), Hash: make([]byte, 32)})
		},
	} {
		for scope, want := range map[id.Facility]string{facility: byKey, id.New[id.Facility](): byPolicy} {
			var refused *pgconn.PgError
			if err := db.Within(t.Context(), postgres.Scope{Facility: scope}, run); !errors.As(err, &refused) || refused.Code != want {
				t.Errorf("%s, own facility %t: %v, want %s", name, scope == facility, err, want)
			}
		}
	}
}

// A failed statement aborts the transaction even when its error was ignored.
func TestATransactionWithAnIgnoredErrorDoesNotCommit(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Open(t)
	scope := postgres.Scope{Facility: id.New[id.Facility]()}
	bad := dbgen.StagePutParams{FacilityID: scope.Facility, ID: id.New[id.Stage](), WorkshopID: id.New[id.Workshop]()}
	err := db.Within(t.Context(), scope, func(ctx context.Context, tx *postgres.Tx) error {
		_ = tx.StagePut(ctx, bad)
		return nil
	})
	if err == nil {
		t.Error("the transaction committed")
	}
	if err := db.Within(t.Context(), scope, func(ctx context.Context, tx *postgres.Tx) error { return tx.Later().StagePut(ctx, bad) }); err == nil {
		t.Error("a Later statement failed and the transaction committed")
	}
	if err := db.Within(t.Context(), scope, func(context.Context, *postgres.Tx) error { return nil }); err != nil {
		t.Errorf("nothing was said: %v", err)
	}
}

// Each Ask of Together must send exactly one statement.
func TestTogetherRefusesWhatIsNotOneStatement(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t).Open(t)
	f := id.New[id.Facility]()
	one := func(ctx context.Context, q *dbgen.Queries) error {
		_, err := q.StageGet(ctx, dbgen.StageGetParams{FacilityID: f})
		return err
	}
	for name, ask := range map[string]postgres.Ask{
		"none": func(context.Context, *dbgen.Queries) error { return nil },
		"two": func(ctx context.Context, q *dbgen.Queries) error {
			return errors.Join(one(ctx, q), one(ctx, q))
		},
		"a batch": func(ctx context.Context, q *dbgen.Queries) error { return q.RoomEventPut(ctx, nil).Close() },
	} {
		err := db.Within(t.Context(), postgres.Scope{Facility: f}, func(ctx context.Context, tx *postgres.Tx) error { return tx.Together(ctx, ask) })
		if err == nil || postgres.NotThere(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
