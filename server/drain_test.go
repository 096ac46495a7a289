package server_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// A node shuts down while a room runs: everybody on it is closed with 1012, their earlier commands took
// effect, and on the other node they find the same state.
func TestANodeThatGoesDownSendsEverybodyToAnother(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	leaving, err := server.New(ctx, w.cfg)
	check(t, err)
	running, stop := context.WithCancel(context.Background())
	defer stop()
	down := make(chan error, 1)
	go func() { down <- leaving.Run(running, l) }()
	there := w.there("http://" + l.Addr().String())
	workshop := w.plan(ctx, t)
	dana := enter(ctx, t, there("counselor"), workshop)
	for _, verb := range []string{"open", "start"} {
		if code := do(ctx, t, dana, verb, "", -1); code != "" {
			t.Fatal(verb, code)
		}
	}
	sam, ana := enter(ctx, t, there("participant"), workshop), enter(ctx, t, there("participant2"), workshop)
	if code := do(ctx, t, dana, "queue_open", "", -1); code != "" {
		t.Fatal(code)
	}
	if code := do(ctx, t, sam, "raise", "", -1); code != "" {
		t.Fatal(code)
	}
	last := id.New[id.Command]().String()
	check(t, ana.Send(client.CommandFrame(last, "ready", `{"on":true}`, -1)))
	stop()
	for name, s := range map[string]*client.Socket{"counselor": dana, "participant": sam, "participant2": ana} {
		code, err := s.Closed(ctx)
		check(t, err)
		if code != int(wire.CloseGoingAway) {
			t.Errorf("%s was closed with %d", name, code)
		}
		s.Close()
	}
	check(t, <-down)

	dana = enter(ctx, t, w.people["counselor"].Client, workshop)
	sam, ana = enter(ctx, t, w.people["participant"].Client, workshop), enter(ctx, t, w.people["participant2"].Client, workshop)
	if me := sam.Frames()[0].Me; fmt.Sprint(me["position"]) != "1" {
		t.Errorf("the position in the queue is %v", me["position"])
	}
	// A retry with the same id, as a page sends without an answer, takes effect once.
	check(t, ana.Send(client.CommandFrame(last, "ready", `{"on":true}`, -1)))
	if code := answer(ctx, t, ana, last); code != "" {
		t.Error(code)
	}
	awaitView(ctx, t, dana, "ready", 1)
	awaitView(ctx, t, dana, "here", 2)
	if strings.Contains(w.log.String(), "panicked") {
		t.Error("something panicked")
	}
}

// When a whole room reconnects at once, the joins are batched: everybody gets a view that contains
// themselves, and each personal part is their own.
func TestEverybodyReconnectingAtOnceGetsAWholeView(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	for _, verb := range []string{"open", "start"} {
		if code := do(ctx, t, dana, verb, "", -1); code != "" {
			t.Fatal(verb, code)
		}
	}
	people := []string{"participant", "participant2"}
	// Each person connects with ten devices at the same moment; the newest of each wins.
	type came struct {
		who    string
		socket *client.Socket
	}
	all := make(chan came)
	for _, who := range people {
		for range 10 {
			go func() {
				s, err := w.people[who].Room(ctx, workshop)
				if err != nil {
					t.Error(err)
				}
				all <- came{who, s}
			}()
		}
	}
	left, codes := map[*client.Socket]string{}, make(chan *client.Socket)
	waiting, letGo := context.WithCancel(ctx)
	defer letGo()
	for range 20 {
		c := <-all
		if c.socket == nil {
			t.FailNow()
		}
		t.Cleanup(c.socket.Close)
		left[c.socket] = c.who
		go func() {
			if code, err := c.socket.Closed(waiting); err != nil || code == int(wire.CloseTakenOver) {
				codes <- c.socket
			} else {
				codes <- c.socket
				t.Errorf("%s was closed with %d", c.who, code)
			}
		}()
	}
	for range 18 {
		select {
		case over := <-codes:
			delete(left, over)
		case <-ctx.Done():
			t.Fatalf("%d sockets are left", len(left))
		}
	}
	letGo() // one at a time waits for a socket's news
	for range 2 {
		<-codes
	}
	var names []string
	for s, who := range left {
		names = append(names, who)
		check(t, s.Await(ctx, func(frames []client.Frame) bool { return len(frames) > 0 }))
		first := s.Frames()[0]
		if first.View == nil || fmt.Sprint(first.Me["name"]) != "Room "+who || fmt.Sprint(first.Me["in_room"]) != "true" {
			t.Errorf("%s began with %s", who, first.Raw)
		}
		if code := do(ctx, t, s, "clock", "", -1); code != "" {
			t.Errorf("%s heard %q", who, code)
		}
	}
	if slices.Sort(names); !slices.Equal(names, people) {
		t.Errorf("left are %v", names)
	}
	awaitView(ctx, t, dana, "here", 2)
}
