package bus

import (
	"strconv"
	"testing"
	"time"
)

func keep(s *shelf[int], key string, life time.Duration) {
	s.change(key, func(int, time.Duration, bool) (int, time.Duration) { return 1, life })
}

func TestShelfSweepsWhatExpired(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	s := newShelf[int](func() time.Time { return now })
	for n := range 1000 {
		keep(s, strconv.Itoa(n), time.Second)
	}
	keep(s, "long", time.Hour)
	now = now.Add(sweepEvery)
	keep(s, "new", time.Hour)
	if len(s.entries) != 2 {
		t.Errorf("%d entries after sweeping, want 2", len(s.entries))
	}
}

func TestShelfIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	s := newShelf[int](func() time.Time { return now })
	for n := range shelfCapacity + 100 {
		keep(s, strconv.Itoa(n), time.Hour)
	}
	if len(s.entries) != shelfCapacity {
		t.Errorf("%d entries, want %d", len(s.entries), shelfCapacity)
	}
}
