package postgres_test

import (
	"context"
	"testing"

	"amends/server/postgres/pgtest"
)

// On a raw connection as the app role: who sees agendas, and that a published version is immutable
// whatever the query says.
func TestPoliciesOfAgendas(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	ctx, super, app := context.Background(), d.Conn(t, "postgres"), d.Conn(t, "app")
	const f1, f2 = "00000000-0000-7000-8000-0000000000f1", "00000000-0000-7000-8000-0000000000f2"
	const admin, maker, other, mentor, reader = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b", "00000000-0000-7000-8000-00000000000c",
		"00000000-0000-7000-8000-00000000000d", "00000000-0000-7000-8000-00000000000e"
	for _, seed := range []string{
		`insert into facility values ('` + f1 + `', 'One', 'UTC', 'en', 'https://x.org'), ('` + f2 + `', 'Two', 'UTC', 'en', 'https://x.org')`,
		`insert into member select '` + f1 + `', m, 'M', 'en', 'active', '2026-01-01' from unnest(array['` + admin + `', '` + maker + `', '` + other + `', '` + mentor + `', '` + reader + `']::uuid[]) m`,
		`insert into member_role values ('` + f1 + `', '` + admin + `', 'admin'), ('` + f1 + `', '` + maker + `', 'counselor'), ('` + f1 + `', '` + other + `', 'counselor'),
			('` + f1 + `', '` + mentor + `', 'mentor'), ('` + f1 + `', '` + reader + `', 'participant')`,
		`insert into agenda values ('` + f1 + `', '` + f1 + `', 'en', '` + maker + `', now())`,
		`insert into agenda_version values ('` + f1 + `', '` + f1 + `', 1, 1, 'Old', 60, '[]', '` + maker + `', now(), now()), ('` + f1 + `', '` + f1 + `', 2, 1, 'New', 60, '[]', '` + maker + `', now(), null)`,
	} {
		if _, err := super.Exec(ctx, seed); err != nil {
			t.Fatal(seed, err)
		}
	}
	// touched runs a statement as a member, rolls back and returns the affected rows; -1 if it was
	// refused.
	touched := func(facility, member, workshop, statement string) int64 {
		t.Helper()
		tx, err := app.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(ctx) }()
		if _, err := tx.Exec(ctx, `select set_config('app.facility_id', $1, true), set_config('app.member_id', $2, true), set_config('app.workshop_id', $3, true)`, facility, member, workshop); err != nil {
			t.Fatal(err)
		}
		tag, err := tx.Exec(ctx, statement)
		if err != nil {
			return -1
		}
		return tag.RowsAffected()
	}
	const see, edit, publish = `select 1 from agenda_version`, `update agenda_version set title = 'x', saved_by = app.uid()`, `update agenda_version set published_at = now()`
	for _, row := range []struct {
		what, facility, member, workshop, statement string
		want                                        int64
	}{
		{"nobody sees", "", "", "", see, 0},
		{"another facility sees", f2, admin, "", see, 0},
		{"a room batch sees", f1, "", f1, see, 0},
		{"a participant sees", f1, reader, "", see, 0},
		{"a mentor sees", f1, mentor, "", see, 2},
		{"a counselor sees", f1, other, "", see, 2},
		{"the author edits the draft and nothing else", f1, maker, "", edit, 1},
		{"an admin edits the draft and nothing else", f1, admin, "", edit, 1},
		{"another counselor edits", f1, other, "", edit, 0},
		{"a mentor edits", f1, mentor, "", edit, 0},
		{"another counselor publishes", f1, other, "", publish, 0},
		{"an admin publishes", f1, admin, "", publish, 1},
		{"a published version is taken back", f1, admin, "", `update agenda_version set published_at = null, saved_by = app.uid() where ver = 1`, 0},
		{"a version is deleted", f1, admin, "", `delete from agenda_version`, -1},
		{"another counselor adds a version", f1, other, "", `insert into agenda_version values ('` + f1 + `', '` + f1 + `', 3, 1, 'x', 60, '[]', app.uid(), now())`, -1},
		{"a version is born published", f1, admin, "", `insert into agenda_version values ('` + f1 + `', '` + f1 + `', 3, 1, 'x', 60, '[]', app.uid(), now(), now())`, -1},
		{"an agenda is made in another's name", f1, other, "", `insert into agenda values ('` + f1 + `', gen_random_uuid(), 'en', '` + maker + `', now())`, -1},
		{"a mentor makes an agenda", f1, mentor, "", `insert into agenda values ('` + f1 + `', gen_random_uuid(), 'en', app.uid(), now())`, -1},
		{"a counselor makes an agenda", f1, other, "", `insert into agenda values ('` + f1 + `', gen_random_uuid(), 'en', app.uid(), now())`, 1},
		{"another counselor archives", f1, other, "", `update agenda set archived_at = now()`, 0},
	} {
		if got := touched(row.facility, row.member, row.workshop, row.statement); got != row.want {
			t.Errorf("%s: %d rows, want %d", row.what, got, row.want)
		}
	}
}
