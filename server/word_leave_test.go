package server_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"amends/server"
	"amends/server/app"
	"amends/server/bus"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// Limits count the person, whatever connection a word comes from; a guest who leaves removes their
// words.
func TestWordsOfAGuest(t *testing.T) {
	t.Parallel()
	var lost atomic.Bool
	w := newWorldWith(t, func(c *server.Config) {
		c.Stores = func(s bus.Stores) bus.Stores { s.Words = unforgetting{s.Words, &lost}; return s }
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
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
	// A new connection or a plain request does not reset the person's limit.
	if got := do(ctx, t, enter(ctx, t, robin, workshop), "word", `{"word":"again"}`, -1); got != "word.waits" {
		t.Errorf("a word over a second connection: %q", got)
	}
	if got := dial(robin, workshop).do(ctx, t, "word", `{"word":"again"}`, -1); got != "word.waits" {
		t.Errorf("a word over a plain request: %q", got)
	}
	if got := do(ctx, t, enter(ctx, t, kim, workshop), "word", `{"word":"calm"}`, -1); got != "" {
		t.Errorf("another guest's word: %q", got)
	}
	other := inList(ctx, t, dana, "calm")
	// Words from the store are checked for allowed characters like words from people.
	room, err := id.Parse[id.Workshop](workshop)
	check(t, err)
	run := number(ctx, t, w.db.Conn(t, "postgres"), "select max(seq) from room_event where workshop_id = $1 and kind = 'segment.advanced'", workshop)
	list := bus.WordList{Workshop: room, Run: int64(run)}
	kept, err := w.stores.Words.All(ctx, list)
	if err != nil || len(kept) != 2 {
		t.Fatalf("the store has %d words, %v", len(kept), err)
	}
	for _, text := range []string{"last", "ti\u202ered"} {
		odd := bus.Said{ID: id.New[id.Word](), Member: kept[1].Member, Command: id.New[id.Command](), Text: text, At: kept[1].At.Add(-time.Minute)}
		check(t, w.stores.Words.Put(ctx, list, odd))
	}
	check(t, w.stores.Bus.Publish(ctx, bus.Room(room), bus.Spoken{Node: id.New[id.Node](), Workshop: room}.Pack()))
	inList(ctx, t, dana, "last")
	noneOf(t, "a counselor", dana, "ti\u202e", `ti\u202e`)
	do(ctx, t, dana, "word_show", showing(true, said, other), -1)
	awaitWords(ctx, t, stage, "hopeful calm")
	// The store loses the deletion once: the word disappears from the screens all the same.
	lost.Store(true)
	check(t, robin.Do(ctx, "POST", "/guest/leave", nil, nil))
	awaitWords(ctx, t, stage, "calm")
	listGone(ctx, t, dana, "hopeful")
	if kept, err = w.stores.Words.All(ctx, list); err != nil || len(kept) != 4 {
		t.Errorf("%d words are kept, %v: nothing was lost", len(kept), err)
	}
	lost.Store(false)
	// The room's event cannot be written either: when the phone's disconnect is noticed later, the
	// leave is recorded.
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
	w.app.Notify(ctx, id.Node{}, key, out)
	awaitWords(ctx, t, stage, "")
	listGone(ctx, t, dana, "calm")
}

// Leaving with a room pass has the same effect as a guest's leaving.
func TestWordsOfARoomPassAreDeletedOnLeaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	for _, verb := range []string{"open", "start"} {
		do(ctx, t, dana, verb, "", -1)
	}
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	var pass wire.Pass
	check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: w.people["participant"].member}, &pass))
	phone := client.New(w.base)
	check(t, phone.Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: pass.Code}, nil))
	stage, seat := w.stage(ctx, t, workshop), enter(ctx, t, phone, workshop)
	if got := do(ctx, t, seat, "word", `{"word":"hopeful"}`, -1); got != "" {
		t.Fatal(got)
	}
	do(ctx, t, dana, "word_show", showing(true, inList(ctx, t, dana, "hopeful")), -1)
	awaitWords(ctx, t, stage, "hopeful")
	check(t, phone.Do(ctx, "POST", "/guest/leave", nil, nil))
	awaitWords(ctx, t, stage, "")
	listGone(ctx, t, dana, "hopeful")
}
