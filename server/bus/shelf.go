package bus

import (
	"sync"
	"time"
)

// shelfCapacity bounds each in-memory store, to about 30 MB at worst. Reaching it takes that many
// different keys within their TTL.
const shelfCapacity = 1 << 18

// sweepEvery is how often an insert also removes expired entries.
const sweepEvery = time.Minute

// shelf is a bounded map with TTLs. When full, an arbitrary entry is evicted (Go's map order), so an
// attacker who can fill it cannot choose whose counter is lost.
type shelf[V any] struct {
	now func() time.Time

	mu      sync.Mutex
	entries map[string]entry[V]
	swept   time.Time
}

type entry[V any] struct {
	value V
	until time.Time
}

func newShelf[V any](now func() time.Time) *shelf[V] {
	return &shelf[V]{now: now, entries: map[string]entry[V]{}, swept: now()}
}

// change reads and replaces the value of key atomically. with gets the present value and its remaining
// TTL (ok false: none), and returns the new value and TTL; a TTL of 0 deletes.
func (s *shelf[V]) change(key string, with func(old V, left time.Duration, ok bool) (V, time.Duration)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	old, ok := s.entries[key]
	left := old.until.Sub(now)
	if !ok || left <= 0 {
		old, left, ok = entry[V]{}, 0, false
	}
	value, life := with(old.value, left, ok)
	if life <= 0 {
		delete(s.entries, key)
		return
	}
	if _, there := s.entries[key]; !there {
		s.makeRoom(now)
	}
	s.entries[key] = entry[V]{value: value, until: now.Add(life)}
}

// makeRoom sweeps at most once per sweepEvery, even when full: an attacker who fills the shelf must not
// cause a full scan with every insert.
func (s *shelf[V]) makeRoom(now time.Time) {
	if now.Sub(s.swept) >= sweepEvery {
		s.swept = now
		for key, e := range s.entries {
			if !now.Before(e.until) {
				delete(s.entries, key)
			}
		}
	}
	if len(s.entries) < shelfCapacity {
		return
	}
	for key := range s.entries {
		delete(s.entries, key)
		return
	}
}
