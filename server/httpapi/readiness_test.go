package httpapi

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestReadinessIsAskedOnceASecond(t *testing.T) {
	t.Parallel()
	var r readiness
	var asked atomic.Int32
	away := errors.New("the database is away")
	ask := func(context.Context) error {
		if asked.Add(1) == 2 {
			return away
		}
		return nil
	}
	clock := time.Unix(1_000, 0)
	at := func() time.Time { return clock }
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if err := r.of(ask, at); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("a hundred askers asked the database %d times", n)
	}
	clock = clock.Add(readyFor)
	if err := r.of(ask, at); !errors.Is(err, away) {
		t.Errorf("a second later: %v", err)
	}
	if err := r.of(ask, at); !errors.Is(err, away) {
		t.Errorf("at once after a failure: %v", err)
	}
	clock = clock.Add(readyFor)
	if err := r.of(ask, at); err != nil {
		t.Errorf("when it is back: %v", err)
	}
}
