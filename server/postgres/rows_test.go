package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"amends/server/postgres/pgtest"
)

// For each table, on a raw connection as the app role: who sees a facility's rows. A table that is
// missing here, or has no seeded row, fails the test.

// viewers are the transaction settings of those who ask: facility, member, workshop. Facility 1 has a
// participant A, a mentor B and a counselor S; the rows are A's, and of room W.
var viewers = []struct{ who, facility, member, workshop string }{
	{"A", "f1", "a1", ""},
	{"B", "f1", "b1", ""},
	{"S", "f1", "51", ""},
	{"the system", "f1", "", ""},
	{"room W", "f1", "", "e1"},
	{"room V", "f1", "", "d1"},
}

// strangers must see no row of facility 1 in any table.
var strangers = []struct{ who, facility, member, workshop string }{
	{"nobody", "", "", ""},
	{"A without a facility", "", "a1", ""},
	{"the system of another facility", "f2", "", ""},
	{"a counselor of another facility", "f2", "52", ""},
	{"A in another facility", "f2", "a1", ""},
	{"room W in another facility", "f2", "", "e1"},
}

// seen is how many rows each viewer sees, in the order of viewers.
func seen() map[string][]int {
	everybody := func(n int) []int { return []int{n, n, n, n, n, n} }
	own, oneRoom, onlyRoom, staffAndOwn := []int{1, 0, 0, 0, 0, 0}, []int{1, 1, 1, 1, 1, 0}, []int{0, 0, 0, 0, 1, 0}, []int{1, 0, 1, 0, 0, 0}
	both, sides := []int{1, 1, 0, 0, 0, 0}, []int{1, 1, 1, 0, 0, 0}
	return map[string][]int{
		// Facility-wide rows.
		"facility": everybody(1), "crisis_line": everybody(1), "member": everybody(3), "member_role": everybody(3), "signin": everybody(1), "cohort": everybody(1),
		"cohort_member": everybody(1), "invitation": everybody(1), "audit_entry": everybody(1), "audit_head": everybody(1),
		// One person's rows, and what a granted reader needs of them.
		"kept_act": own, "account": own, "wrap": own, "vault": own, "at_rest_key": both, "sealed": both, "public_bundle": both,
		// Rows of two people and of staff.
		"reader_grant": sides, "assignment": sides, "consent": sides, "talk_request": staffAndOwn, "attendance_record": staffAndOwn,
		// Rows of a room: a batch of one room sees no other room's.
		"workshop": {2, 2, 2, 2, 1, 1}, "workshop_facilitator": oneRoom, "room_event": oneRoom, "room_command": oneRoom, "attendance_interval": oneRoom, "stage": oneRoom, "guest": oneRoom,
		// Texts of a room: visible inside the room only.
		"room_seen": onlyRoom, "room_note": onlyRoom, "room_pulse": onlyRoom, "room_here": onlyRoom,
		// Agendas: visible to those who plan.
		"agenda": {0, 1, 1, 0, 0, 0}, "agenda_version": {0, 1, 1, 0, 0, 0},
	}
}

// rowSeeds are inserted into a facility; $f, $a, $b, $s, $w, $v are its ids.
var rowSeeds = []string{
	`facility values ($f, 'One', 'UTC', 'en', 'https://x.org')`,
	`crisis_line values ($f, 1, 'Line', '1', '', 'en', '2026-01-01')`,
	`member values ($f, $a, 'A', 'en', 'active', '2026-01-01'), ($f, $b, 'B', 'en', 'active', '2026-01-01'), ($f, $s, 'S', 'en', 'active', '2026-01-01')`,
	`member_role values ($f, $a, 'participant'), ($f, $b, 'mentor'), ($f, $s, 'counselor')`,
	`account values ($f, $a, 'a', 'a1', decode(repeat('00', 16), 'hex'), 1, 'p1', sha256('x'), sha256('y'), 1)`,
	`at_rest_key values ($f, $a, 'k', '\x00')`,
	`wrap values ($f, $a, 1, 1, '\x00')`,
	`vault values ($f, $a, 1, '\x00')`,
	`signin (facility_id, id, member_id, shared_device, created_at, seen_at, idle_seconds, absolute_until, proved_at) values ($f, $a, $a, false, now(), now(), 60, now(), now())`,
	`cohort values ($f, $f, 'Group', '2026-01-01', '2026-02-01', 12)`,
	`cohort_member values ($f, $f, $a, '2026-01-01', 'participant')`,
	`invitation (facility_id, id, roles, language, created_at, expires_at) values ($f, $f, '{participant}', 'en', now(), now())`,
	`audit_entry values ($f, 1, now(), 'system', null, 'x', 'x', null, 'done', null, sha256('x'), sha256('y'))`,
	`audit_head values ($f, 1, sha256('x'))`,
	`workshop (facility_id, id, cohort_id, title, starts_at, local_start, time_zone, capacity, language, agenda_key, segments, lead_id, room_code, created_at)
		select $f, w, $f, 'W', now(), '2026-01-01T10:00', 'UTC', 12, 'en', 'x', '[]', $s, 'ABC123', now() from unnest(array[$w, $v]) w`,
	`workshop_facilitator values ($f, $w, $s)`,
	`room_event values ($f, $w, 1, now(), 'x', null, '{}')`,
	`room_command values ($f, $w, $a, $a, 1, null, now())`,
	`attendance_interval values ($f, $f, $w, $a, $f, now())`,
	`attendance_record (facility_id, id, workshop_id, member_id, minutes, recorded_by, recorded_at) values ($f, $f, $w, $a, 5, $s, now())`,
	`stage values ($f, $f, $w, $s, now())`,
	`guest (facility_id, id, workshop_id, name, created_at) values ($f, $f, $w, 'Guest', now())`,
	`room_seen values ($f, $w, $s, now())`,
	`room_note values ($f, $w, $f, 'Tea')`,
	`room_pulse values ($f, $w, $f, '{calm,tired}')`,
	`room_here values ($f, $w, $a, 'Kitchen', now())`,
	`sealed values ($f, $f, $a, $a, $f, 1, 'worksheet', array[$a, $b], 1, sha256('x'), '2026-01-01', '\x00')`,
	`assignment values ($f, $f, $a, $b, null, $s, now())`,
	`consent values ($f, $f, $f, $a, $b, 'chosen_worksheets', 'step_nine_support', 'consent@1', 'en', 'in_app', now(), now() + interval '1 day')`,
	`reader_grant values ($f, $a, $f, $b, now(), null, $f, now() + interval '1 day')`,
	`public_bundle values ($f, $a, decode(repeat('00', 1269), 'hex'))`,
	`talk_request values ($f, $f, $a, now())`,
	`kept_act values ($f, $f, $a, 'x', sha256('x'), null, now())`,
	`agenda values ($f, $f, 'en', $s, now())`,
	`agenda_version values ($f, $f, 1, 1, 'Agenda', 60, '[]', $s, now())`,
}

// uuidOf expands a short name to an id; the empty name stays empty.
func uuidOf(short string) string {
	if short == "" {
		return ""
	}
	return fmt.Sprintf("00000000-0000-7000-8000-0000000000%s", short)
}

func TestWhoSeesEachRowOfEachTable(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	ctx, super, app := context.Background(), d.Conn(t, "postgres"), d.Conn(t, "app")
	for _, digit := range []string{"1", "2"} {
		names := strings.NewReplacer("$f", "'"+uuidOf("f"+digit)+"'::uuid", "$a", "'"+uuidOf("a"+digit)+"'::uuid", "$b", "'"+uuidOf("b"+digit)+"'::uuid",
			"$s", "'"+uuidOf("5"+digit)+"'::uuid", "$w", "'"+uuidOf("e"+digit)+"'::uuid", "$v", "'"+uuidOf("d"+digit)+"'::uuid")
		for _, seed := range rowSeeds {
			if _, err := super.Exec(ctx, "insert into "+names.Replace(seed)); err != nil {
				t.Fatal(seed, err)
			}
		}
	}
	count := func(facility, member, workshop, query string) (n int) {
		t.Helper()
		tx, err := app.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(ctx) }()
		settings := `select set_config('app.facility_id', $1, true), set_config('app.member_id', $2, true), set_config('app.workshop_id', $3, true)`
		if _, err := tx.Exec(ctx, settings, uuidOf(facility), uuidOf(member), uuidOf(workshop)); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRow(ctx, query).Scan(&n); err != nil {
			t.Fatal(query, err)
		}
		return n
	}
	tables := column[string](t, super, `select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> 'goose_db_version' order by 1`)
	lines := seen()
	for _, table := range tables {
		want, probed := lines[table]
		if !probed {
			t.Errorf("%s has no probe: say in seen() who sees its rows", table)
			continue
		}
		delete(lines, table)
		key := "facility_id"
		if table == "facility" {
			key = "id"
		}
		query := fmt.Sprintf("select count(*) from %s where %s = '%s'", table, key, uuidOf("f1"))
		var rows int
		if err := super.QueryRow(ctx, query).Scan(&rows); err != nil || rows == 0 {
			t.Errorf("%s has no row to look for: %v", table, err)
		}
		var got []int
		for _, v := range viewers {
			got = append(got, count(v.facility, v.member, v.workshop, query))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the viewers see %v rows, want %v", table, got, want)
		}
		for _, v := range strangers {
			if n := count(v.facility, v.member, v.workshop, query); n != 0 {
				t.Errorf("%s: %s sees %d rows", table, v.who, n)
			}
		}
	}
	for table := range lines {
		t.Errorf("there is no table %s", table)
	}
}
