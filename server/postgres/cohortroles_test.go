package postgres_test

import (
	"context"
	"strings"
	"testing"

	"amends/migrations"
	"amends/server/postgres/pgtest"
)

// The rows from before 00011 are read the safe way: nobody becomes staff of people by having been in
// their group.
func TestCohortRolesOfBeforeAreReadTheSafeWay(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	ctx, super, owner := context.Background(), d.Conn(t, "postgres"), d.Conn(t, "migrator")
	if _, err := owner.Exec(ctx, "alter table cohort_member drop column role"); err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("$f", "'"+uuidOf("f1")+"'::uuid", "$g", "'"+uuidOf("c1")+"'::uuid", "$h", "'"+uuidOf("c2")+"'::uuid")
	for _, seed := range []string{
		`insert into facility values ($f, 'One', 'UTC', 'en', 'https://x.org')`,
		`insert into cohort values ($f, $g, 'Group', '2026-01-01', '2026-02-01', 12), ($f, $h, 'Other', '2026-01-01', '2026-02-01', 12)`,
	} {
		if _, err := super.Exec(ctx, names.Replace(seed)); err != nil {
			t.Fatal(seed, err)
		}
	}
	rows := []struct {
		who, roles string
		// leads is the cohort of which this person facilitated a workshop.
		leads, want string
	}{
		{"11", "participant", "", "participant"},
		{"12", "mentor", "", "mentor"},
		{"13", "counselor", "", "staff"},
		{"14", "counselor,mentor", "", "mentor"},
		{"15", "counselor,mentor", "c1", "staff"},
		{"16", "counselor,mentor", "c2", "mentor"},
		{"17", "counselor,participant", "", "participant"},
		{"18", "counselor,participant", "c1", "participant"},
		{"19", "admin", "", "staff"},
		{"20", "mentor", "c1", "mentor"},
		{"21", "", "", "participant"},
	}
	for _, row := range rows {
		for _, seed := range []string{
			`insert into member values ($f, $m, 'M', 'en', 'active', '2026-01-01')`,
			`insert into member_role select $f, $m, r from unnest(string_to_array('` + row.roles + `', ',')) r where r <> ''`,
			`insert into cohort_member values ($f, $g, $m, '2026-01-01')`,
			`insert into workshop (facility_id, id, cohort_id, title, starts_at, local_start, time_zone, capacity, language, agenda_key, segments, lead_id, room_code, created_at)
				select $f, $m, l, 'W', now(), '2026-01-01T10:00', 'UTC', 12, 'en', 'x', '[]', $m, 'ABC123', now() from (select nullif('` + uuidOf(row.leads) + `', '')::uuid l) x where l is not null`,
			`insert into workshop_facilitator select $f, $m, $m where '` + row.leads + `' <> ''`,
		} {
			seed = names.Replace(strings.ReplaceAll(seed, "$m", "'"+uuidOf(row.who)+"'::uuid"))
			if _, err := super.Exec(ctx, seed); err != nil {
				t.Fatal(seed, err)
			}
		}
	}
	text, err := migrations.Files.ReadFile("00011_cohort_roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	up, _, _ := strings.Cut(string(text), "-- +goose Down")
	if _, err := owner.Exec(ctx, up); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		var got string
		if err := super.QueryRow(ctx, `select role from cohort_member where member_id = $1`, uuidOf(row.who)).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != row.want {
			t.Errorf("%s, who leads %q: %s, want %s", row.roles, row.leads, got, row.want)
		}
	}
	if bad := column[string](t, owner, `select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relrowsecurity and not relforcerowsecurity`); len(bad) > 0 {
		t.Errorf("after the migration these lack forced row-level security: %v", bad)
	}
}
