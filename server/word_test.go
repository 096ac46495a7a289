package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/client"
	"amends/server/id"

	"github.com/redis/go-redis/v9"
)

// saidRow is one row of the counselors' list.
type saidRow struct {
	ID, Word, Member, Name string
	Shown                  bool
}

// saidOf returns the list on a counselor's screen, or in the answer to their poll.
func saidOf(t *testing.T, view map[string]any) (rows []saidRow) {
	t.Helper()
	text, err := json.Marshal(view["said"])
	check(t, err)
	check(t, json.Unmarshal(text, &rows))
	return rows
}

// wordsOn returns the words that a screen shows, in order.
func wordsOn(view map[string]any) string {
	var out []string
	list, _ := view["words"].([]any)
	for _, one := range list {
		word, _ := one.(map[string]any)["word"].(string)
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// inList waits until a word is on a counselor's list.
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

// Only counselors see a check-in word until one of them shows it: two counselors, two stages and two
// phones, on two nodes, over sockets and plain requests.
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
	farStage := enter(ctx, t, w.at(node, w.connected(ctx, t, workshop)), workshop)
	// Ana's polling phone on the other node takes over from her socket.
	ana.Close()
	phone := dial(there("participant2"), workshop)
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	phone.until(ctx, t, "segment", 2)
	awaitMe(ctx, t, sam, "word", "")

	// Sent on one node and retried on the other: one word, on both lists, with its author.
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

	// No other role and no stage can show it, nor can a live message from a node of an older build.
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
	// An event that everybody sees comes after all of it.
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

	// Shown with one tap: on both nodes, to all roles, without its author.
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
	// A counselor's screen that reloads has the same list, in its first frame.
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

	// Withdrawn at once, by either counselor.
	if code := do(ctx, t, dana, "word_show", showing(false, first), -1); code != "" {
		t.Fatal(code)
	}
	for _, s := range []*client.Socket{stage, farStage, sam, far, late} {
		awaitWords(ctx, t, s, "canarysecond")
	}
	phone.untilWords(ctx, t, "canarysecond")
	awaitMe(ctx, t, sam, "word", "waiting")

	// Switched off, words are shown nowhere but not deleted; switched on, pending ones are still
	// pending.
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

	// Removing a person removes their shown word.
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

	// The next part starts without words, and none is kept anywhere.
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

// shut checks that a person without access learns nothing of a room.
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

// noneOf checks that no received frame contains any of these texts.
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

// The node that accepted a word dies: a counselor on another node has the word, and can show it.
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
