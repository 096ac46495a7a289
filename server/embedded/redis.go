package embedded

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// Redis is an in-process Redis without a port: it is reached through Dial only. Nothing
// durable lives in it.
type Redis struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	wait   sync.WaitGroup
}

// StartRedis starts it. Its clock moves once a second, which is as exact as its users need.
func StartRedis() *Redis {
	r := &Redis{server: miniredis.NewMiniRedis(), stop: make(chan struct{})}
	r.wait.Add(1)
	go r.tick()
	return r
}

func (r *Redis) tick() {
	defer r.wait.Done()
	t := time.NewTicker(time.Second)
	defer t.Stop()
	last := time.Now()
	for {
		select {
		case <-r.stop:
			return
		case now := <-t.C:
			r.server.FastForward(now.Sub(last))
			r.server.SetTime(now)
			last = now
		}
	}
}

// Close ends it and everything in it.
func (r *Redis) Close() {
	close(r.stop)
	r.wait.Wait()
	r.server.Close()
}

// Dial connects to it, in memory.
func (r *Redis) Dial(context.Context) (net.Conn, error) { return r.server.Dial() }
