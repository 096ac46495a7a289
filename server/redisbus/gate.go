package redisbus

import (
	"sync/atomic"
	"time"
)

// rest is the pause after a failed call. Without it, every save during a network partition would wait
// out the full timeout of half a second; with it, one call per rest does.
const rest = time.Second

// gate is a circuit breaker: calls pass while Redis answers; after a failure one call per rest may
// probe Redis, until one succeeds.
type gate struct {
	// until is when the next call may pass, in nanoseconds of the wall clock; 0 means open. A value
	// more than one rest ahead means that the clock jumped back, and counts as past.
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
