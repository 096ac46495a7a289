package server_test

import (
	"context"
	"testing"
	"time"

	"amends/server/wire"
)

// A person has one connection, the newest, on whichever node it is.
func TestTheNewestConnectionWinsOnWhicheverNode(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	there := w.there(w.another(ctx, t))
	workshop, dana, sam, _ := w.started(ctx, t, "step9-60")
	far := enter(ctx, t, there("counselor2"), workshop)

	// Moving to the other node and back; the facilitator sees one person all the time.
	moved := enter(ctx, t, there("participant"), workshop)
	if code, err := sam.Closed(ctx); err != nil || code != int(wire.CloseTakenOver) {
		t.Fatalf("the older socket ended with %d %v", code, err)
	}
	back := enter(ctx, t, w.people["participant"].Client, workshop)
	if code, err := moved.Closed(ctx); err != nil || code != int(wire.CloseTakenOver) {
		t.Fatalf("the older socket on the other node ended with %d %v", code, err)
	}
	if code := do(ctx, t, back, "ready", "", 0); code != "" {
		t.Fatalf("the newest may not speak: %s", code)
	}

	// Facilitators keep several windows: they do not take over from one another.
	if code := do(ctx, t, far, "next", "", 0); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, dana, "segment", 1)

	// A phone whose polls alternate between both nodes does not take over from itself.
	here, further := dial(w.people["participant2"].Client, workshop), dial(there("participant2"), workshop)
	further.device = here.device
	for range 4 {
		for _, p := range []*phone{here, further} {
			p.seen = polled{}
			if code := p.poll(ctx, t); code != "" {
				t.Fatalf("a phone that polls was refused: %s", code)
			}
		}
	}
}
