package socket

import (
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"

	"amends/server/wire"
)

// Until ctx ends, closing a set waits for the open websockets; once Close has returned, no goroutine
// reads or writes any of them.
func TestClosingASetWaitsForTheLastSocket(t *testing.T) {
	t.Parallel()
	s := NewSet(slog.New(slog.DiscardHandler))
	c, _ := pair(t, s)
	release, closed := make(chan struct{}), make(chan bool)
	var leaving atomic.Bool
	go func() {
		<-release
		leaving.Store(true)
		c.End()
	}()
	go func() {
		s.Close(context.Background())
		closed <- leaving.Load()
	}()
	for begun := false; !begun; runtime.Gosched() {
		s.mu.Lock()
		begun = s.closed
		s.mu.Unlock()
	}
	for range 10_000 { // gives a Close that does not wait every chance to return
		runtime.Gosched()
	}
	c.Close(wire.CloseGoingAway, "restarting")
	close(release)
	if !<-closed {
		t.Error("the set was closed before its last socket had ended")
	}
}
