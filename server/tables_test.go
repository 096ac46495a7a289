package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server/app"
	"amends/server/id"

	"github.com/jackc/pgx/v5"
)

// sweep runs a whole sweep; the server's own may be running at this moment.
func (w *world) sweep(ctx context.Context, t *testing.T) {
	t.Helper()
	check(t, eventually(ctx, func() bool {
		ran, err := w.app.Sweep(ctx)
		check(t, err)
		return ran
	}))
}

// holdSweep keeps every node from sweeping until the returned function is called.
func (w *world) holdSweep(ctx context.Context, t *testing.T) (release func()) {
	t.Helper()
	const lock = int64(0x73776565_70657273)
	other := w.db.Conn(t, "app")
	check(t, eventually(ctx, func() (held bool) {
		check(t, other.QueryRow(ctx, "select pg_try_advisory_lock($1)", lock).Scan(&held))
		return held
	}))
	return func() {
		_, err := other.Exec(ctx, "select pg_advisory_unlock($1)", lock)
		check(t, err)
	}
}

func texts(ctx context.Context, t *testing.T, conn *pgx.Conn, query string) []string {
	t.Helper()
	rows, err := conn.Query(ctx, query)
	check(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	check(t, err)
	return out
}

// The list names every table of a migrated database and no other; what it says to be so by a foreign key
// or by a function is so in the catalogue.
func TestEveryTableHasAnOwnerACapAndASweep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super := w.db.Conn(t, "postgres")
	var listed, swept []string
	for _, table := range app.Tables() {
		if slices.Contains(listed, table.Name) {
			t.Errorf("%s is listed twice", table.Name)
		}
		listed = append(listed, table.Name)
		if owner := table.Owner; owner != app.OfFacility && owner != app.OfPerson && owner != app.OfSystem {
			t.Errorf("%s belongs to %q", table.Name, owner)
		}
		capped(ctx, t, super, table)
		ways := 0
		for _, said := range []string{table.Sweep.After, table.Sweep.With, table.Sweep.Never} {
			if said != "" {
				ways++
			}
		}
		if ways != 1 || table.Sweep.After != "" && table.Sweep.Why == "" {
			t.Errorf("%s: after an age and why, with another row, or never: %+v", table.Name, table.Sweep)
		}
		if table.Sweep.After != "" {
			swept = append(swept, "sweep_"+strings.TrimPrefix(table.Name, "lookup."))
		}
		if of := table.Sweep.With; of != "" && !refers(ctx, t, super, table.Name, of, "c") {
			t.Errorf("%s is not deleted with its row of %s", table.Name, of)
		}
	}
	slices.Sort(listed)
	there := texts(ctx, t, super, `select case relnamespace when 'public'::regnamespace then '' else relnamespace::regnamespace::text || '.' end || relname from pg_class
		where relkind in ('r', 'p') and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) and relnamespace::regnamespace::text not like 'pg\_%'`)
	slices.Sort(there)
	if missing, gone := without(there, listed), without(listed, there); len(missing)+len(gone) > 0 {
		t.Errorf("app.Tables leaves out %v and lists %v, which there is not", missing, gone)
	}
	slices.Sort(swept)
	functions := texts(ctx, t, super, `select proname::text from pg_proc where pronamespace = 'app'::regnamespace and proname like 'sweep\_%' order by 1`)
	if !slices.Equal(functions, swept) {
		t.Errorf("the sweeps of the database are %v, those of app.Tables %v", functions, swept)
	}
}

func capped(ctx context.Context, t *testing.T, super *pgx.Conn, table app.Table) {
	t.Helper()
	c := table.Cap
	_, tested := capCases()[table.Name]
	switch c.At {
	case app.Refused, app.OldestEnded:
		if !tested {
			t.Errorf("no test reaches the cap of %s", table.Name)
		}
	case app.WithOther:
		if !refers(ctx, t, super, table.Name, c.Of, "") {
			t.Errorf("%s has no foreign key to %s", table.Name, c.Of)
		}
	case app.OneEach, app.Paced:
		if c.Per == "" {
			t.Errorf("%s: %s of what?", table.Name, c.At)
		}
	default:
		t.Errorf("%s has no cap: %+v", table.Name, c)
	}
	if c.At == app.Refused != (c.Code != "") {
		t.Errorf("%s: %q with the fault %q", table.Name, c.At, c.Code)
	}
}

func refers(ctx context.Context, t *testing.T, super *pgx.Conn, from, to, ends string) bool {
	t.Helper()
	return number(ctx, t, super, `select count(*) from pg_constraint where contype = 'f' and conrelid = $1::regclass and confrelid = $2::regclass and ($3 = '' or confdeltype::text = $3)`, from, to, ends) > 0
}

func without(all, these []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return slices.Contains(these, one) })
}

// stands is what rows of a facility refer to; each has the facility's id.
var stands = []string{
	`insert into assignment values ($f, $f, $m, $s, null, $s, now())`,
	`insert into consent values ($f, $f, $f, $m, $s, 'chosen_worksheets', 'step_nine_support', 'consent@1', 'en', 'in_app', now(), now() + interval '1 day')`,
	plannedAt("$f", "now()"),
}

func plannedAt(id, at string) string {
	return `insert into workshop (facility_id, id, cohort_id, title, starts_at, local_start, time_zone, capacity, language, agenda_key, segments, lead_id, room_code, created_at)
		select $f, ` + id + `, (select c.id from cohort c where c.facility_id = $f limit 1), 'W', ` + at + `, '2026-01-01T10:00', 'UTC', 12, 'en', 'x', '[]', $s, 'ABC123', ` + at
}

// agedRows makes one row of each swept table, as old as $age says, that names the new id $n.
var agedRows = map[string]string{
	"invitation":         `insert into invitation (facility_id, id, roles, language, created_at, expires_at) values ($f, $n, '{participant}', 'en', now() - interval '2 years', $age)`,
	"signin":             `insert into signin (facility_id, id, member_id, shared_device, created_at, seen_at, proved_at, idle_seconds, absolute_until) values ($f, $n, $m, false, $age, $age, $age, 60, $age)`,
	"kept_act":           `insert into kept_act values ($f, $n, $m, 'x', sha256('x'), null, $age)`,
	"reader_grant":       `insert into reader_grant values ($f, $m, $n, $s, $age, $age, $f, now() + interval '1 day')`,
	"talk_request":       `insert into talk_request values ($f, $n, $m, now() - interval '9 years', $age, $s)`,
	"workshop":           plannedAt("$n", "$age"),
	"room_command":       `insert into room_command values ($f, $f, $n, $n, 1, null, $age)`,
	"room_seen":          `insert into room_seen values ($f, $f, $n, $age)`,
	"room_here":          `insert into room_here values ($f, $f, $n, 'Canarykitchen', $age)`,
	"room_note":          `with made as (` + plannedAt("$n", "$age") + ` returning id) insert into room_note select $f, id, $f, 'Canarynote' from made`,
	"stage":              `insert into stage values ($f, $n, $f, $s, $age)`,
	"guest":              `insert into guest (facility_id, id, workshop_id, name, created_at, ended_at) values ($f, $n, $f, '', $age, $age)`,
	"lookup.signin_name": `insert into lookup.signin_name values (left($n::text, 32), $f, $n, $n, $age)`,
	"lookup.node":        `insert into lookup.node values ($n, false, $age, $age)`,
}

// filler fills the seeds of one facility.
func (w *world) filler(ctx context.Context, t *testing.T, super *pgx.Conn, facility string) func(seed, n, age string) {
	t.Helper()
	of := func(role string) (who string) {
		check(t, super.QueryRow(ctx, `select member_id from member_role where facility_id = $1 and role = $2 limit 1`, facility, role).Scan(&who))
		return who
	}
	m, s := of("participant"), of("counselor")
	uuid := func(id string) string { return "'" + id + "'::uuid" }
	fill := func(seed, n, age string) {
		t.Helper()
		_, err := super.Exec(ctx, strings.NewReplacer("$f", uuid(facility), "$m", uuid(m), "$s", uuid(s), "$n", uuid(n), "$age", age).Replace(seed))
		if err != nil {
			t.Fatal(seed, err)
		}
	}
	for _, seed := range stands {
		fill(seed, "", "")
	}
	return fill
}

func rowCounts(ctx context.Context, t *testing.T, super *pgx.Conn) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, table := range app.Tables() {
		out[table.Name] = number(ctx, t, super, "select count(*) from "+table.Name)
	}
	return out
}

// For each swept table, in every facility: of an old and a young row exactly the old one goes, and no row
// of any other table.
func TestTheSweepDeletesWhatIsOldAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	super, release := w.db.Conn(t, "postgres"), w.holdSweep(ctx, t)
	old, young := map[string][]string{}, map[string][]string{}
	facilities := texts(ctx, t, super, "select id::text from facility")
	for _, facility := range facilities {
		fill := w.filler(ctx, t, super, facility)
		for _, table := range app.Tables() {
			if table.Sweep.After == "" {
				continue
			}
			seed, there := agedRows[table.Name]
			if !there {
				t.Fatalf("no row of %s to sweep", table.Name)
			}
			for minute, ids := range map[string]map[string][]string{"61 seconds": old, "-61 seconds": young} {
				n := id.New[id.Worksheet]().String()
				fill(seed, n, "now() - interval '"+table.Sweep.After+"' - interval '"+minute+"'")
				ids[table.Name] = append(ids[table.Name], n)
			}
		}
	}
	before := rowCounts(ctx, t, super)
	release()
	w.sweep(ctx, t)
	after := rowCounts(ctx, t, super)
	for _, table := range app.Tables() {
		name := table.Name
		if gone := before[name] - after[name]; gone != len(old[name]) {
			t.Errorf("the sweep took %d rows of %s, want %d of %d facilities", gone, name, len(old[name]), len(facilities))
		}
		for what, ids := range map[string][]string{"old": old[name], "young": young[name]} {
			for _, n := range ids {
				if left := number(ctx, t, super, "select count(*) from "+name+" x where x::text like '%'||$1||'%'", n); (left == 0) != (what == "old") {
					t.Errorf("%d %s rows of %s are left", left, what, name)
				}
			}
		}
	}
	// The policies alone keep what is young, whatever a function asks for.
	sweeper := w.db.Conn(t, "postgres")
	_, err := sweeper.Exec(ctx, "set role sweeper")
	check(t, err)
	for _, table := range app.Tables() {
		if table.Sweep.After == "" || strings.HasPrefix(table.Name, "lookup.") {
			continue
		}
		if tag, err := sweeper.Exec(ctx, "delete from "+table.Name); err != nil || tag.RowsAffected() != 0 {
			t.Errorf("the sweeper itself deletes %d young rows of %s: %v", tag.RowsAffected(), table.Name, err)
		}
	}
	if log := w.log.String(); strings.Contains(log, "Canary") || strings.Contains(log, "could not be swept") {
		t.Error("the log quotes a row, or a sweep failed")
	}
}

// What a row takes with it, and what keeps it.
func TestAMeetingIsSweptWholeAndATokenWithItsSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super, release := w.db.Conn(t, "postgres"), w.holdSweep(ctx, t)
	facility := texts(ctx, t, super, "select facility_id::text from cohort where id = '"+w.cohort+"'")[0]
	fill := w.filler(ctx, t, super, facility)
	meeting, kept, signin, slip, node := id.New[id.Workshop]().String(), id.New[id.Workshop]().String(), id.New[id.Signin]().String(), id.New[id.Invitation]().String(), id.New[id.Node]().String()
	const eight = "now() - interval '8 years'"
	for _, which := range []string{meeting, kept} {
		for _, seed := range []string{
			plannedAt("$n", eight), `insert into room_event values ($f, $n, 1, ` + eight + `, 'x', null, '{}')`, `insert into workshop_facilitator values ($f, $n, $s)`,
			`insert into attendance_interval values ($f, gen_random_uuid(), $n, $m, $f, ` + eight + `, ` + eight + `)`, `insert into lookup.room_code values (left($n::text, 30), $f, $n)`,
			`insert into attendance_record (facility_id, id, workshop_id, member_id, minutes, recorded_by, recorded_at, voided_at, voided_by) values ($f, $n, $n, $m, 5, $s, ` + eight + `, ` + eight + `, $s)`,
			`insert into attendance_record (facility_id, id, workshop_id, member_id, minutes, recorded_by, recorded_at, replaces) values ($f, gen_random_uuid(), $n, $m, 6, $s, ` + eight + `, $n)`,
			`insert into room_pulse values ($f, $n, $f, '{calm,tired}')`, `insert into lookup.guest_token values (sha256($n::text::bytea), $f, $n, $m, null)`,
		} {
			fill(seed, which, "")
		}
	}
	// A correction of last year keeps its meeting; a pairing its slip; an open interval its process.
	fill(`update attendance_record set recorded_at = now() - interval '1 year' where workshop_id = $n and voided_at is null`, kept, "")
	fill(agedRows["signin"], signin, "now() - interval '31 days'")
	fill(`insert into lookup.signin_token values (sha256($n::text::bytea), $f, $m, $n)`, signin, "")
	fill(agedRows["invitation"], slip, "now() - interval '31 days'")
	fill(`insert into assignment values ($f, gen_random_uuid(), $m, null, $n, $s, now())`, slip, "")
	fill(agedRows["lookup.node"], node, "now() - interval '31 days'")
	fill(`insert into attendance_interval values ($f, gen_random_uuid(), $f, $m, $n, now())`, node, "")
	fill(`insert into talk_request values ($f, $n, $m, now() - interval '9 years')`, id.New[id.TalkRequest]().String(), "")
	release()
	w.sweep(ctx, t)
	for _, table := range app.Tables() {
		at := func(which string) int {
			return number(ctx, t, super, "select count(*) from "+table.Name+" x where x::text like '%'||$1||'%'", which)
		}
		if n := at(meeting) + at(signin); n > 0 {
			t.Errorf("%d rows of %s outlive their meeting or sign-in", n, table.Name)
		}
	}
	for what, query := range map[string]string{
		"a meeting whose attendance was corrected lately": "select count(*) from workshop w join room_event using (facility_id) where w.id = '" + kept + "' and workshop_id = w.id",
		"a slip that a pairing names":                     "select count(*) from invitation where id = '" + slip + "'",
		"a process with an open interval":                 "select count(*) from lookup.node where id = '" + node + "'",
		"a talk request that nobody took":                 "select count(*) from talk_request where taken_at is null",
	} {
		if number(ctx, t, super, query) != 1 {
			t.Errorf("%s is swept", what)
		}
	}
}

// While one node sweeps, another leaves it to that one.
func TestOneNodeSweepsAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w.sweep(ctx, t)
	w.holdSweep(ctx, t)
	if ran, err := w.app.Sweep(ctx); ran || err != nil {
		t.Errorf("two sweep at once: %v", err)
	}
}
