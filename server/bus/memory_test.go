package bus_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"amends/server/bus"
	"amends/server/bus/bustest"
	"amends/server/id"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that only the test advances.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestMemory(t *testing.T) {
	t.Parallel()
	bustest.Run(t, func(t *testing.T) bustest.Kit {
		time := newClock()
		memory := bus.NewMemory(time.Now)
		t.Cleanup(memory.Close)
		return bustest.Kit{A: memory.Stores(), B: memory.Stores(), Advance: time.Advance}
	})
}

func TestClosingMemoryIsFinalAndIdempotent(t *testing.T) {
	t.Parallel()
	memory := bus.NewMemory(time.Now)
	stores := memory.Stores()
	room := bus.Room(id.New[id.Workshop]())
	s, err := stores.Bus.Subscribe(t.Context(), room, func([]byte) {}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	memory.Close()
	memory.Close()
	s.Close()
	if err := stores.Bus.Publish(t.Context(), room, nil); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("publish after close: %v", err)
	}
	if _, err := stores.Bus.Subscribe(t.Context(), room, func([]byte) {}, func() {}); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("subscribe after close: %v", err)
	}
}
