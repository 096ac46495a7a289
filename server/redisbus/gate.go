package redisbus

import (
	"sync/atomic"
	"time"
)

// rest is how long after a failure Redis is left alone. Without it every save during a
// partition would wait its half second; with it one call in each rest does.
const rest = time.Second

// gate lets calls through while Redis answers. After a failure it lets one call through each
// rest, until one is answered.
type gate struct {
	// until is when the next call may pass, in nanoseconds of the wall clock; 0 means open.
	// A clock that jumps back costs at most the length of the jump in ErrAway, so a far
	// future is taken as the past.
	until atomic.Int64
}

func (g *gate) enter() bool {
	until := g.until.Load()
	if until == 0 {
		return true
	}
	now := time.Now().UnixNano()
	if now < until && until-now <= int64(rest) {
		return false
	}
	return g.until.CompareAndSwap(until, now+int64(rest))
}

func (g *gate) answered() { g.until.Store(0) }

func (g *gate) failed() { g.until.Store(time.Now().UnixNano() + int64(rest)) }
