package postgres_test

import (
	"database/sql"
	"testing"

	"amends/migrations"
	"amends/server/postgres"
	"amends/server/postgres/pgtest"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// A database with rows of the version before is migrated: its foreign keys find what forced row-level
// security hides from the migrator's own queries, and the sweep then finds what is old.
func TestASchemaWithRowsGetsItsSweeps(t *testing.T) {
	t.Parallel()
	d, ctx := pgtest.NewEmpty(t), t.Context()
	old, err := sql.Open("pgx", d.URL("migrator"))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	p, err := goose.NewProvider(goose.DialectPostgres, old, migrations.Files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(ctx, 10); err != nil {
		t.Fatal(err)
	}
	super := d.Conn(t, "postgres")
	for _, seed := range []string{
		`insert into facility values ('` + uuidOf("f1") + `', 'House', 'UTC', 'en', 'https://x.org')`,
		`insert into member values ('` + uuidOf("f1") + `', '` + uuidOf("a1") + `', 'A', 'en', 'active', '2026-01-01')`,
		`insert into signin (facility_id, id, member_id, shared_device, created_at, seen_at, idle_seconds, absolute_until) select facility_id, x, id, false, now(), now(), 60, at
			from member, (values ('` + uuidOf("b1") + `'::uuid, now() - interval '1 year'), ('` + uuidOf("b2") + `', now())) s (x, at)`,
		`insert into lookup.signin_token select sha256(id::text::bytea), facility_id, member_id, id from signin`,
		`insert into lookup.facility select id from facility`,
	} {
		if _, err := super.Exec(ctx, seed); err != nil {
			t.Fatal(seed, err)
		}
	}
	if _, err := postgres.Migrate(ctx, d.URL("migrator")); err != nil {
		t.Fatal(err)
	}
	swept, err := d.Open(t).Sweep(ctx, []string{"signin", "guest"}, 1, 9)
	if err != nil || len(swept) != 2 || swept[0].Rows != 1 || swept[0].State+swept[1].State != "" {
		t.Errorf("swept %+v, %v", swept, err)
	}
	if left := column[string](t, super, `select signin_id::text from lookup.signin_token`); len(left) != 1 || left[0] != uuidOf("b2") {
		t.Errorf("the tokens that are left are of %v", left)
	}
}

// What goes wrong in one table is told as a state without content, and does not stop the others.
func TestASweepThatFailsLeavesTheOthersToTheirs(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	swept, err := d.Open(t).Sweep(t.Context(), []string{"no_such_table", "signin"}, 1, 1)
	if err != nil || len(swept) != 2 || swept[0].State != "42883" || swept[1].State != "" {
		t.Errorf("swept %+v, %v", swept, err)
	}
}
