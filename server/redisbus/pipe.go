package redisbus

import (
	"errors"
	"net"
	"sync"
	"time"
)

// maxUnsentBytes bounds what waits in a pipe; no single message of ours comes near it.
const maxUnsentBytes = 4 << 20

// pipe gives a connection without buffers (net.Pipe, which the embedded Redis hands out) what
// a socket has: a write returns before the other side reads. Without it the two sides can
// wait for each other: we write SUBSCRIBE, go-redis holds its lock and does not read, the
// embedded Redis writes a message and does not read either.
//
// Policy when full: the write fails, and the connection with it.
type pipe struct {
	net.Conn

	mu     sync.Mutex
	unsent []byte
	failed error

	// wake holds at most one signal; a second one would say the same.
	wake chan struct{}
	done chan struct{}
}

func newPipe(conn net.Conn) *pipe {
	p := &pipe{Conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go p.run()
	return p
}

// Write is net.Conn's.
func (p *pipe) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil && len(p.unsent)+len(b) > maxUnsentBytes {
		p.failed = errors.New("redisbus: the embedded Redis does not read")
	}
	if p.failed != nil {
		return 0, p.failed
	}
	p.unsent = append(p.unsent, b...)
	p.signal()
	return len(b), nil
}

// SetDeadline is net.Conn's; writes do not wait, so only reads have one.
func (p *pipe) SetDeadline(at time.Time) error { return p.Conn.SetReadDeadline(at) }

// SetWriteDeadline is net.Conn's.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }

// Close drops what is unsent, closes the connection and waits for the writing goroutine.
func (p *pipe) Close() error {
	p.fail(net.ErrClosed)
	err := p.Conn.Close()
	<-p.done
	return err
}

func (p *pipe) fail(cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil {
		p.failed = cause
	}
	p.signal()
}

func (p *pipe) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *pipe) run() {
	defer close(p.done)
	for range p.wake {
		p.mu.Lock()
		b, failed := p.unsent, p.failed
		p.unsent = nil
		p.mu.Unlock()
		if failed != nil {
			return
		}
		if _, err := p.Conn.Write(b); err != nil {
			p.fail(err)
		}
	}
}
