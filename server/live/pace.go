package live

import (
	"sync"
	"time"

	"amends/server/wire"
)

// The pace of commands. A new connection brings no new limit: the count belongs to the person and the
// room. It is kept as long as the room runs, which is longer than a window after the last one left.

// paces has the windows of the people of a room, by member, and by stage for screens.
type paces struct {
	mu sync.Mutex
	of map[any]*window
}

// window returns the window of whoever takes a seat.
func (p *paces) window(who any) *window {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[any]*window{}
	}
	if p.of[who] == nil {
		p.of[who] = &window{}
	}
	return p.of[who]
}

// window is the command rate limit of one person in one room, over all their connections, also those
// that follow: wire.CommandsPerWindow in wire.WindowSeconds.
type window struct {
	mu    sync.Mutex
	began time.Time
	n     int
}

// verdict is the result of the rate limit.
type verdict uint8

const (
	fine verdict = iota
	tooMany
	farTooMany
)

// count counts one command. Beyond the limit it is refused; beyond three times the limit the connection
// is closed.
func (w *window) count(now time.Time) verdict {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.began) >= wire.WindowSeconds*time.Second {
		w.began, w.n = now, 0
	}
	w.n++
	switch {
	case w.n > 3*wire.CommandsPerWindow:
		return farTooMany
	case w.n > wire.CommandsPerWindow:
		return tooMany
	}
	return fine
}
