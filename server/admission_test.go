package server_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/wire"
)

// Who may come into an open meeting, and who may speak in it, against the real server: what a counselor
// switches by one tap holds on every node and for every way in.

// ordered gives a counselor's command that must be accepted.
func ordered(ctx context.Context, t *testing.T, s *client.Socket, verb, with string) {
	t.Helper()
	if code := do(ctx, t, s, verb, with, -1); code != "" {
		t.Fatal(verb, code)
	}
}

// meOf is who a guest is.
func meOf(ctx context.Context, t *testing.T, c *client.Client) string {
	t.Helper()
	var me wire.GuestMe
	check(t, c.Do(ctx, "GET", "/guest", nil, &me))
	return me.Person
}

func TestGuestsWaitUntilACounselorLetsThemIn(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	other := w.another(ctx, t)
	workshop, code := w.planOpen(ctx, t, 20)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	ordered(ctx, t, dana, "open", "")
	early := w.guest(ctx, t, code, "Early")
	enter(ctx, t, early, workshop).Close()
	ordered(ctx, t, dana, "admit_by_hand", "")
	awaitView(ctx, t, dana, "by_hand", true)

	// On both nodes, by socket and by poll, guests wait, and a counselor reads their names at once.
	robin, kim := w.guest(ctx, t, code, "Robin"), w.guest(ctx, t, code, "Kim")
	near, far := enter(ctx, t, robin, workshop), dial(w.at(other, kim), workshop)
	awaitView(ctx, t, near, "state", "door")
	if code := far.poll(ctx, t); code != "" || far.seen.View["state"] != "door" || len(far.seen.View) != 3 {
		t.Errorf("a poll at the door: %q %v", code, far.seen.View)
	}
	awaitSaid(ctx, t, dana, "door", "name:Robin", true)
	awaitSaid(ctx, t, dana, "door", "name:Kim", true)
	// Members, and guests who were here before, come in.
	enter(ctx, t, w.at(other, early), workshop)
	enter(ctx, t, w.people["participant"].Client, workshop)
	awaitView(ctx, t, dana, "here", 2)
	// A member at the door of a locked room is named too.
	ordered(ctx, t, dana, "lock", "")
	enter(ctx, t, w.people["participant2"].Client, workshop)
	awaitSaid(ctx, t, dana, "door", "name:Room participant2", true)
	ordered(ctx, t, dana, "unlock", "")
	awaitView(ctx, t, dana, "here", 3)

	ordered(ctx, t, dana, "admit", `{"member":"`+meOf(ctx, t, robin)+`"}`)
	awaitView(ctx, t, near, "state", "open")
	ordered(ctx, t, dana, "admit_all", "")
	awaitView(ctx, t, dana, "here", 5)
	ordered(ctx, t, dana, "admit_by_hand", `{"on":false}`)
	enter(ctx, t, w.guest(ctx, t, code, "Lee"), workshop)
	awaitView(ctx, t, dana, "here", 6)
	if code := do(ctx, t, near, "admit_by_hand", "", -1); code != "access.refused" {
		t.Errorf("a guest keeps the door: %q", code)
	}
}

func TestGuestsOnlyListenOnEveryNode(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	other := w.another(ctx, t)
	workshop, code := w.planOpen(ctx, t, 20)
	dana, sam := enter(ctx, t, w.people["counselor"].Client, workshop), enter(ctx, t, w.people["participant"].Client, workshop)
	ordered(ctx, t, dana, "open", "")
	ordered(ctx, t, dana, "start", "")
	robin := w.guest(ctx, t, code, "Robin")
	phone := enter(ctx, t, robin, workshop)
	if code := do(ctx, t, dana, "go", `{"segment":2}`, 0); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, phone, "segment", 2)
	ordered(ctx, t, phone, "raise", "")
	ordered(ctx, t, sam, "raise", "")
	ordered(ctx, t, dana, "guests_listen", "")
	awaitMe(ctx, t, phone, "listen", true)
	awaitMe(ctx, t, phone, "hand", "down")
	awaitMe(ctx, t, sam, "listen", false)
	awaitSaid(ctx, t, dana, "queue", "Robin", false)
	refuses := func(s *client.Socket) {
		t.Helper()
		for verb, with := range map[string]string{"raise": "", "word": `{"word":"hopeful"}`, "pulse": `{"pulse":"` + workshop + `","value":1}`} {
			if code := do(ctx, t, s, verb, with, -1); code != "guests.listen" {
				t.Errorf("%s of a guest who only listens: %q", verb, code)
			}
		}
	}
	refuses(phone)
	// It is the room's, not the connection's: a new socket on another node, and a poll, are told too.
	again := enter(ctx, t, w.at(other, robin), workshop)
	if again.Frames()[0].Me["listen"] != true {
		t.Errorf("after a reconnect the phone is told %v", again.Frames()[0].Me)
	}
	refuses(again)
	again.Close()
	polling := dial(robin, workshop)
	if code := polling.poll(ctx, t); code != "" || polling.seen.Me["listen"] != true {
		t.Errorf("a poll: %q %v", code, polling.seen.Me)
	}
	if code := polling.do(ctx, t, "raise", "", -1); code != "guests.listen" {
		t.Errorf("a hand by poll: %q", code)
	}
	// Help reaches the counselor, and leaving stays possible.
	if code := polling.do(ctx, t, "help", "", -1); code != "" {
		t.Errorf("help of a guest who only listens: %q", code)
	}
	awaitSaid(ctx, t, dana, "help", "Robin", true)
	ordered(ctx, t, sam, "lower", "")
	ordered(ctx, t, dana, "guests_listen", `{"on":false}`)
	awaitSaid(ctx, t, dana, "queue", "Robin", true)
	check(t, robin.Do(ctx, "POST", "/guest/leave", nil, nil))
	awaitSaid(ctx, t, dana, "queue", "Robin", false)
}

func TestWhoCameSinceIsRemovedAndCanBeLetBackIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 10)
	dana, sam := enter(ctx, t, w.people["counselor"].Client, workshop), enter(ctx, t, w.people["participant"].Client, workshop)
	ordered(ctx, t, dana, "open", "")
	early := enter(ctx, t, w.guest(ctx, t, code, "Early"), workshop)
	awaitView(ctx, t, dana, "here", 2)
	since := time.Now().UnixMilli() + 1
	for time.Now().UnixMilli() < since+2 {
		time.Sleep(time.Millisecond) // the clock itself is waited for
	}
	var trolls []*client.Client
	var sockets []*client.Socket
	for i := range 3 {
		troll := w.guest(ctx, t, code, fmt.Sprint("Troll ", i))
		trolls = append(trolls, troll)
		if i < 2 { // the third has a token and did not come yet
			sockets = append(sockets, enter(ctx, t, troll, workshop))
		}
	}
	awaitView(ctx, t, dana, "here", 4)
	sweep := fmt.Sprintf(`{"since":%d,"reason":"ground_rules"}`, since)
	ordered(ctx, t, dana, "remove_since", sweep)
	for _, s := range sockets {
		if code, err := s.Closed(ctx); code != 4410 {
			t.Errorf("removed with %d, %v", code, err)
		}
	}
	awaitView(ctx, t, dana, "here", 2)
	awaitView(ctx, t, dana, "swept", 3)
	ordered(ctx, t, sam, "ready", "")
	ordered(ctx, t, early, "ready", "")
	for i, troll := range trolls {
		s, err := troll.Room(ctx, workshop)
		check(t, err)
		if code, _ := s.Closed(ctx); code != 4410 {
			t.Errorf("troll %d came back: %d", i, code)
		}
		if _, err := troll.EnterAsGuest(ctx, code, "Somebody new"); refusal(err) != "403 room.removed" {
			t.Errorf("troll %d under another name: %v", i, err)
		}
	}
	super := w.db.Conn(t, "postgres")
	if n := number(ctx, t, super, `select count(*) from audit_entry where action = 'person.removed.ground_rules'`); n != 3 {
		t.Errorf("%d removals are in the audit log", n)
	}
	// Those who were removed hold no place: ten seats are twenty places, of which Early's is taken.
	for i := range 19 {
		w.guest(ctx, t, code, fmt.Sprint("Real ", i))
	}
	if _, err := client.New(w.base).EnterAsGuest(ctx, code, "Late"); refusal(err) != "409 room.full" {
		t.Errorf("beyond all places: %v", err)
	}
	// One tap lets them back in, with the mark that their browsers have now.
	ordered(ctx, t, dana, "readmit_all", "")
	awaitView(ctx, t, dana, "swept", 0)
	enter(ctx, t, trolls[0], workshop)
	awaitView(ctx, t, dana, "here", 3)
	check(t, trolls[0].Do(ctx, "POST", "/guest/leave", nil, nil))
	if _, err := trolls[0].EnterAsGuest(ctx, code, "Back again"); refusal(err) == "403 room.removed" {
		t.Error("the mark of a removal that was undone still refuses")
	}
	ordered(ctx, t, dana, "remove", `{"member":"`+w.people["participant"].member+`","reason":"asked"}`)
	if code, _ := sam.Closed(ctx); code != 4410 {
		t.Errorf("removed with %d", code)
	}
	awaitSaid(ctx, t, dana, "taken", w.people["participant"].member, true)
	ordered(ctx, t, dana, "readmit", `{"member":"`+w.people["participant"].member+`"}`)
	sam = enter(ctx, t, w.people["participant"].Client, workshop)
	ordered(ctx, t, sam, "ready", "")
}

// A locked room lets in nobody by any way; a person whose phone was lost comes back.
func TestTheLockHoldsForEveryWayIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 10)
	counselor := w.people["counselor"]
	dana := enter(ctx, t, counselor.Client, workshop)
	ordered(ctx, t, dana, "open", "")
	removed, lost := w.guest(ctx, t, code, "Removed"), w.guest(ctx, t, code, "Lost")
	held := enter(ctx, t, removed, workshop)
	enter(ctx, t, lost, workshop).Close()
	var pass wire.Pass
	check(t, counselor.Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: w.people["mentor"].member}, &pass))
	ordered(ctx, t, dana, "remove", `{"member":"`+meOf(ctx, t, removed)+`","reason":"safety"}`)
	if code, _ := held.Closed(ctx); code != 4410 {
		t.Errorf("removed with %d", code)
	}
	ordered(ctx, t, dana, "lock", "")
	passed := client.New(w.base)
	check(t, passed.Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: pass.Code}, nil))
	for what, c := range map[string]*client.Client{"a guest": w.guest(ctx, t, code, "Robin"), "a pass": passed, "a member": w.people["participant"].Client} {
		s := enter(ctx, t, c, workshop)
		awaitView(ctx, t, s, "state", "door")
		if code := do(ctx, t, s, "raise", "", -1); code == "" {
			t.Errorf("%s speaks from the door", what)
		}
	}
	s, err := removed.Room(ctx, workshop)
	check(t, err)
	if code, _ := s.Closed(ctx); code != 4410 {
		t.Errorf("a removed person: %d", code)
	}
	back := enter(ctx, t, lost, workshop)
	awaitView(ctx, t, back, "state", "open")
	if here := number(ctx, t, w.db.Conn(t, "postgres"), `select count(*) from room_event where kind = 'person.joined'`); here != 2 {
		t.Errorf("%d joined", here)
	}
}
