package bustest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amends/server/bus"
)

// inFive is a rule whose steps are much longer than any test runs.
func inFive() bus.Rule { return bus.Rule{Name: "five", Limit: 5, Per: time.Hour, Burst: 5} }

// slack is how much real time may pass between two steps of a test.
const slack = time.Minute

func allow(t *testing.T, node bus.Stores, key string, rule bus.Rule) bus.Decision {
	t.Helper()
	decision, err := node.Limits.Allow(t.Context(), key, rule)
	must(t, err)
	return decision
}

// concurrently calls act many times at once, on both nodes in turn, and counts the successes.
func concurrently(kit Kit, times int, act func(node bus.Stores) bool) int {
	var yes atomic.Int64
	var all sync.WaitGroup
	for n := range times {
		node := kit.A
		if n%2 == 1 {
			node = kit.B
		}
		all.Go(func() {
			if act(node) {
				yes.Add(1)
			}
		})
	}
	all.Wait()
	return int(yes.Load())
}

func limitIsExact(t *testing.T, kit Kit) {
	for _, rule := range []bus.Rule{
		{Name: "twenty", Limit: 20, Per: time.Hour, Burst: 20},
		{Name: "seven", Limit: 7, Per: time.Hour, Burst: 7},
		{Name: "burst of three", Limit: 50, Per: 50 * time.Hour, Burst: 3},
		{Name: "one", Limit: 1, Per: time.Hour, Burst: 1},
	} {
		yes := concurrently(kit, 60, func(node bus.Stores) bool {
			decision, err := node.Limits.Allow(t.Context(), "key", rule)
			if err != nil {
				t.Error(err)
			}
			return decision.OK
		})
		if yes != rule.Burst {
			t.Errorf("%s: %d of 60 passed, want %d", rule.Name, yes, rule.Burst)
		}
	}
}

func limitRefills(t *testing.T, kit Kit) {
	rule := inFive()
	for left := 4; left >= 0; left-- {
		want := bus.Decision{OK: true, Left: left}
		if diff := cmp.Diff(want, allow(t, kit.A, "key", rule)); diff != "" {
			t.Fatal(diff)
		}
	}
	refused := allow(t, kit.B, "key", rule)
	step := rule.Step()
	if refused.OK || refused.Left != 0 || refused.RetryAfter > step || refused.RetryAfter < step-slack {
		t.Fatalf("refusal is %+v", refused)
	}
	kit.Advance(step - slack)
	if allow(t, kit.A, "key", rule).OK {
		t.Fatal("passed before its time")
	}
	kit.Advance(slack)
	if !allow(t, kit.B, "key", rule).OK {
		t.Fatal("refused after its time")
	}
	if allow(t, kit.A, "key", rule).OK {
		t.Fatal("one step gave two tries")
	}
	kit.Advance(10 * rule.Per)
	if got := allow(t, kit.A, "key", rule); got.Left != 4 {
		t.Fatalf("after a long time %+v", got)
	}
}

func limitsAreApart(t *testing.T, kit Kit) {
	rule := bus.Rule{Name: "one", Limit: 1, Per: time.Hour, Burst: 1}
	other := rule
	other.Name = "other"
	for _, step := range []struct {
		key  string
		rule bus.Rule
		want bool
	}{{"a", rule, true}, {"a", rule, false}, {"b", rule, true}, {"a", other, true}, {"a", other, false}, {"", rule, true}} {
		if got := allow(t, kit.A, step.key, step.rule).OK; got != step.want {
			t.Errorf("key %q of %s: %v", step.key, step.rule.Name, got)
		}
	}
}

func limitRefunds(t *testing.T, kit Kit) {
	rule := inFive()
	// Refunding a try that was never taken changes nothing.
	must(t, kit.A.Limits.Refund(t.Context(), "key", rule))
	for range 3 {
		allow(t, kit.A, "key", rule)
		must(t, kit.B.Limits.Refund(t.Context(), "key", rule))
	}
	if got := allow(t, kit.A, "key", rule); got.Left != 4 {
		t.Fatalf("after refunds %+v", got)
	}
	for range 4 {
		allow(t, kit.A, "key", rule)
	}
	must(t, kit.A.Limits.Refund(t.Context(), "key", rule))
	if !allow(t, kit.B, "key", rule).OK || allow(t, kit.B, "key", rule).OK {
		t.Fatal("one refund is one try")
	}
}

func limitRefusesSenseless(t *testing.T, kit Kit) {
	for name, rule := range map[string]bus.Rule{
		"zero":        {},
		"no name":     {Limit: 1, Per: time.Hour, Burst: 1},
		"no limit":    {Name: "x", Per: time.Hour, Burst: 1},
		"negative":    {Name: "x", Limit: -1, Per: time.Hour, Burst: 1},
		"no burst":    {Name: "x", Limit: 1, Per: time.Hour},
		"no time":     {Name: "x", Limit: 1, Burst: 1},
		"too fine":    {Name: "x", Limit: 2000, Per: time.Second, Burst: 1},
		"overflowing": {Name: "x", Limit: 1, Per: 24 * time.Hour, Burst: 1 << 40},
	} {
		decision, err := kit.A.Limits.Allow(t.Context(), "key", rule)
		if decision.OK || !errors.Is(err, bus.ErrMisuse) {
			t.Errorf("%s: %+v, %v", name, decision, err)
		}
		if err := kit.A.Limits.Refund(t.Context(), "key", rule); !errors.Is(err, bus.ErrMisuse) {
			t.Errorf("%s: refund: %v", name, err)
		}
	}
}

// about compares waits; real stores lose a little time between call and reply.
func about(got, want time.Duration) bool {
	return got <= want && (got > want-slack && want > slack || got > want-time.Second || got == want)
}

func backoffFollowsCurve(t *testing.T, kit Kit) {
	ctx := t.Context()
	want := []time.Duration{0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900}
	for n, seconds := range want {
		wait, err := kit.A.Backoff.Fail(ctx, "key")
		must(t, err)
		if wait != seconds*time.Second {
			t.Fatalf("failure %d waits %s, want %ds", n+1, wait, seconds)
		}
		left, err := kit.B.Backoff.Wait(ctx, "key")
		must(t, err)
		if !about(left, seconds*time.Second) {
			t.Fatalf("after failure %d %s are left of %ds", n+1, left, seconds)
		}
	}
	kit.Advance(10 * time.Minute)
	left, err := kit.B.Backoff.Try(ctx, "key")
	must(t, err)
	if !about(left, 5*time.Minute) {
		t.Fatalf("%s left of five minutes", left)
	}
	kit.Advance(5 * time.Minute)
	if left, err = kit.B.Backoff.Try(ctx, "key"); err != nil || left != 0 {
		t.Fatalf("the wait never ends: %s, %v", left, err)
	}
	if left, err = kit.A.Backoff.Try(ctx, "key"); err != nil || !about(left, 15*time.Minute) {
		t.Fatalf("a second try in the same moment waits %s, %v", left, err)
	}
	if left, err = kit.A.Backoff.Wait(ctx, "other"); err != nil || left != 0 {
		t.Fatalf("another key waits %s, %v", left, err)
	}
	must(t, kit.A.Backoff.Clear(ctx, "key"))
	must(t, kit.A.Backoff.Clear(ctx, "key"))
	if wait, err := kit.B.Backoff.Fail(ctx, "key"); err != nil || wait != 0 {
		t.Fatalf("the first failure after a success waits %s, %v", wait, err)
	}
}

func backoffIsExact(t *testing.T, kit Kit) {
	// Enough failures for a long wait, so that none expires during the test.
	for range 8 {
		_, err := kit.A.Backoff.Fail(t.Context(), "late")
		must(t, err)
	}
	kit.Advance(time.Minute)
	for key, want := range map[string]int{"fresh": bus.Guessing().Free, "late": 1} {
		yes := concurrently(kit, 40, func(node bus.Stores) bool {
			wait, err := node.Backoff.Try(t.Context(), key)
			if err != nil {
				t.Error(err)
			}
			return wait == 0 && err == nil
		})
		if yes != want {
			t.Errorf("%s: %d of 40 tries went on, want %d", key, yes, want)
		}
	}
}

func backoffForgets(t *testing.T, kit Kit) {
	fail := func() time.Duration {
		wait, err := kit.A.Backoff.Fail(t.Context(), "key")
		must(t, err)
		return wait
	}
	for range 6 {
		fail()
	}
	kit.Advance(bus.Guessing().Quiet - time.Hour)
	if wait := fail(); wait != 8*time.Second {
		t.Fatalf("within the quiet time a failure waits %s", wait)
	}
	kit.Advance(bus.Guessing().Quiet)
	if wait := fail(); wait != 0 {
		t.Fatalf("after the quiet time a failure waits %s", wait)
	}
}
