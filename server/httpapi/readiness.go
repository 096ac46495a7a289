package httpapi

import (
	"context"
	"sync"
	"time"
)

// readiness asks the database at most once a second, however many ask it: the page is open to everybody.
type readiness struct {
	mu    sync.Mutex
	asked time.Time
	err   error
}

const (
	readyFor      = time.Second
	readyPatience = 3 * time.Second
)

// of returns the last result, or asks anew. Who comes meanwhile waits for the one who asks. It does not
// end with the request of that one, whose result others get too.
func (r *readiness) of(ask func(context.Context) error, now func() time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := now(); r.asked.IsZero() || at.Sub(r.asked) >= readyFor {
		ctx, cancel := context.WithTimeout(context.Background(), readyPatience)
		defer cancel()
		r.err = ask(ctx)
		r.asked = now()
	}
	return r.err
}
