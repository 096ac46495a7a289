package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"amends/server/client"

	"github.com/redis/go-redis/v9"
)

// A room with connections on two nodes, which share one Postgres and one Redis.

// at is a person's client that uses another node.
func (w *world) at(base string, c *client.Client) *client.Client {
	return &client.Client{Base: base, Origin: w.base, HTTP: c.HTTP}
}

// there returns each person's client for another node, by name.
func (w *world) there(base string) func(name string) *client.Client {
	return func(name string) *client.Client { return w.at(base, w.people[name].Client) }
}

// guests returns guests of an open meeting, spread over the nodes in turn.
func (w *world) guests(ctx context.Context, t *testing.T, workshop, code string, n int, bases ...string) (all []*client.Socket) {
	t.Helper()
	for i := range n {
		guest := w.guest(ctx, t, code, fmt.Sprintf("Guest %c", 'A'+i))
		all = append(all, enter(ctx, t, w.at(bases[i%len(bases)], guest), workshop))
	}
	return all
}

// pulseOf returns the pulse as a screen shows it.
func pulseOf(s *client.Socket) map[string]any {
	pulse, _ := s.State()["pulse"].(map[string]any)
	return pulse
}

// Answers given on two nodes are counted together, each person once; nobody sees a count before the
// pulse is closed, nor one below the minimum of five.
func TestAPulseWhoseAnswersAreSplitOverTwoNodes(t *testing.T) {
	t.Parallel()
	address := redisServer(t)
	w := newWorldOn(t, address)
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	other := w.another(ctx, t)
	workshop, code := w.planOpen(ctx, t, 20)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	far := enter(ctx, t, w.at(other, w.people["counselor"].Client), workshop)
	for _, verb := range []string{"open", "start"} {
		if code := do(ctx, t, dana, verb, "", -1); code != "" {
			t.Fatal(verb, code)
		}
	}
	guests := w.guests(ctx, t, workshop, code, 6, w.base, other)
	everybody := append([]*client.Socket{dana, far}, guests...)
	ask := func(by *client.Socket, values ...int) {
		t.Helper()
		if code := do(ctx, t, by, "pulse_open", `{"kind":"scale","tag":"start"}`, -1); code != "" {
			t.Fatal(code)
		}
		for _, s := range everybody {
			awaitSaid(ctx, t, s, "pulse", "result:open", true)
		}
		pulse := pulseOf(far)["pulse"]
		for i, value := range values {
			// The last answer of a person counts.
			for _, v := range []int{0, value} {
				if code := do(ctx, t, guests[i], "pulse", fmt.Sprintf(`{"pulse":"%s","value":%d}`, pulse, v), -1); code != "" {
					t.Fatal(code)
				}
			}
		}
		for _, s := range everybody {
			if counts, _ := pulseOf(s)["counts"].([]any); len(counts) > 0 || pulseOf(s)["result"] != "open" {
				t.Errorf("shown before the close: %v", pulseOf(s))
			}
		}
	}

	// Two per node are four in all, too few, though neither node knows the other's.
	ask(dana, 7, 7, 7, 7)
	if code := do(ctx, t, far, "pulse_close", "", -1); code != "" {
		t.Fatal(code)
	}
	for _, s := range []*client.Socket{dana, far} {
		awaitSaid(ctx, t, s, "pulse", "result:few", true)
		if counts, _ := pulseOf(s)["counts"].([]any); len(counts) > 0 {
			t.Errorf("four answers are counted: %v", counts)
		}
	}

	// Three on one node and two on the other are five.
	ask(far, 3, 9, 3, 9, 3)
	if code := do(ctx, t, dana, "pulse_close", "", -1); code != "" {
		t.Fatal(code)
	}
	const want = "[0 0 0 3 0 0 0 0 0 2 0]"
	for _, s := range []*client.Socket{dana, far} {
		awaitSaid(ctx, t, s, "pulse", "result:counts", true)
		if got := fmt.Sprint(pulseOf(s)["counts"]); got != want {
			t.Errorf("counted %s, want %s", got, want)
		}
	}
	if code := do(ctx, t, far, "pulse_show", "", -1); code != "" {
		t.Fatal(code)
	}
	for _, s := range guests {
		awaitSaid(ctx, t, s, "pulse", "counts:"+want, true)
	}
	for _, s := range everybody {
		if live := liveCount(s); live != "" {
			t.Errorf("a live count: %s", live)
		}
	}
	keys, err := redisAt(t, address).Keys(ctx, "*pulse*").Result()
	if check(t, err); len(keys) > 0 {
		t.Errorf("answers outlive the close: %d keys", len(keys))
	}
}

// liveCount returns a live frame that mentions a pulse.
func liveCount(s *client.Socket) string {
	for _, f := range s.Frames() {
		var frame struct {
			Live map[string]any `json:"live"`
		}
		if err := json.Unmarshal(f.Raw, &frame); err != nil {
			return string(f.Raw)
		}
		for name := range frame.Live {
			if !slices.Contains([]string{"writing", "saved", "stages"}, name) {
				return string(f.Raw)
			}
		}
	}
	return ""
}

func redisAt(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	check(t, err)
	c := redis.NewClient(options)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// The counselor's node loses its counselor. The room is on hold only when no facilitator is left on any
// node, and a co-counselor on the other node can take it over.
func TestARoomIsTakenOverFromTheOtherNode(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	other := w.another(ctx, t)
	workshop, dana, sam, _ := w.started(ctx, t, "step9-60")
	kofiThere := w.at(other, w.people["counselor2"].Client)
	ana := enter(ctx, t, w.at(other, w.people["participant2"].Client), workshop)
	kofi := enter(ctx, t, kofiThere, workshop)
	awaitSaid(ctx, t, kofi, "team", "here:true", true)
	if code := do(ctx, t, kofi, "take_over", "", -1); code != "lead.here" {
		t.Errorf("taken from a lead who is on the other node: %q", code)
	}
	// The lead disconnects; the room is not on hold, because another facilitator is on the other node.
	dana.Close()
	time.Sleep(holdGrace)
	for _, s := range []*client.Socket{sam, ana} {
		if s.State()["holding"] != false {
			t.Error("held, though a counselor is on the other node")
		}
	}
	// Now no facilitator is left on either node.
	kofi.Close()
	for _, s := range []*client.Socket{sam, ana} {
		awaitView(ctx, t, s, "holding", true)
	}
	if code := do(ctx, t, ana, "take_over", "", -1); code != "access.refused" {
		t.Errorf("a participant took over: %q", code)
	}
	kofi = enter(ctx, t, kofiThere, workshop)
	awaitView(ctx, t, kofi, "holding", true)
	if code := do(ctx, t, kofi, "take_over", "", -1); code != "" {
		t.Fatal(code)
	}
	for _, s := range []*client.Socket{sam, ana} {
		awaitView(ctx, t, s, "holding", false)
		if timer, _ := s.State()["timer"].(map[string]any); timer["ends_at"] == nil {
			t.Errorf("the timer does not go on: %v", timer)
		}
	}
	// The first lead takes the room back with one tap, and both screens show it.
	dana = enter(ctx, t, w.people["counselor"].Client, workshop)
	if code := do(ctx, t, dana, "take_over", "", -1); code != "" {
		t.Errorf("the first lead does not get it back: %q", code)
	}
	for _, s := range []*client.Socket{dana, kofi} {
		check(t, s.Await(ctx, func(f []client.Frame) bool { return holds(client.Fold(f), w.people["counselor"].member) }))
	}
	super := w.db.Conn(t, "postgres")
	if n := number(ctx, t, super, "select count(*) from room_event where workshop_id = $1 and kind = 'room.held'", workshop); n != 1 {
		t.Errorf("held %d times by two nodes", n)
	}
}

// holdGrace is longer than a room waits for a facilitator before it goes on hold.
const holdGrace = 24 * time.Second

// holds reports whether a member is the lead, as a counselor's screen shows it.
func holds(screen map[string]any, member string) bool {
	team, _ := screen["team"].([]any)
	for _, row := range team {
		r, _ := row.(map[string]any)
		if r["lead"] == true {
			return r["member"] == member
		}
	}
	return false
}
