package embedded

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// Redis is an in-process Redis (miniredis) without a port: it is reached only through Dial. Nothing
// durable lives in it.
//
// It implements less than the real one, and whatever passes its tests must pass on the real one, and
// the reverse. So it refuses every command that is not listed below, also inside scripts, and records
// its name for tests.
type Redis struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	wait   sync.WaitGroup

	// mu guards closed and hooked, and makes Dial and Close exclude each other.
	mu     sync.Mutex
	closed bool
	hooked bool

	// listMu guards unlisted; the server takes it while it holds locks of its own.
	listMu   sync.Mutex
	unlisted []string
}

// listed are the commands that package redisbus uses.
func listed() []string {
	return []string{"PING", "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", "SET", "GET", "GETDEL", "DEL", "HSET", "HSETNX", "HVALS", "HGETALL", "HDEL", "EXISTS", "PTTL", "PEXPIRE", "EVAL", "EVALSHA", "HELLO"}
}

// StartRedis starts it. Its clock advances once a second, precise enough for its users. The caller must
// call Close.
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

// Close ends it and closes all connections; Dial fails afterwards. It is idempotent.
func (r *Redis) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	close(r.stop)
	r.wait.Wait()
	r.server.Close()
}

// Dial opens an in-memory connection. Error: net.ErrClosed after Close.
func (r *Redis) Dial(ctx context.Context) (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, net.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conn, err := r.server.Dial()
	if err == nil && !r.hooked {
		// The first Dial starts the server; nothing has been sent on the connection yet.
		r.server.Server().SetPreHook(r.refuse)
		r.hooked = true
	}
	return conn, err
}

// Unlisted returns the commands that were refused, each once, sorted.
func (r *Redis) Unlisted() []string {
	r.listMu.Lock()
	defer r.listMu.Unlock()
	return slices.Clone(r.unlisted)
}

// refuse answers a command that is not listed with an error; true means that it was handled.
func (r *Redis) refuse(peer *server.Peer, command string, _ ...string) bool {
	if slices.Contains(listed(), command) {
		return false
	}
	r.listMu.Lock()
	defer r.listMu.Unlock()
	if at, there := slices.BinarySearch(r.unlisted, command); !there {
		r.unlisted = slices.Insert(r.unlisted, at, command)
	}
	peer.WriteError("ERR this Redis does not have the command")
	return true
}
