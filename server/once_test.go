package server_test

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"amends/server/app"
	"amends/server/id"
	"amends/server/wire"

	"github.com/jackc/pgx/v5"
)

// Each operation that makes something is sent twice, four times at once, with another body and by
// another person: the rows of all tables say how much was made.

// said is one answer as it came.
type said struct {
	status int
	body   string
}

// keyed sends a request with a key.
func (s *scene) keyed(who string, o app.Operation, a ask, body, key string) said {
	s.Helper()
	header := http.Header{wire.IdempotencyKey: {key}}
	for name, values := range a.header {
		header[name] = values
	}
	kind := "application/json"
	if body == "" {
		kind = ""
	}
	status, text := rawWith(s.ctx, s.T, s.seat(who), o.Method, pathTo(o, a), kind, body, header)
	return said{status, string(text)}
}

// rowsOf counts all rows but those of rooms, whose people come and go meanwhile, by table.
func rowsOf(ctx context.Context, t *testing.T, super *pgx.Conn) map[string]int {
	t.Helper()
	rows, err := super.Query(ctx, `select c.oid::regclass::text from pg_class c where relkind = 'r' and relnamespace in ('public'::regnamespace, 'lookup'::regnamespace)
		and relname not in ('room_event', 'room_command', 'room_seen', 'attendance_interval', 'node')`)
	check(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	check(t, err)
	out := map[string]int{}
	for _, table := range tables {
		var n int
		check(t, super.QueryRow(ctx, "select count(*) from "+table).Scan(&n))
		out[table] = n
	}
	return out
}

// more is what was added.
func more(before, after map[string]int) map[string]int {
	out := map[string]int{}
	for table, n := range after {
		if n != before[table] {
			out[table] = n - before[table]
		}
	}
	return out
}

func TestWhatMakesSomethingIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	super := s.db.Conn(t, "postgres")
	for _, o := range app.Operations() {
		if endsSeats(o.Name) || !o.Has(app.Once|app.Natural) {
			continue
		}
		for _, e := range expectations()[o.Name] {
			if o.Has(app.Once) {
				s.madeOnce(super, o, e)
			} else {
				s.madeNaturally(super, o, e)
			}
		}
	}
	s.nothingInClear(s.ctx, t)
}

func (s *scene) madeNaturally(super *pgx.Conn, o app.Operation, e expected) {
	s.Helper()
	who := e.may[0]
	if e.cookie() == app.ByAnybody {
		who = "stranger"
	}
	a := e.ask(s, who)
	_ = s.send(s.seat(who), o, a)
	before := rowsOf(s.ctx, s.T, super)
	refused := s.send(s.seat(who), o, a)
	if made := more(before, rowsOf(s.ctx, s.T, super)); len(made) > 0 {
		s.Errorf("%s, sent again (%q), makes %v", o.Name, refused, made)
	}
}

func (s *scene) madeOnce(super *pgx.Conn, o app.Operation, e expected) {
	s.Helper()
	who, key := e.may[0], id.New[id.Intent]().String()
	a := e.ask(s, who)
	body := mustJSON(a.body)
	before := rowsOf(s.ctx, s.T, super)
	first := s.keyed(who, o, a, body, key)
	made := more(before, rowsOf(s.ctx, s.T, super))
	if first.status != o.Status() || made["kept_act"] != 1 || made["audit_entry"] == 0 {
		s.Fatalf("%s: %+v made %v", o.Name, first, made)
	}
	before = rowsOf(s.ctx, s.T, super)
	s.answersAgain(o, first, s.keyed(who, o, a, body, `"`+key+`"`))
	s.refusesOthers(o, e, a, body, key)
	if again := more(before, rowsOf(s.ctx, s.T, super)); len(again) > 0 {
		s.Errorf("%s: a repeat makes %v", o.Name, again)
	}

	a, key = e.ask(s, who), id.New[id.Intent]().String()
	body, before = mustJSON(a.body), rowsOf(s.ctx, s.T, super)
	answers := make([]said, 4)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.keyed(who, o, a, body, key) })
	}
	all.Wait()
	if atOnce := more(before, rowsOf(s.ctx, s.T, super)); !reflect.DeepEqual(atOnce, made) {
		s.Errorf("%s: four at once make %v, one alone %v", o.Name, atOnce, made)
	}
	one := slices.IndexFunc(answers, func(a said) bool { return a.status == o.Status() })
	if one < 0 {
		s.Fatalf("%s: four at once are answered %+v", o.Name, answers)
	}
	for i, other := range answers {
		if i != one {
			s.answersAgain(o, answers[one], other)
		}
	}
}

// answersAgain holds a repeat to what the type of the answer lets be kept: an id, and nothing else.
func (s *scene) answersAgain(o app.Operation, first, again said) {
	s.Helper()
	if o.Call.Gives == reflect.TypeFor[wire.Created]() {
		if again != first {
			s.Errorf("%s: a repeat is answered %+v, not %+v", o.Name, again, first)
		}
		return
	}
	s.refusedKey(o, again, 409, "request.done")
}

// refusesOthers sends the key with another request, and as another person.
func (s *scene) refusesOthers(o app.Operation, e expected, a ask, body, key string) {
	s.Helper()
	if body == "" {
		s.refusedKey(o, s.keyed(e.may[0], o, ask{at: at{"workshop": s.open}}, "", key), 422, "request.reused")
	} else {
		s.refusedKey(o, s.keyed(e.may[0], o, a, body+" ", key), 422, "request.reused")
	}
	for _, other := range e.may[1:] {
		if slices.Contains(house(), other) {
			s.refusedKey(o, s.keyed(other, o, a, body, key), 422, "request.reused")
		}
	}
}

func (s *scene) refusedKey(o app.Operation, got said, status int, code string) {
	s.Helper()
	if got.status != status || !strings.Contains(got.body, `"code":"`+code+`"`) || !strings.Contains(got.body, `"name":"Idempotency-Key"`) {
		s.Errorf("%s: %+v, want %d %s naming the header", o.Name, got, status, code)
	}
}

// A key belongs to one operation, and what was refused is not done: it may be sent again.
func TestAKeyIsOfOneOperationAndOnlyOfWhatWasDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	admin := w.people["admin"].Client
	key := http.Header{wire.IdempotencyKey: {id.New[id.Intent]().String()}}
	plan := scheduleIn(w.cohort, w.people["admin"].member)
	if err := admin.Ask(ctx, "POST", "/workshops", key, plan, nil); refusal(err) != "400 input.invalid" {
		t.Fatalf("an admin who is no counselor leads: %v", err)
	}
	plan.Lead = w.people["counselor"].member
	check(t, admin.Ask(ctx, "POST", "/workshops", key, plan, nil))
	if err := admin.Ask(ctx, "POST", "/cohorts", key, cohortFacts(), nil); refusal(err) != "422 request.reused" {
		t.Errorf("the key of a workshop for a cohort: %v", err)
	}
}

// Keys go after a day and with the account, and a person has so many of them.
func TestKeysAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super, admin := w.db.Conn(t, "postgres"), w.people["admin"]
	count := func() (n int) {
		check(t, super.QueryRow(ctx, "select count(*) from kept_act where member_id = $1", admin.member).Scan(&n))
		return n
	}
	const fill = `insert into kept_act select m.facility_id, gen_random_uuid(), m.id, 'x', sha256('x'), null, now() - $2::interval from member m, generate_series(1, $3) where m.id = $1`
	_, err := super.Exec(ctx, "delete from kept_act")
	check(t, err)
	_, err = super.Exec(ctx, fill, admin.member, "25 hours", 3)
	check(t, err)
	_, err = super.Exec(ctx, fill, admin.member, "23 hours", 600)
	check(t, err)
	w.sweep(ctx, t)
	if count() != 600 {
		t.Errorf("%d keys are left of the last day", count())
	}
	key := http.Header{wire.IdempotencyKey: {id.New[id.Intent]().String()}}
	var one, again wire.Created
	check(t, admin.Ask(ctx, "POST", "/cohorts", key, cohortFacts(), &one))
	if count() != 500 {
		t.Errorf("%d keys are kept of one person", count())
	}
	check(t, admin.Ask(ctx, "POST", "/cohorts", key, cohortFacts(), &again))
	if one != again {
		t.Errorf("the newest key is forgotten: %v, then %v", one, again)
	}
	var ends string
	check(t, super.QueryRow(ctx, "select confdeltype::text from pg_constraint where conrelid = 'kept_act'::regclass and confrelid = 'member'::regclass").Scan(&ends))
	if ends != "c" {
		t.Error("keys stay when the account goes")
	}
}
