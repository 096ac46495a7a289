package bus

import (
	"sync"
	"time"
)

// shelfCapacity bounds each in-memory store: about 30 MB at worst. Reaching it takes that
// many different keys inside their lifetime.
const shelfCapacity = 1 << 18

// sweepEvery is how often a write also drops what has expired.
const sweepEvery = time.Minute

// shelf holds values that expire. Policy when full: any one goes (Go's map order), so an
// attacker who can fill it has no say in whose counter that is.
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

// change reads and replaces the value of key in one step. It gets what is there (ok false:
// nothing) and the time left, and gives the new value and its lifetime; 0 deletes.
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

// makeRoom sweeps now and then, but not for every write when full: who fills the shelf must
// not be given a walk over all of it each time.
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
