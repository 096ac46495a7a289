package server_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"amends/server"
	"amends/server/bus"
	"amends/server/client"
	"amends/server/wire"
)

// shut is a limiter that refuses everything while it is closed, and remembers what it was asked for.
type shut struct {
	bus.Limiter
	by *shutter
}

type shutter struct {
	mu     sync.Mutex
	closed bool
	asked  []string
}

func (s *shutter) set(closed bool) (asked []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, s.asked, s.closed = s.asked, nil, closed
	return asked
}

// Allow refuses while it is closed.
func (s shut) Allow(ctx context.Context, key string, rule bus.Rule) (bus.Decision, error) {
	s.by.mu.Lock()
	defer s.by.mu.Unlock()
	s.by.asked = append(s.by.asked, rule.Name)
	if s.by.closed {
		return bus.Decision{RetryAfter: time.Second}, nil
	}
	return s.Limiter.Allow(ctx, key, rule)
}

// What the rows say is applied: every operation asks for a rule of its budget, and is refused when that
// is used up, whoever asks and however valid the request is.
func TestEveryOperationIsRefusedBeyondItsBudget(t *testing.T) {
	t.Parallel()
	by := &shutter{}
	s := newSceneIn(t, newWorldWith(t, func(c *server.Config) {
		c.Stores = func(whole bus.Stores) bus.Stores {
			whole.Limits, whole.Local = shut{whole.Limits, by}, shut{whole.Local, by}
			return whole
		}
	}))
	tried := 0
	for name, all := range expectations() {
		o := s.rows[name]
		for _, e := range all {
			if len(e.may) == 0 {
				continue
			}
			who := e.may[0]
			if name == "leaveAsGuest" { // which is nothing for those without a guest's cookie
				who = "guest"
			}
			ask := e.ask(s, who)
			by.set(true)
			said := s.send(s.seat(who), o, ask)
			asked := by.set(false)
			if said != "429 too_many" {
				t.Errorf("%s as %s beyond its budget: %q", name, who, said)
			}
			budgets := o.Budgets()
			// What an earlier request left to be done may ask for another rule meanwhile.
			if !slices.ContainsFunc(asked, func(rule string) bool { _, said := budgets[rule]; return said }) {
				t.Errorf("%s asked for %v, its row says %v", name, asked, budgets)
			}
			tried++
			break
		}
	}
	if tried != len(s.rows) {
		t.Errorf("%d of %d operations were tried", tried, len(s.rows))
	}
}

// A page that reads in a loop is limited, and blocks nothing else of its person, and nobody else.
func TestAFloodOfReadsIsRateLimitedAndBlocksNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	sam, ana := w.people["participant"], w.people["participant2"]
	var refused *client.Refused
	taken := 0
	for began := time.Now(); ; taken++ {
		err := sam.Do(ctx, "GET", "/grants", nil, nil)
		if errors.As(err, &refused) {
			break
		}
		check(t, err)
		if rule := bus.ReadPerMember(); taken > rule.Burst+int(time.Since(began)/rule.Step())+1 {
			t.Fatalf("%d reads of one kind were answered", taken)
		}
	}
	if refused.Status != http.StatusTooManyRequests || taken < bus.ReadPerMember().Burst {
		t.Errorf("after %d reads: %v", taken, refused)
	}
	var f wire.Facility
	check(t, sam.Do(ctx, "GET", "/facility", nil, &f))
	check(t, sam.Do(ctx, "POST", "/talk-requests", nil, nil))
	check(t, ana.Do(ctx, "GET", "/grants", nil, nil))
}
