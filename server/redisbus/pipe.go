package redisbus

import (
	"errors"
	"net"
	"sync"
	"time"
)

// maxUnsentBytes bounds a pipe's buffer; no single message of ours comes near it.
const maxUnsentBytes = 4 << 20

// pipe adds a send buffer to an unbuffered connection (net.Pipe, which the embedded Redis hands out),
// so that a write returns before the peer reads, as on a socket. Without it both sides can deadlock: we
// write SUBSCRIBE, go-redis holds its lock and does not read, and the embedded Redis writes a message
// and does not read either.
//
// When the buffer is full, the write and the connection fail.
type pipe struct {
	net.Conn

	mu     sync.Mutex
	unsent []byte
	failed error

	// wake holds at most one signal: the writer takes all that is unsent, so a second adds nothing.
	wake chan struct{}
	done chan struct{}
}

func newPipe(conn net.Conn) *pipe {
	p := &pipe{Conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go p.run()
	return p
}

// Write implements net.Conn.
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

// SetDeadline implements net.Conn; writes never block, so only reads have a deadline.
func (p *pipe) SetDeadline(at time.Time) error { return p.Conn.SetReadDeadline(at) }

// SetWriteDeadline implements net.Conn.
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
