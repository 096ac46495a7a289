package server_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// A guest enters a room again and again, by socket and by poll, on two nodes. One count has them all, and
// nobody else is refused.
func TestWhoEntersAgainAndAgainIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	bases := []string{w.base, w.another(ctx, t)}
	workshop, code := w.planOpen(ctx, t, 20)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	if code := do(ctx, t, dana, "open", "", -1); code != "" {
		t.Fatal(code)
	}
	robin, kim := w.guest(ctx, t, code, "Robin"), w.guest(ctx, t, code, "Kim")
	rule, began, taken := bus.JoinPerSeat(), time.Now(), 0
	for n := 0; ; n++ {
		at := w.at(bases[n/2%2], robin)
		var refused bool
		if n%2 == 0 {
			refused = entersBySocket(ctx, t, at, workshop) == int(wire.CloseTooMany)
		} else {
			status, wait := entersByPoll(ctx, t, at, workshop)
			if refused = status == http.StatusTooManyRequests; refused && wait < 1 {
				t.Errorf("a poll is refused with Retry-After %d", wait)
			}
		}
		if refused {
			break
		}
		taken++
		if most := rule.Burst + int(time.Since(began)/rule.Step()) + 1; taken > most {
			t.Fatalf("entry %d is taken", taken)
		}
	}
	if taken < rule.Burst {
		t.Errorf("only %d entries were taken", taken)
	}
	for n, c := range []*client.Client{kim, w.people["participant"].Client, w.people["counselor"].Client} {
		enter(ctx, t, w.at(bases[n%2], c), workshop)
	}
}

// entersBySocket returns the close code of a refused entry, 0 when it was taken.
func entersBySocket(ctx context.Context, t *testing.T, c *client.Client, workshop string) int {
	t.Helper()
	s, err := c.Room(ctx, workshop)
	check(t, err)
	defer s.Close()
	if s.Await(ctx, func(f []client.Frame) bool { return len(f) > 0 && f[0].View != nil }) == nil {
		return 0
	}
	code, err := s.Closed(ctx)
	check(t, err)
	return code
}

// entersByPoll polls with a new device, which is an entry.
func entersByPoll(ctx context.Context, t *testing.T, c *client.Client, workshop string) (status, retryAfter int) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", c.Base+"/api/v1/rooms/"+workshop+"/poll?device="+id.New[id.Command]().String(), nil)
	check(t, err)
	res, err := c.HTTP.Do(req)
	check(t, err)
	check(t, res.Body.Close())
	retryAfter, _ = strconv.Atoi(res.Header.Get("Retry-After"))
	return res.StatusCode, retryAfter
}

// A node dies, and everybody of a full room comes to the other one at once, some of them several times.
// Each has a count of their own, so nobody is refused.
func TestAReconnectStormIsNotRefused(t *testing.T) {
	t.Parallel()
	const people, tries = 60, 4
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	first, kill := w.apart(ctx, t)
	workshop, code := w.planOpen(ctx, t, people)
	dana := enter(ctx, t, w.at(first, w.people["counselor"].Client), workshop)
	if code := do(ctx, t, dana, "open", "", -1); code != "" {
		t.Fatal(code)
	}
	var all []*client.Client
	for n := range people {
		guest := w.guest(ctx, t, code, fmt.Sprintf("Guest %d", n))
		all = append(all, guest)
		enter(ctx, t, w.at(first, guest), workshop)
	}
	kill()
	var wait sync.WaitGroup
	for _, guest := range all {
		wait.Go(func() {
			for range tries {
				if code := entersBySocket(ctx, t, guest, workshop); code != 0 {
					t.Errorf("refused with %d", code)
				}
			}
		})
	}
	enter(ctx, t, w.people["counselor"].Client, workshop)
	wait.Wait()
}

// Somebody who has a stage's cookie opens many connections. The stage has a few: the one that was there
// first, which is the big screen, and the newest, which is a big screen that reconnects.
func TestAStageHasAFewConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, _ := w.planOpen(ctx, t, 20)
	screen, other := w.connected(ctx, t, workshop), w.connected(ctx, t, workshop)
	elsewhere := enter(ctx, t, other, workshop)
	var all []*client.Socket
	const many = 12
	for range many {
		all = append(all, enter(ctx, t, screen, workshop))
	}
	gone := func(n int) bool { return n > 0 && n <= many-wire.StageConns }
	for n, s := range all {
		if gone(n) {
			if code, err := s.Closed(ctx); err != nil || code != int(wire.CloseTooMany) {
				t.Errorf("connection %d was closed with %d, %v", n, code, err)
			}
		} else if code := do(ctx, t, s, "clock", "", -1); code != "" {
			t.Errorf("connection %d hears %q", n, code)
		}
	}
	// Polls of made-up devices are no way around it.
	for range 2 * wire.StageConns {
		if status, _ := entersByPoll(ctx, t, screen, workshop); status != http.StatusOK {
			t.Errorf("a poll: %d", status)
		}
	}
	for what, s := range map[string]*client.Socket{"the first screen": all[0], "another stage": elsewhere} {
		if code := do(ctx, t, s, "clock", "", -1); code != "" {
			t.Errorf("%s hears %q", what, code)
		}
	}
	if code, err := all[many-1].Closed(ctx); err != nil || code != int(wire.CloseTooMany) {
		t.Errorf("with polls beside them all stay: %d, %v", code, err)
	}
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	check(t, dana.Await(ctx, func(all []client.Frame) bool {
		for _, f := range all {
			if f.Live != nil && f.Live.Stages == wire.StageConns+1 {
				return true
			}
		}
		return false
	}))
}

// While the database lets nobody through, participants fill the room's queue. The counselor's command,
// which came last, is decided right after the transaction that was under way, before what they sent.
func TestAFacilitatorsCommandWaitsForNoParticipant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 20)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	for _, verb := range []string{"open", "start"} {
		if code := do(ctx, t, dana, verb, "", -1); code != "" {
			t.Fatal(code)
		}
	}
	guests := w.guests(ctx, t, workshop, code, 10, w.base)
	super := w.db.Conn(t, "postgres")
	blocked, err := super.Begin(ctx)
	check(t, err)
	_, err = blocked.Exec(ctx, "select 1 from workshop where id = $1 for update", workshop)
	check(t, err)
	const each = wire.CommandsPerWindow - 1
	sent := map[*client.Socket][]string{}
	for _, guest := range guests {
		for n := range each {
			command, err := guest.Do("ready", fmt.Sprintf(`{"on":%t}`, n%2 == 0), -1)
			check(t, err)
			sent[guest] = append(sent[guest], command)
		}
	}
	for _, one := range guests { // the clock is answered without the room, after what was sent before it
		if code := do(ctx, t, one, "clock", "", -1); code != "" {
			t.Fatal(code)
		}
	}
	late, err := dana.Do("queue_open", "", -1)
	check(t, err)
	if code := do(ctx, t, dana, "clock", "", -1); code != "" {
		t.Fatal(code)
	}
	check(t, blocked.Rollback(ctx))
	if code := answer(ctx, t, dana, late); code != "" {
		t.Fatal(code)
	}
	counselors, before := ackOf(dana, late), 0
	for guest, commands := range sent {
		for _, command := range commands {
			if code := answer(ctx, t, guest, command); code != "" {
				t.Fatal(code)
			}
			if ackOf(guest, command) < counselors {
				before++
			}
		}
	}
	// One transaction has at most 64 commands (app.MaxBatch).
	if before > 64 {
		t.Errorf("%d of %d commands of participants were decided before the counselor's", before, len(guests)*each)
	}
}

// ackOf returns the number of the room's event at which a command was decided.
func ackOf(s *client.Socket, command string) int64 {
	for _, f := range s.Frames() {
		if f.Ack == command {
			return f.Seq
		}
	}
	return 0
}
