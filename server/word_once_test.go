package server_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"amends/server/client"
)

// One word at a time is a rule about the person: a new socket, a plain request, another node and a new
// sign-in of theirs are refused alike, at the same moment and one after the other.
func TestAPersonHasOneWordAtATimeOnEveryDeviceAndNode(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	there := w.there(w.another(ctx, t))
	workshop, dana, _, ana := w.started(ctx, t, "step9-60")
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	fresh := client.New(w.base) // another phone of the same person, with a sign-in of its own
	check(t, fresh.LogIn(ctx, "h-participant", password))
	stage := w.stage(ctx, t, workshop)

	// Six words at the same moment, by plain requests to two nodes from two sign-ins: one is taken.
	codes := make([]string, 6)
	var sent sync.WaitGroup
	for n, c := range []*client.Client{w.people["participant"].Client, there("participant"), fresh, w.people["participant"].Client, there("participant"), fresh} {
		sent.Go(func() {
			codes[n] = dial(c, workshop).do(ctx, t, "word", fmt.Sprintf(`{"word":"canary%c"}`, 'a'+n), -1)
		})
	}
	sent.Wait()
	taken := 0
	for _, code := range codes {
		switch code {
		case "":
			taken++
		case "word.waits":
		default:
			t.Errorf("a word at the same moment: %q", code)
		}
	}
	if taken != 1 {
		t.Errorf("%d of six words were taken: %q", taken, codes)
	}
	awaitMe(ctx, t, enter(ctx, t, w.people["participant"].Client, workshop), "word", "waiting")
	if code := do(ctx, t, ana, "word", `{"word":"calm"}`, -1); code != "" {
		t.Errorf("another person's word: %q", code)
	}
	inList(ctx, t, dana, "calm")
	rows := saidOf(t, dana.State())
	if len(rows) != 2 {
		t.Fatalf("the list is %+v", rows)
	}
	first := rows[0]
	paths := map[string]func(word string) string{
		"a socket": func(word string) string {
			return do(ctx, t, enter(ctx, t, w.people["participant"].Client, workshop), "word", word, -1)
		},
		"a plain request": func(word string) string {
			return dial(w.people["participant"].Client, workshop).do(ctx, t, "word", word, -1)
		},
		"a request to another node": func(word string) string { return dial(there("participant"), workshop).do(ctx, t, "word", word, -1) },
		"a new phone":               func(word string) string { return dial(fresh, workshop).do(ctx, t, "word", word, -1) },
		"a socket of the other node": func(word string) string {
			return do(ctx, t, enter(ctx, t, there("participant"), workshop), "word", word, -1)
		},
	}
	refusedOn := func(want string) {
		t.Helper()
		for path, say := range paths {
			if code := say(`{"word":"another"}`); code != want {
				t.Errorf("another word over %s: %q, want %q", path, code, want)
			}
		}
	}
	refusedOn("word.waits")
	// Shown, it makes room for one more; switched off, there is room for none on any path.
	do(ctx, t, dana, "word_show", showing(true, first), -1)
	awaitWords(ctx, t, stage, first.Word)
	do(ctx, t, dana, "word_close", "", -1)
	refusedOn("word.off")
	do(ctx, t, dana, "word_open", "", -1)
	refusedOn("word.waits") // switching on shows nothing by itself
	do(ctx, t, dana, "word_show", showing(true, first), -1)
	if code := paths["a new phone"](`{"word":"second"}`); code != "" {
		t.Errorf("a word after the first one was shown: %q", code)
	}
	refusedOn("word.waits")
}

// One tap of a counselor takes all words of a person off every screen of both nodes, and their next word
// in a later part is shown to nobody.
func TestMutingAPersonHoldsOnEveryScreenAndInLaterParts(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	node := w.another(ctx, t)
	there := w.there(node)
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	far := enter(ctx, t, there("counselor2"), workshop)
	stage, farStage := w.stage(ctx, t, workshop), enter(ctx, t, w.at(node, w.connected(ctx, t, workshop)), workshop)
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	say := func(s *client.Socket, word string) saidRow {
		t.Helper()
		if code := do(ctx, t, s, "word", fmt.Sprintf(`{"word":%q}`, word), -1); code != "" {
			t.Fatalf("%s: %s", word, code)
		}
		return inList(ctx, t, dana, word)
	}
	screens := func(want string) {
		t.Helper()
		for _, s := range []*client.Socket{stage, farStage, ana, dana, far} {
			awaitWords(ctx, t, s, want)
		}
	}
	rude, calm := say(sam, "canaryrude"), say(ana, "calm")
	do(ctx, t, dana, "word_show", showing(true, rude, calm), -1)
	screens("canaryrude calm")
	ruder := say(sam, "canaryruder")
	do(ctx, t, dana, "word_show", showing(true, ruder), -1)
	screens("canaryrude calm canaryruder")
	mute := func(on bool) string {
		return do(ctx, t, far, "word_mute", fmt.Sprintf(`{"member":%q,"on":%v}`, rude.Member, on), -1)
	}
	if code := mute(true); code != "" {
		t.Fatal(code)
	}
	screens("calm")
	awaitMe(ctx, t, sam, "word", "waiting")
	// Counselors see whom they muted; nobody else is told.
	check(t, dana.Await(ctx, func(f []client.Frame) bool {
		return fieldOfFirst(client.Fold(f), "muted", "name") == "Room participant"
	}))
	for who, s := range map[string]*client.Socket{"the author": sam, "another phone": ana, "a stage": stage} {
		noneOf(t, who, s, "muted")
	}
	if code := do(ctx, t, dana, "word_show", showing(true, ruder, calm), -1); code != "" {
		t.Errorf("showing several: %q", code)
	}
	screens("calm")
	// Unmuted, what was shown before does not come back by itself.
	if code := mute(false); code != "" {
		t.Fatal(code)
	}
	check(t, dana.Await(ctx, func(f []client.Frame) bool { return len(list(client.Fold(f), "muted")) == 0 }))
	screens("calm")
	if code := mute(true); code != "" {
		t.Fatal(code)
	}
	// In a later part the person is still muted.
	later := func(segment int) {
		t.Helper()
		do(ctx, t, dana, "next", "", segment)
		do(ctx, t, dana, "go", `{"segment":2}`, segment+1)
		awaitMe(ctx, t, sam, "word", "")
	}
	later(2)
	next := say(sam, "canarylater")
	if code := do(ctx, t, dana, "word_show", showing(true, next), -1); code != "room.no_such" {
		t.Errorf("showing a muted person's word: %q", code)
	}
	screens("")
	// Unmuted, it is shown when a counselor shows it, and not before.
	if code := mute(false); code != "" {
		t.Fatal(code)
	}
	screens("")
	do(ctx, t, far, "word_show", showing(true, next), -1)
	screens("canarylater")
	// The events name no word together with its author.
	super := w.db.Conn(t, "postgres")
	if n := number(ctx, t, super, `select count(*) from room_event where kind like 'word%' and data ? 'word' and data ? 'member'`); n > 0 {
		t.Error("an event says whose a word is")
	}
}
