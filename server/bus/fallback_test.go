package bus_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"amends/server/bus"
)

// broken is a store that works until it is switched off, and then fails.
type broken struct {
	bus.Limiter
	bus.Backoff
	off bool
}

func (b *broken) Allow(ctx context.Context, key string, rule bus.Rule) (bus.Decision, error) {
	if b.off {
		// The worst case: it answers OK together with an error.
		return bus.Decision{OK: true, Left: 99}, bus.ErrAway
	}
	return b.Limiter.Allow(ctx, key, rule)
}

func (b *broken) Refund(ctx context.Context, key string, rule bus.Rule) error {
	if b.off {
		return bus.ErrAway
	}
	return b.Limiter.Refund(ctx, key, rule)
}

func (b *broken) Try(ctx context.Context, key string) (time.Duration, error) {
	if b.off {
		return 0, bus.ErrAway
	}
	return b.Backoff.Try(ctx, key)
}

func (b *broken) Wait(ctx context.Context, key string) (time.Duration, error) {
	if b.off {
		return 0, bus.ErrAway
	}
	return b.Backoff.Wait(ctx, key)
}

func (b *broken) Fail(ctx context.Context, key string) (time.Duration, error) {
	if b.off {
		return 0, bus.ErrAway
	}
	return b.Backoff.Fail(ctx, key)
}

func (b *broken) Clear(ctx context.Context, key string) error {
	if b.off {
		return bus.ErrAway
	}
	return b.Backoff.Clear(ctx, key)
}

func guarded(t *testing.T) (stores bus.Stores, store *broken, log *bytes.Buffer) {
	t.Helper()
	clock := newClock()
	memory := bus.NewMemory(clock.Now)
	t.Cleanup(memory.Close)
	primary := memory.Stores()
	store = &broken{Limiter: primary.Limits, Backoff: primary.Backoff}
	primary.Limits, primary.Backoff = store, store
	log = &bytes.Buffer{}
	return bus.Fallback(primary, clock.Now, slog.New(slog.NewTextHandler(log, nil))), store, log
}

func passes(t *testing.T, stores bus.Stores, rule bus.Rule, tries int) (passed int) {
	t.Helper()
	for range tries {
		decision, err := stores.Limits.Allow(t.Context(), "secret-key", rule)
		if err != nil {
			t.Fatal(err)
		}
		if decision.OK {
			passed++
		}
	}
	return passed
}

func TestFallbackCountsMoreStrictlyWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	stores, store, log := guarded(t)
	rule := bus.InvitationPerAddress()
	store.off = true
	if got := passes(t, stores, rule, 100); got != rule.Limit/4 {
		t.Errorf("%d passed while away, want %d", got, rule.Limit/4)
	}
	if err := stores.Limits.Refund(t.Context(), "secret-key", rule); err != nil {
		t.Error(err)
	}
	if got := passes(t, stores, rule, 100); got != 1 {
		t.Errorf("%d passed after one refund", got)
	}
	store.off = false
	if got := passes(t, stores, rule, 100); got != rule.Limit {
		t.Errorf("%d passed when it was back, want %d", got, rule.Limit)
	}
	text := log.String()
	if strings.Count(text, "level=WARN") != 1 || strings.Count(text, "level=INFO") != 1 || strings.Contains(text, "secret-key") {
		t.Errorf("log is %s", text)
	}
}

func TestFallbackRemembersGuessingAcrossTheOutage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	stores, store, _ := guarded(t)
	for range 3 {
		if wait, err := stores.Backoff.Try(ctx, "guessed"); wait != 0 || err != nil {
			t.Fatal(wait, err)
		}
	}
	store.off = true
	wait, err := stores.Backoff.Try(ctx, "guessed")
	if err != nil || wait != bus.StricterGuessing().After(3) {
		t.Errorf("three failures before the outage wait %s, %v", wait, err)
	}
	if wait, err = stores.Backoff.Wait(ctx, "guessed"); err != nil || wait == 0 {
		t.Errorf("wait is %s, %v", wait, err)
	}
	for n, want := range []time.Duration{0, bus.StricterGuessing().After(2), bus.StricterGuessing().After(3)} {
		if wait, err = stores.Backoff.Fail(ctx, "new"); err != nil || wait != want {
			t.Errorf("failure %d while away waits %s, %v", n+1, wait, err)
		}
	}
	if err = stores.Backoff.Clear(ctx, "new"); err != nil {
		t.Error(err)
	}
	if wait, err = stores.Backoff.Wait(ctx, "new"); err != nil || wait != 0 {
		t.Errorf("after a success %s, %v", wait, err)
	}
}

func TestFallbackRefusesCanceledAndInvalidCalls(t *testing.T) {
	t.Parallel()
	stores, store, log := guarded(t)
	store.off = true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := stores.Backoff.Try(ctx, "k"); err == nil {
		t.Error("a try with a canceled context passed")
	}
	if _, err := stores.Limits.Allow(ctx, "k", bus.InvitationPerAddress()); err == nil {
		t.Error("a limit with a canceled context passed")
	}
	if log.Len() != 0 {
		t.Errorf("a caller who gave up is no outage: %s", log)
	}
	if _, err := stores.Limits.Allow(t.Context(), "k", bus.Rule{Name: "x"}); !errors.Is(err, bus.ErrMisuse) {
		t.Errorf("a senseless rule gave %v", err)
	}
}
