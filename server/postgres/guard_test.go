package postgres_test

import (
	"context"
	"strings"
	"testing"

	"amends/server/postgres"
	"amends/server/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestGuardRefusesRolesThatBypassRowLevelSecurity(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	ctx := context.Background()
	if err := d.Open(t).Guard(ctx); err != nil {
		t.Fatalf("the role app was refused: %v", err)
	}
	for _, role := range []string{"postgres", "migrator"} {
		db, err := postgres.Open(ctx, d.URL(role), 2)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Guard(ctx); err == nil || !strings.Contains(err.Error(), "could bypass row-level security") {
			t.Errorf("role %s: %v", role, err)
		}
	}
}

func TestGuardRefusesASchemaThatIsBehindOrAhead(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	ctx, owner, db := context.Background(), d.Conn(t, "migrator"), d.Open(t)
	for statement, says := range map[string]string{
		"insert into goose_db_version (version_id, is_applied) values (99999, true)": "ahead",
		"delete from goose_db_version where version_id > 1":                          "behind",
	} {
		tag, err := owner.Exec(ctx, statement)
		if err != nil || tag.RowsAffected() == 0 {
			t.Fatal(statement, err)
		}
		if err := db.Guard(ctx); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("after %q: %v", statement, err)
		}
		if _, err := owner.Exec(ctx, "delete from goose_db_version where version_id = 99999"); err != nil {
			t.Fatal(err)
		}
	}
}
