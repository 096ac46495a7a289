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

// Redis is an in-process Redis without a port: it is reached through Dial only. Nothing
// durable lives in it.
//
// It is a small one, and does less than the real one; what passes its tests must pass there
// too, and the other way round. So it refuses every command that is not on the list below,
// also inside scripts, and remembers its name for tests.
type Redis struct {
	server *miniredis.Miniredis
	stop   chan struct{}
	wait   sync.WaitGroup

	// mu guards closed and hooked, and the server against a Dial during Close.
	mu     sync.Mutex
	closed bool
	hooked bool

	// listMu guards unlisted; the server calls for it while it holds locks of its own.
	listMu   sync.Mutex
	unlisted []string
}

// listed are the commands that the doorbell and the stores beside it are made of.
func listed() []string {
	return []string{"PING", "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", "SET", "GET", "GETDEL", "DEL", "HSET", "HSETNX", "HVALS", "HGETALL", "HDEL", "EXISTS", "PTTL", "PEXPIRE", "EVAL", "EVALSHA", "HELLO"}
}

// StartRedis starts it. Its clock moves once a second, which is as exact as its users need.
// The caller owes a Close.
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

// Close ends it and everything in it; no connection is made after. Closing twice is closing
// once.
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

// Dial connects to it, in memory: net.ErrClosed after Close.
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
		// The first Dial makes the server; nothing was said on the connection yet.
		r.server.Server().SetPreHook(r.refuse)
		r.hooked = true
	}
	return conn, err
}

// Unlisted are the refused commands, each once, in order of the alphabet.
func (r *Redis) Unlisted() []string {
	r.listMu.Lock()
	defer r.listMu.Unlock()
	return slices.Clone(r.unlisted)
}

// refuse answers a command that is not on the list; true means that it is dealt with.
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
