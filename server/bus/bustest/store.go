package bustest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amends/server/bus"
	"amends/server/id"
)

// kept is the result of Halves.Take or Once.Take.
type kept struct {
	Value string
	OK    bool
}

func half(t *testing.T, node bus.Stores, signin id.Signin) kept {
	t.Helper()
	value, ok, err := node.Halves.Take(t.Context(), signin)
	must(t, err)
	return kept{string(value[:]), ok}
}

func halfOf(fill byte) (h bus.Half) {
	for n := range h {
		h[n] = fill
	}
	return h
}

func nothing() kept { zero := bus.Half{}; return kept{string(zero[:]), false} }

func same(t *testing.T, what string, want, got kept) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func halvesLive(t *testing.T, kit Kit) {
	ctx, signin, other := t.Context(), id.New[id.Signin](), id.New[id.Signin]()
	same(t, "before", nothing(), half(t, kit.A, signin))
	first, second := halfOf(0), halfOf(0xff)
	must(t, kit.A.Halves.Put(ctx, signin, first, time.Hour))
	same(t, "on the other node", kept{string(first[:]), true}, half(t, kit.B, signin))
	must(t, kit.B.Halves.Put(ctx, signin, second, time.Hour))
	same(t, "another sign-in", nothing(), half(t, kit.A, other))
	must(t, kit.A.Halves.Delete(ctx, other))
	same(t, "replaced", kept{string(second[:]), true}, half(t, kit.A, signin))
	must(t, kit.A.Halves.Delete(ctx, signin))
	must(t, kit.A.Halves.Delete(ctx, signin))
	same(t, "dropped", nothing(), half(t, kit.B, signin))
}

func halvesExpire(t *testing.T, kit Kit) {
	signin, value := id.New[id.Signin](), halfOf(7)
	must(t, kit.A.Halves.Put(t.Context(), signin, value, 20*time.Minute))
	kit.Advance(18 * time.Minute)
	same(t, "in time", kept{string(value[:]), true}, half(t, kit.B, signin))
	kit.Advance(2 * time.Minute)
	same(t, "too late", nothing(), half(t, kit.A, signin))
	// A half that was taken lives HandedOut longer, and taking it again does not prolong that.
	must(t, kit.A.Halves.Put(t.Context(), signin, value, time.Hour))
	same(t, "handed out", kept{string(value[:]), true}, half(t, kit.B, signin))
	kit.Advance(bus.HandedOut - 5*time.Second)
	same(t, "handed out again", kept{string(value[:]), true}, half(t, kit.A, signin))
	kit.Advance(5 * time.Second)
	same(t, "handed out a while ago", nothing(), half(t, kit.B, signin))
	must(t, kit.A.Halves.Put(t.Context(), signin, value, 10*time.Second))
	same(t, "near its end", kept{string(value[:]), true}, half(t, kit.A, signin))
	kit.Advance(10 * time.Second)
	same(t, "not prolonged", nothing(), half(t, kit.A, signin))
	// A new half has its own lifetime, not the rest of the old one's.
	must(t, kit.A.Halves.Put(t.Context(), signin, value, time.Hour))
	must(t, kit.A.Halves.Put(t.Context(), signin, value, 10*time.Minute))
	kit.Advance(10 * time.Minute)
	same(t, "shortened", nothing(), half(t, kit.A, signin))
}

func halvesRefuse(t *testing.T, kit Kit) {
	ctx, signin := t.Context(), id.New[id.Signin]()
	_, _, takeErr := kit.A.Halves.Take(ctx, id.Signin{})
	for name, err := range map[string]error{
		"put for nobody":    kit.A.Halves.Put(ctx, id.Signin{}, halfOf(1), time.Hour),
		"put for no time":   kit.A.Halves.Put(ctx, signin, halfOf(1), 0),
		"put for the past":  kit.A.Halves.Put(ctx, signin, halfOf(1), -time.Hour),
		"take for nobody":   takeErr,
		"delete for nobody": kit.A.Halves.Delete(ctx, id.Signin{}),
	} {
		if !errors.Is(err, bus.ErrMisuse) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same(t, "after refusals", nothing(), half(t, kit.A, signin))
}

func take(t *testing.T, node bus.Stores, kind bus.Kind, code string) kept {
	t.Helper()
	value, ok, err := node.Codes.Take(t.Context(), kind, code)
	must(t, err)
	return kept{string(value), ok}
}

func codesTakenOnce(t *testing.T, kit Kit) {
	for range 20 {
		must(t, kit.A.Codes.Put(t.Context(), bus.StageCode, "123456", []byte("stage\x00"), bus.StageCodeLife))
		yes := concurrently(kit, 16, func(node bus.Stores) bool {
			value, ok, err := node.Codes.Take(t.Context(), bus.StageCode, "123456")
			if err != nil || ok != (string(value) == "stage\x00") {
				t.Errorf("took %q, %v, %v", value, ok, err)
			}
			return ok
		})
		if yes != 1 {
			t.Fatalf("%d took one code", yes)
		}
	}
}

func codesAreNotReplaced(t *testing.T, kit Kit) {
	ctx := t.Context()
	must(t, kit.A.Codes.Put(ctx, bus.StageCode, "000001", []byte("first"), bus.StageCodeLife))
	if err := kit.B.Codes.Put(ctx, bus.StageCode, "000001", []byte("second"), time.Hour); !errors.Is(err, bus.ErrTaken) {
		t.Fatalf("a code in use was given again: %v", err)
	}
	must(t, kit.B.Codes.Put(ctx, bus.RoomPass, "000001", nil, time.Hour))
	same(t, "another code", kept{}, take(t, kit.A, bus.StageCode, "000002"))
	same(t, "the first meaning", kept{"first", true}, take(t, kit.A, bus.StageCode, "000001"))
	same(t, "taken", kept{}, take(t, kit.A, bus.StageCode, "000001"))
	same(t, "the other kind, of nothing", kept{"", true}, take(t, kit.A, bus.RoomPass, "000001"))
	must(t, kit.A.Codes.Put(ctx, bus.StageCode, "000001", []byte("again"), bus.StageCodeLife))
	same(t, "free again", kept{"again", true}, take(t, kit.B, bus.StageCode, "000001"))
}

func codesExpire(t *testing.T, kit Kit) {
	ctx := t.Context()
	must(t, kit.A.Codes.Put(ctx, bus.StageCode, "111111", []byte("early"), bus.StageCodeLife))
	must(t, kit.A.Codes.Put(ctx, bus.StageCode, "222222", []byte("late"), bus.StageCodeLife))
	kit.Advance(bus.StageCodeLife - slack)
	same(t, "in time", kept{"early", true}, take(t, kit.B, bus.StageCode, "111111"))
	kit.Advance(slack)
	same(t, "too late", kept{}, take(t, kit.B, bus.StageCode, "222222"))
	must(t, kit.A.Codes.Put(ctx, bus.StageCode, "222222", []byte("new"), bus.StageCodeLife))
}

func codesRefuse(t *testing.T, kit Kit) {
	ctx := t.Context()
	_, _, noCode := kit.A.Codes.Take(ctx, bus.StageCode, "")
	_, _, noKind := kit.A.Codes.Take(ctx, "", "123456")
	for name, err := range map[string]error{
		"put without code": kit.A.Codes.Put(ctx, bus.StageCode, "", nil, time.Hour),
		"put without kind": kit.A.Codes.Put(ctx, "", "123456", nil, time.Hour),
		"put for no time":  kit.A.Codes.Put(ctx, bus.StageCode, "123456", nil, 0),
		"take no code":     noCode,
		"take no kind":     noKind,
	} {
		if !errors.Is(err, bus.ErrMisuse) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same(t, "after refusals", kept{}, take(t, kit.A, bus.StageCode, "123456"))
}

func refusesTheGone(t *testing.T, kit Kit) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	signin := id.New[id.Signin]()
	decision, limitErr := kit.A.Limits.Allow(ctx, "key", inFive())
	if decision.OK {
		t.Error("a limit let a caller pass whose context was done")
	}
	_, tryErr := kit.A.Backoff.Try(ctx, "key")
	_, waitErr := kit.A.Backoff.Wait(ctx, "key")
	_, failErr := kit.A.Backoff.Fail(ctx, "key")
	_, _, getErr := kit.A.Halves.Take(ctx, signin)
	_, _, takeErr := kit.A.Codes.Take(ctx, bus.RoomPass, "x")
	_, subscribeErr := kit.A.Bus.Subscribe(ctx, bus.Kick, func([]byte) {}, ignore)
	for name, err := range map[string]error{
		"limit": limitErr, "try": tryErr, "wait": waitErr, "fail": failErr, "get": getErr, "take": takeErr,
		"subscribe": subscribeErr,
		"publish":   kit.A.Bus.Publish(ctx, bus.Kick, nil),
		"refund":    kit.A.Limits.Refund(ctx, "key", inFive()),
		"clear":     kit.A.Backoff.Clear(ctx, "key"),
		"half":      kit.A.Halves.Put(ctx, signin, halfOf(1), time.Hour),
		"drop":      kit.A.Halves.Delete(ctx, signin),
		"code":      kit.A.Codes.Put(ctx, bus.RoomPass, "x", nil, time.Hour),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
