package server_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amends/server"
	"amends/server/bus"
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

// One network takes a quarter of the seats however many come at once, as many again wait at the door, and
// the others find places. Nobody's address is stored.
func TestOneNetworkDoesNotTakeAMeeting(t *testing.T) {
	t.Parallel()
	w := behind(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 20)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop) // from 127.0.0.1
	ordered(ctx, t, dana, "open", "")
	from := func(address, name string) (*client.Client, string) {
		c, said := client.New(w.base), http.Header{}
		if address != "" {
			said.Set("X-Forwarded-For", address)
		}
		err := c.Ask(ctx, "POST", "/guest/enter", said, wire.GuestEntryRequest{Code: code, Name: name}, nil)
		if err != nil {
			return nil, refusal(err)
		}
		return c, ""
	}
	var mu sync.Mutex
	var in []*client.Client
	answers := map[string]int{}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			c, code := from("203.0.113.9", fmt.Sprint("Troll ", i))
			mu.Lock()
			defer mu.Unlock()
			if answers[code]++; c != nil {
				in = append(in, c)
			}
		})
	}
	all.Wait()
	if answers[""] != 10 || answers["409 room.crowd"] != 10 {
		t.Fatalf("20 at once from one address: %v", answers)
	}
	waits := 0
	for _, c := range in {
		if enter(ctx, t, c, workshop).State()["state"] == "door" {
			waits++
		}
	}
	if waits != 5 {
		t.Errorf("%d of them wait at the door", waits)
	}
	awaitView(ctx, t, dana, "here", 5)
	awaitSaid(ctx, t, dana, "door", "crowd:true", true)
	// Others come in: from elsewhere, and without limit from where a counselor of the meeting is.
	for i := range 8 {
		if _, code := from("", fmt.Sprint("House ", i)); code != "" {
			t.Errorf("number %d from the counselor's network: %s", i, code)
		}
	}
	if n := number(ctx, t, w.db.Conn(t, "postgres"), `select count(*) from guest where crowd`); n != 5 {
		t.Errorf("%d have to be let in", n)
	}
	if _, code := from("203.0.113.10", "Real"); code != "" {
		t.Errorf("from another network: %s", code)
	}
	// Whoever was let in counts for no network, so the next come to the door.
	ordered(ctx, t, dana, "admit_all", "")
	awaitView(ctx, t, dana, "here", 10)
	if c, code := from("203.0.113.9", "Next"); code != "" || enter(ctx, t, c, workshop).State()["state"] != "door" {
		t.Errorf("after the others were let in: %q", code)
	}
	// A site that renews its network with every guest takes half.
	answers = map[string]int{}
	for i := range 12 {
		_, code := from(fmt.Sprintf("2001:db8:1:%x::9", i), fmt.Sprint("Site ", i))
		answers[code]++
	}
	if super := w.db.Conn(t, "postgres"); number(ctx, t, super, `select count(*) from guest where crowd and site is not null`) != 2 || answers[""] != 12 {
		t.Errorf("12 networks of one site: %v", answers)
	}
	var stored []byte
	check(t, w.db.Conn(t, "postgres").QueryRow(ctx, `select string_agg(g::text, ' ')::bytea from guest g`).Scan(&stored))
	if strings.Contains(string(stored), "203.0.113") || strings.Contains(w.log.String(), "203.0.113") {
		t.Error("an address is stored or logged")
	}
	// Leaving, and the end, empty the network with the name.
	check(t, in[0].Do(ctx, "POST", "/guest/leave", nil, nil))
	ordered(ctx, t, dana, "end", "")
	enter(ctx, t, w.people["counselor"].Client, workshop)
	if n := number(ctx, t, w.db.Conn(t, "postgres"), `select (select count(*) from guest where network is not null or site is not null) + (select count(*) from room_seen)`); n != 0 {
		t.Errorf("%d networks outlive the meeting", n)
	}
	// Whoever entered the code before a counselor was connected from there comes in all the same.
	workshop, code = w.planOpen(ctx, t, 4)
	var last *client.Client
	for i := range 5 {
		last, _ = from("", fmt.Sprint("Early ", i))
	}
	if n := number(ctx, t, w.db.Conn(t, "postgres"), `select count(*) from guest where crowd and workshop_id = $1`, workshop); n != 1 {
		t.Errorf("%d of five have to be let in", n)
	}
	ordered(ctx, t, enter(ctx, t, w.people["counselor"].Client, workshop), "open", "")
	if s := enter(ctx, t, last, workshop); s.State()["state"] != "open" {
		t.Errorf("somebody of the house waits at the door: %v", s.State()["state"])
	}
}

// fewGuests is the real limiter, with few guests for an address, and counts what is taken and given back.
type fewGuests struct {
	bus.Limiter
	took, back *atomic.Int64
}

func (c fewGuests) Allow(ctx context.Context, key string, rule bus.Rule) (bus.Decision, error) {
	if rule.Name == bus.GuestsPerAddress().Name {
		c.took.Add(1)
		rule.Limit, rule.Burst = 3, 3
	}
	return c.Limiter.Allow(ctx, key, rule)
}

func (c fewGuests) Refund(ctx context.Context, key string, rule bus.Rule) error {
	if rule.Name == bus.GuestsPerAddress().Name {
		c.back.Add(1)
		rule.Limit, rule.Burst = 3, 3
	}
	return c.Limiter.Refund(ctx, key, rule)
}

// A guest is counted for an address before they are made, and given back when none is made.
func TestGuestsAreCountedBeforeTheyAreMade(t *testing.T) {
	t.Parallel()
	var took, back atomic.Int64
	w := newWorldWith(t, func(c *server.Config) {
		c.Stores = func(s bus.Stores) bus.Stores { s.Limits = fewGuests{s.Limits, &took, &back}; return s }
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, small := w.planOpen(ctx, t, 1)
	_, code := w.planOpen(ctx, t, 20)
	for i, one := range []struct{ code, want string }{
		{small, "<nil>"}, {small, "<nil>"}, {small, "409 room.full"}, {"ZZZZZZ", "404 room_code.unknown"}, {small, "409 room.full"},
		{code, "<nil>"}, {code, "429 too_many"}, {code, "429 too_many"},
	} {
		if _, err := client.New(w.base).EnterAsGuest(ctx, one.code, fmt.Sprint("P", i)); refusal(err) != one.want {
			t.Errorf("guest %d: %v, want %s", i, err, one.want)
		}
	}
	if took.Load() != 8 || back.Load() != 3 {
		t.Errorf("%d were counted and %d given back", took.Load(), back.Load())
	}
	if n := number(ctx, t, w.db.Conn(t, "postgres"), `select count(*) from guest`); n != 3 {
		t.Errorf("%d guests were made", n)
	}
}
