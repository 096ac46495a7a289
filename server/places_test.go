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

// People who enter at once get names that differ, like those who enter one after the other.
func TestPeopleWhoEnterAtOnceGetDifferentNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 200)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := client.New(w.base).EnterAsGuest(ctx, code, "Sam"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := number(ctx, t, w.db.Conn(t, "postgres"), `select count(distinct name) from guest where workshop_id = $1`, workshop); n != 20 {
		t.Errorf("20 people who are called Sam have %d names", n)
	}
}
