package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestPacedCatchesUpAfterADelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, calls := time.Now(), 0
		err := paced(t.Context(), 10*time.Millisecond, time.Second, func(due time.Time) error {
			calls++
			if want := began.Add(time.Duration(calls) * 10 * time.Millisecond); !due.Equal(want) {
				t.Errorf("call %d was due at %s, want %s", calls, due.Sub(began), want.Sub(began))
			}
			if calls == 20 {
				time.Sleep(300 * time.Millisecond) // stands for a busy machine
			}
			return nil
		})
		if took := time.Since(began); err != nil || calls != 100 || took != time.Second {
			t.Errorf("%d calls in %s, %v; want 100 in a second", calls, took, err)
		}
	})
}

func TestPacedEndsEarly(t *testing.T) {
	broken := errors.New("broken")
	if err := paced(t.Context(), time.Microsecond, time.Second, func(time.Time) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := paced(ctx, time.Hour, 2*time.Hour, func(time.Time) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
