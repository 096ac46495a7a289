package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"amends/server/app"
	"amends/server/bus"
	"amends/server/client"
	"amends/server/id"

	"github.com/redis/go-redis/v9"
)

// saidRow is a line of the counselors' list.
type saidRow struct {
	ID, Word, Member, Name string
	Shown                  bool
}

// saidOf is the list on a counselor's screen, or what a polling one was answered.
func saidOf(t *testing.T, view map[string]any) (rows []saidRow) {
	t.Helper()
	text, err := json.Marshal(view["said"])
	check(t, err)
	check(t, json.Unmarshal(text, &rows))
	return rows
}

// wordsOn are the words that a screen shows, in their order.
func wordsOn(view map[string]any) string {
	var out []string
	list, _ := view["words"].([]any)
	for _, one := range list {
		word, _ := one.(map[string]any)["word"].(string)
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// inList waits for a word in a counselor's list.
func inList(ctx context.Context, t *testing.T, s *client.Socket, word string) (found saidRow) {
	t.Helper()
	err := s.Await(ctx, func(f []client.Frame) bool {
		for _, r := range saidOf(t, client.Fold(f)) {
			if r.Word == word {
				found = r
			}
		}
		return found.Word != ""
	})
	if err != nil {
		t.Fatalf("%q never was in the list %v: %v", word, s.State()["said"], err)
	}
	return found
}

func listGone(ctx context.Context, t *testing.T, s *client.Socket, word string) {
	t.Helper()
	err := s.Await(ctx, func(f []client.Frame) bool {
		return !slices.ContainsFunc(saidOf(t, client.Fold(f)), func(r saidRow) bool { return r.Word == word })
	})
	if err != nil {
		t.Fatalf("%q stays in the list %v: %v", word, s.State()["said"], err)
	}
}

// awaitWords waits until a screen shows exactly these words.
func awaitWords(ctx context.Context, t *testing.T, s *client.Socket, want string) {
	t.Helper()
	if err := s.Await(ctx, func(f []client.Frame) bool { return wordsOn(client.Fold(f)) == want }); err != nil {
		t.Fatalf("the words are %q, want %q: %v", wordsOn(s.State()), want, err)
	}
}

func (p *phone) untilWords(ctx context.Context, t *testing.T, want string) {
	t.Helper()
	for p.seen.View == nil || wordsOn(p.seen.View) != want {
		if code := p.poll(ctx, t); code != "" {
			t.Fatalf("the words never were %q: %s", want, code)
		}
	}
}

func showing(on bool, rows ...saidRow) string {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	with, _ := json.Marshal(map[string]any{"said": ids, "on": on})
	return string(with)
}

// A check-in word is the counselors' until one of them shows it: two counselors, two screens and
// two phones, on two nodes, over sockets and over plain requests.
func TestACheckInWordGoesToTheCounselorsFirst(t *testing.T) {
	t.Parallel()
	address := redisServer(t)
	w := newWorldOn(t, address)
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	node := w.another(ctx, t)
	there := w.there(node)
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	far, stage := enter(ctx, t, there("counselor2"), workshop), w.stage(ctx, t, workshop)
	farStage := enter(ctx, t, w.at(node, w.paired(ctx, t, workshop)), workshop)
	// Ana's socket gives way to her phone that polls, on the other node.
	ana.Close()
	phone := dial(there("participant2"), workshop)
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	phone.until(ctx, t, "segment", 2)
	awaitMe(ctx, t, sam, "word", "")

	// Sent on one node and sent again on the other: one word, in both lists, with who said it.
	command := id.New[id.Command]().String()
	frame := client.CommandFrame(command, "word", `{"word":"canaryfirst"}`, -1)
	check(t, sam.Send(frame))
	if code := answer(ctx, t, sam, command); code != "" {
		t.Fatal(code)
	}
	again := enter(ctx, t, there("participant"), workshop)
	check(t, again.Send(frame))
	if code := answer(ctx, t, again, command); code != "" {
		t.Errorf("sent again: %q", code)
	}
	sam = again
	awaitMe(ctx, t, sam, "word", "waiting")
	first := inList(ctx, t, far, "canaryfirst")
	if inList(ctx, t, dana, "canaryfirst") != first || first.Name != "Room participant" || first.Member != w.people["participant"].member || first.Shown {
		t.Errorf("the lists hold %+v and %+v", first, saidOf(t, dana.State()))
	}
	if code := phone.do(ctx, t, "word", `{"word":"canarysecond"}`, -1); code != "" {
		t.Fatal(code)
	}
	second := inList(ctx, t, dana, "canarysecond")
	if rows := saidOf(t, dana.State()); len(rows) != 2 || rows[1] != second || second.Name != "Room participant2" {
		t.Errorf("the list is %+v", rows)
	}

	// Neither the other roles, nor a stage, nor a node of an older build shows it.
	for who, s := range map[string]*client.Socket{"a participant": sam, "a stage": stage, "a stage on the other node": farStage} {
		for verb, with := range map[string]string{"word_show": showing(true, first), "word_open": "", "word_close": ""} {
			if code := do(ctx, t, s, verb, with, -1); code != "access.refused" {
				t.Errorf("%s by %s: %q", verb, who, code)
			}
		}
	}
	if code := phone.do(ctx, t, "word_show", showing(true, second), -1); code != "access.refused" {
		t.Errorf("word_show over a plain request: %q", code)
	}
	for _, name := range []string{"other counselor", "other participant"} {
		w.shut(ctx, t, w.people[name].Client, workshop)
	}
	if code := do(ctx, t, dana, "word", `{"word":"canarycounselor"}`, -1); code != "access.refused" {
		t.Errorf("a counselor's word: %q", code)
	}
	facts, _ := json.Marshal(map[string]any{"id": id.New[id.Word](), "word": "canaryold", "for_ms": 20_000})
	room, err := id.Parse[id.Workshop](workshop)
	check(t, err)
	options, err := redis.ParseURL(address)
	check(t, err)
	shared := redis.NewClient(options)
	defer shared.Close()
	heard, err := shared.Publish(ctx, "amends:"+string(bus.Room(room)), bus.Live{Node: id.New[id.Node](), Workshop: room, Facts: facts}.Pack()).Result()
	if err != nil || heard != 2 {
		t.Fatalf("%d nodes heard of a word in passing, %v", heard, err)
	}
	// Something that everybody sees comes after all of it.
	do(ctx, t, dana, "pause", "", -1)
	phone.until(ctx, t, "state", "paused")
	for who, s := range map[string]*client.Socket{"sam": sam, "the stage": stage, "the other stage": farStage} {
		awaitView(ctx, t, s, "state", "paused")
		noneOf(t, who, s, "canary")
	}
	if raw := string(phone.seen.Raw); strings.Contains(raw, "canary") {
		t.Errorf("a phone that polls got a word: %s", raw)
	}
	w.keptNowhere(ctx, t, "canary", address)

	// Shown with one tap: on both nodes, for all roles, and nobody's.
	if code := do(ctx, t, far, "word_show", showing(true, first), -1); code != "" {
		t.Fatal(code)
	}
	for _, s := range []*client.Socket{stage, farStage, sam, dana, far} {
		awaitWords(ctx, t, s, "canaryfirst")
	}
	phone.untilWords(ctx, t, "canaryfirst")
	awaitMe(ctx, t, sam, "word", "shown")
	if fmt.Sprint(phone.seen.Me["word"]) != "waiting" {
		t.Errorf("whose word waits is told %v", phone.seen.Me["word"])
	}
	for who, s := range map[string]*client.Socket{"the stage": stage, "the other stage": farStage} {
		noneOf(t, who, s, first.Member, second.Member, "Room ", "canarysecond")
	}
	if raw := string(phone.seen.Raw); strings.Contains(raw, first.Member) || strings.Contains(raw, "Room participant\"") {
		t.Errorf("a phone is told whose word it is: %s", raw)
	}
	// A counselor's screen that is loaded anew has the same list, in its first frame.
	late := enter(ctx, t, there("counselor"), workshop)
	inList(ctx, t, late, "canarysecond")
	if rows := saidOf(t, late.State()); len(rows) != 2 || !rows[0].Shown || rows[1].Shown || wordsOn(late.State()) != "canaryfirst" {
		t.Errorf("a screen that came later has %+v", rows)
	}
	if code := do(ctx, t, dana, "word_show", showing(true, first, second), -1); code != "" {
		t.Fatal(code)
	}
	awaitWords(ctx, t, farStage, "canaryfirst canarysecond")
	phone.untilWords(ctx, t, "canaryfirst canarysecond")

	// Taken back at once, by either counselor.
	if code := do(ctx, t, dana, "word_show", showing(false, first), -1); code != "" {
		t.Fatal(code)
	}
	for _, s := range []*client.Socket{stage, farStage, sam, far, late} {
		awaitWords(ctx, t, s, "canarysecond")
	}
	phone.untilWords(ctx, t, "canarysecond")
	awaitMe(ctx, t, sam, "word", "waiting")

	// Switched off: shown nowhere, taken from nobody. On again, what waited waits.
	do(ctx, t, dana, "resume", "", -1)
	if code := do(ctx, t, far, "word_close", "", -1); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, sam, "words_open", false)
	for _, s := range []*client.Socket{stage, farStage, sam, dana} {
		awaitWords(ctx, t, s, "")
	}
	phone.until(ctx, t, "words_open", false)
	for who, code := range map[string]string{"a socket": do(ctx, t, sam, "word", `{"word":"canarythird"}`, -1), "a plain request": phone.do(ctx, t, "word", `{"word":"canarythird"}`, -1)} {
		if code != "word.off" {
			t.Errorf("a word over %s while words are off: %q", who, code)
		}
	}
	do(ctx, t, dana, "word_open", "", -1)
	awaitView(ctx, t, sam, "words_open", true)
	inList(ctx, t, far, "canarysecond")
	if rows := saidOf(t, far.State()); len(rows) != 2 || rows[0].Shown || rows[1].Shown || wordsOn(stage.State()) != "" {
		t.Errorf("switched on again: %+v", rows)
	}

	// Who is taken out takes a shown word along.
	do(ctx, t, dana, "word_show", showing(true, first, second), -1)
	awaitWords(ctx, t, farStage, "canaryfirst canarysecond")
	if code := do(ctx, t, far, "remove", fmt.Sprintf(`{"member":%q,"reason":"safety"}`, second.Member), -1); code != "" {
		t.Fatal(code)
	}
	for _, s := range []*client.Socket{stage, farStage, sam} {
		awaitWords(ctx, t, s, "canaryfirst")
	}
	for _, s := range []*client.Socket{dana, far, late} {
		listGone(ctx, t, s, "canarysecond")
	}

	// The next part begins with none, and nothing of them is kept anywhere.
	do(ctx, t, dana, "next", "", 2)
	for _, s := range []*client.Socket{stage, farStage, sam, dana, far} {
		awaitView(ctx, t, s, "segment", 3)
		awaitWords(ctx, t, s, "")
	}
	listGone(ctx, t, far, "canaryfirst")
	awaitMe(ctx, t, sam, "word", "")
	if keys, err := shared.Keys(ctx, "amends:words:*").Result(); err != nil || len(keys) > 0 {
		t.Errorf("Redis keeps %d lists of words after their part, %v", len(keys), err)
	}
	w.keptNowhere(ctx, t, "canary", address)
	super := w.db.Conn(t, "postgres")
	if n := number(ctx, t, super, `select count(*) from room_event where kind like 'word%' and (data::text like '%member%' or actor_id::text = any($1))`,
		[]string{first.Member, second.Member}); n > 0 {
		t.Error("an event says whose a word is")
	}
}

// shut: who has no place in a room is not told of it.
func (w *world) shut(ctx context.Context, t *testing.T, c *client.Client, workshop string) {
	t.Helper()
	s, err := c.Room(ctx, workshop)
	check(t, err)
	defer s.Close()
	check(t, s.Send(client.CommandFrame(id.New[id.Command]().String(), "word_close", "", -1)))
	if code, err := s.Closed(ctx); err != nil || code != 4403 && code != 4404 {
		t.Errorf("closed with %d, %v", code, err)
	}
	noneOf(t, "a stranger", s, "said", "canary")
}

// noneOf: no frame that somebody got holds one of these.
func noneOf(t *testing.T, who string, s *client.Socket, texts ...string) {
	t.Helper()
	for _, f := range s.Frames() {
		for _, text := range texts {
			if strings.Contains(string(f.Raw), text) {
				t.Errorf("%s got %q: %s", who, text, f.Raw)
			}
		}
	}
}

// The node that a word came by dies: the counselor on another one has it, and shows it.
func TestAWordOutlivesTheNodeItCameBy(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dying, kill := w.apart(ctx, t)
	workshop, dana, sam, _ := w.started(ctx, t, "step9-60")
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	sam.Close()
	sam = enter(ctx, t, w.at(dying, w.people["participant"].Client), workshop)
	if code := do(ctx, t, sam, "word", `{"word":"hopeful"}`, -1); code != "" {
		t.Fatal(code)
	}
	kill()
	said := inList(ctx, t, dana, "hopeful")
	stage := w.stage(ctx, t, workshop)
	if code := do(ctx, t, dana, "word_show", showing(true, said), -1); code != "" {
		t.Fatal(code)
	}
	awaitWords(ctx, t, stage, "hopeful")
	sam = enter(ctx, t, w.people["participant"].Client, workshop)
	awaitMe(ctx, t, sam, "word", "shown")
}

// Limits count the person, whatever connection a word comes by; a guest who says goodbye takes
// their words along.
func TestWordsOfAGuest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var lost atomic.Bool
	w.app.Stores.Words = unforgetting{w.app.Stores.Words, &lost}
	workshop, code := w.planOpen(ctx, t, 20)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	for _, verb := range []string{"open", "start"} {
		do(ctx, t, dana, verb, "", -1)
	}
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	robin, kim := w.guest(ctx, t, code, "Robin"), w.guest(ctx, t, code, "Kim")
	stage, seat := w.stage(ctx, t, workshop), enter(ctx, t, robin, workshop)
	if got := do(ctx, t, seat, "word", `{"word":"hopeful"}`, -1); got != "" {
		t.Fatal(got)
	}
	said := inList(ctx, t, dana, "hopeful")
	if said.Name != "Robin" {
		t.Errorf("a guest's word is %+v", said)
	}
	// A new connection is no new person, a plain request neither.
	if got := do(ctx, t, enter(ctx, t, robin, workshop), "word", `{"word":"again"}`, -1); got != "too_many" {
		t.Errorf("a word over a second connection: %q", got)
	}
	if got := dial(robin, workshop).do(ctx, t, "word", `{"word":"again"}`, -1); got != "too_many" {
		t.Errorf("a word over a plain request: %q", got)
	}
	if got := do(ctx, t, enter(ctx, t, kim, workshop), "word", `{"word":"calm"}`, -1); got != "" {
		t.Errorf("another guest's word: %q", got)
	}
	other := inList(ctx, t, dana, "calm")
	// What the store gives is held to the same letters as what people send.
	room, err := id.Parse[id.Workshop](workshop)
	check(t, err)
	run := number(ctx, t, w.db.Conn(t, "postgres"), "select max(seq) from room_event where workshop_id = $1 and kind = 'segment.advanced'", workshop)
	list := bus.WordList{Workshop: room, Run: int64(run)}
	kept, err := w.app.Stores.Words.All(ctx, list)
	if err != nil || len(kept) != 2 {
		t.Fatalf("the store has %d words, %v", len(kept), err)
	}
	for _, text := range []string{"last", "ti\u202ered"} {
		odd := bus.Said{ID: id.New[id.Word](), Member: kept[1].Member, Command: id.New[id.Command](), Text: text, At: kept[1].At.Add(-time.Minute)}
		check(t, w.app.Stores.Words.Put(ctx, list, odd))
	}
	check(t, w.app.Stores.Bus.Publish(ctx, bus.Room(room), bus.Spoken{Node: id.New[id.Node](), Workshop: room}.Pack()))
	inList(ctx, t, dana, "last")
	noneOf(t, "a counselor", dana, "ti\u202e", `ti\u202e`)
	do(ctx, t, dana, "word_show", showing(true, said, other), -1)
	awaitWords(ctx, t, stage, "hopeful calm")
	// The store does not answer once: the word is shown to nobody all the same.
	lost.Store(true)
	check(t, robin.Do(ctx, "POST", "/guest/leave", nil, nil))
	awaitWords(ctx, t, stage, "calm")
	listGone(ctx, t, dana, "hopeful")
	if kept, err = w.app.Stores.Words.All(ctx, list); err != nil || len(kept) != 4 {
		t.Errorf("%d words are kept, %v: nothing was lost", len(kept), err)
	}
	lost.Store(false)
	// Nor does the database, for the room: what is noticed of the phone later says the goodbye.
	super := w.db.Conn(t, "postgres")
	_, err = super.Exec(ctx, `revoke insert on room_event from app`)
	check(t, err)
	check(t, kim.Do(ctx, "POST", "/guest/leave", nil, nil))
	_, err = super.Exec(ctx, `grant insert on room_event to app`)
	check(t, err)
	key := app.RoomKey{Workshop: room}
	check(t, super.QueryRow(ctx, "select facility_id from workshop where id = $1", workshop).Scan(&key.Facility))
	out, err := w.app.Room(ctx, id.Node{}, key, []app.RoomRequest{{Member: kept[1].Member, Fact: app.PhoneLeft}})
	check(t, err)
	w.app.Ring(ctx, id.Node{}, key, out)
	awaitWords(ctx, t, stage, "")
	listGone(ctx, t, dana, "calm")
}

// unforgetting is a store that loses what it is told to forget.
type unforgetting struct {
	bus.Words
	lost *atomic.Bool
}

func (u unforgetting) Forget(ctx context.Context, list bus.WordList, who id.Member) error {
	if u.lost.Load() {
		return bus.ErrAway
	}
	return u.Words.Forget(ctx, list, who)
}

// deaf is a store that takes a word in and does not answer; speechless, it answers nothing after.
type deaf struct {
	bus.Words
	on, speechless *atomic.Bool
}

func (d deaf) Put(ctx context.Context, list bus.WordList, word bus.Said) error {
	if err := d.Words.Put(ctx, list, word); err != nil || !d.on.Load() {
		return err
	}
	return bus.ErrAway
}

func (d deaf) All(ctx context.Context, list bus.WordList) ([]bus.Said, error) {
	all, err := d.Words.All(ctx, list)
	if err == nil && d.speechless.Load() && slices.ContainsFunc(all, func(w bus.Said) bool { return w.Text == "calm" }) {
		return nil, bus.ErrAway
	}
	return all, err
}

// Nobody hears that a word is lost that the counselors see; and when it cannot be known, sending it
// again makes it no second word.
func TestAWordWhoseAnswerIsLostIsKeptOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var on, speechless atomic.Bool
	w.app.Stores.Words = deaf{w.app.Stores.Words, &on, &speechless}
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	on.Store(true)
	if code := do(ctx, t, sam, "word", `{"word":"hopeful"}`, -1); code != "" {
		t.Errorf("a word that the store has: %q", code)
	}
	inList(ctx, t, dana, "hopeful")
	speechless.Store(true)
	if code := do(ctx, t, ana, "word", `{"word":"calm"}`, -1); code != "word.away" {
		t.Errorf("a word of which nobody knows: %q", code)
	}
	on.Store(false)
	speechless.Store(false)
	if code := do(ctx, t, ana, "word", `{"word":"calm"}`, -1); code != "" {
		t.Errorf("sent again: %q", code)
	}
	inList(ctx, t, dana, "calm")
	room, err := id.Parse[id.Workshop](workshop)
	check(t, err)
	run := number(ctx, t, w.db.Conn(t, "postgres"), "select max(seq) from room_event where workshop_id = $1 and kind = 'segment.advanced'", workshop)
	kept, err := w.app.Stores.Words.All(ctx, bus.WordList{Workshop: room, Run: int64(run)})
	if err != nil || len(kept) != 2 {
		t.Errorf("the store has %d words, %v", len(kept), err)
	}
	if rows := saidOf(t, dana.State()); len(rows) != 2 {
		t.Errorf("the list is %+v", rows)
	}
}

// While Redis does not answer no word comes in, and the person is told; what is shown can be
// taken back all the same.
func TestAWordIsTakenBackWhileRedisIsAway(t *testing.T) {
	t.Parallel()
	address := redisServer(t)
	w := newWorldOn(t, address)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	stage := w.stage(ctx, t, workshop)
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	do(ctx, t, sam, "word", `{"word":"hopeful"}`, -1)
	said := inList(ctx, t, dana, "hopeful")
	do(ctx, t, dana, "word_show", showing(true, said), -1)
	awaitWords(ctx, t, stage, "hopeful")
	options, err := redis.ParseURL(address)
	check(t, err)
	shared := redis.NewClient(options)
	defer shared.Close()
	info, err := shared.InfoMap(ctx, "server").Result()
	check(t, err)
	pid, err := strconv.Atoi(info["Server"]["process_id"])
	check(t, err)
	check(t, syscall.Kill(pid, syscall.SIGSTOP))
	if code := do(ctx, t, ana, "word", `{"word":"lost"}`, -1); code != "word.away" {
		t.Errorf("a word that cannot be kept: %q", code)
	}
	if wordsOn(stage.State()) != "hopeful" {
		t.Error("what was shown went with the store")
	}
	if code := do(ctx, t, dana, "word_show", showing(false, said), -1); code != "" {
		t.Fatal(code)
	}
	awaitWords(ctx, t, stage, "")
	if code := do(ctx, t, dana, "word_show", showing(true, said), -1); code != "word.away" {
		t.Errorf("showing what cannot be read: %q", code)
	}
	// A counselor is told that the list is not known, and has it again by itself.
	awaitView(ctx, t, dana, "words_away", true)
	check(t, syscall.Kill(pid, syscall.SIGCONT))
	awaitView(ctx, t, dana, "words_away", false)
	inList(ctx, t, dana, "hopeful")
}

// sleepFor is for limits that count real time.
func sleepFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keptNowhere looks into every table, every key of Redis and the log.
func (w *world) keptNowhere(ctx context.Context, t *testing.T, text, redisAddress string) {
	t.Helper()
	super := w.db.Conn(t, "postgres")
	rows, err := super.Query(ctx, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'lookup')")
	check(t, err)
	var tables []string
	for rows.Next() {
		var table string
		check(t, rows.Scan(&table))
		tables = append(tables, table)
	}
	check(t, rows.Err())
	for _, table := range tables {
		if n := number(ctx, t, super, "select count(*) from "+table+" x where x::text like '%' || $1 || '%'", text); n > 0 {
			t.Errorf("%s holds the word", table)
		}
	}
	if len(tables) < 20 || strings.Contains(w.log.String(), text) {
		t.Error("the log holds the word, or no table was looked at")
	}
	if redisAddress == "" {
		return
	}
	options, err := redis.ParseURL(redisAddress)
	check(t, err)
	c := redis.NewClient(options)
	defer c.Close()
	keys, err := c.Keys(ctx, "*").Result()
	check(t, err)
	for _, key := range keys {
		kept, err := c.Dump(ctx, key).Result()
		if errors.Is(err, redis.Nil) {
			continue // limits and signs of life expire at any moment
		}
		check(t, err)
		if strings.Contains(key+kept, text) {
			t.Errorf("Redis keeps the word under %s", strings.ReplaceAll(key, text, "..."))
		}
	}
	if got := fmt.Sprint(c.Set(ctx, "probe", text, time.Minute).Err()); got != "<nil>" {
		t.Fatal(got)
	}
	if kept, err := c.Dump(ctx, "probe").Result(); err != nil || !strings.Contains(kept, text) {
		t.Errorf("the probe of Redis does not see what is kept: %v", err)
	}
	check(t, c.Del(ctx, "probe").Err())
}
