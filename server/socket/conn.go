package socket

import (
	"bytes"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"amends/server/wire"
)

// Limits of a connection.
const (
	// maxWaiting bounds the bytes queued for a peer; a single larger frame is accepted on an empty
	// queue.
	maxWaiting = 256 << 10
	// kernelBytes is the kernel's send buffer for a connection; left to itself the kernel grows it to
	// megabytes for a peer that does not read.
	kernelBytes = 64 << 10
	// joinBytes is how many bytes of queued frames are joined into one write.
	joinBytes = 32 << 10
	// stuckAfter: a peer that accepts no byte at all for this long is disconnected.
	stuckAfter = 5 * time.Second
	// flushFor bounds how long an ending connection may take to send its queue, lingerFor how long the
	// peer may then take to read it before the connection is closed.
	flushFor  = 2 * time.Second
	lingerFor = 500 * time.Millisecond
)

// Conn is one websocket. Any goroutine may call Send and Close; only the connection's reading goroutine
// may call Read and End.
type Conn struct {
	set  *Set
	tcp  *net.TCPConn
	raw  syscall.RawConn
	in   reader
	home *worker
	// slot and seat are the connection's position on the ping wheel.
	slot, seat int

	mu sync.Mutex
	// queue holds frames for which no write was tried yet, rest the remainder of a partial write;
	// waiting is the bytes in both.
	queue   []frame
	rest    []byte
	waiting int
	// listed: the connection is in its worker's list. draining: only drain writes.
	listed, draining bool
	// closing: the close frame is queued, or writing has failed. over: nothing will be written any
	// more, and flushed is closed.
	closing, over bool
	flushed       chan struct{}
	drains        sync.WaitGroup
}

// Send queues one text message; it returns false when the connection is ending. The payload is kept and
// must not change. A peer whose queue is full is closed with CloseTooSlow: it reconnects and gets the
// whole state again.
func (c *Conn) Send(payload []byte) bool { return c.put(frame{op: opText, payload: payload}) }

// SendPassing is Send for state that the next message replaces, such as changing counts. When the queue
// is full, passing frames are dropped first, and a passing frame never closes the connection.
func (c *Conn) SendPassing(payload []byte) bool {
	return c.put(frame{op: opText, payload: payload, passing: true})
}

func (c *Conn) put(f frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return false
	}
	if c.full(f) {
		c.dropPassing()
	}
	switch {
	case !c.full(f):
	case f.passing:
		return true
	default:
		c.drop()
		c.close(wire.CloseTooSlow, "too slow")
		return false
	}
	c.enqueue(f)
	return true
}

// full reports whether this frame would exceed maxWaiting.
func (c *Conn) full(f frame) bool { return c.waiting > 0 && c.waiting+len(f.payload) > maxWaiting }

// Close ends the connection once its queue is sent. Only the first close has an effect.
func (c *Conn) Close(code wire.CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.close(code, reason)
	}
}

// close needs mu held, as do all methods below unless they lock it themselves.
func (c *Conn) close(code wire.CloseCode, reason string) {
	c.closing = true
	c.enqueue(frame{op: opClose, payload: closing(code, reason)})
	c.wakeReader()
}

func (c *Conn) enqueue(f frame) {
	c.queue, c.waiting = append(c.queue, f), c.waiting+len(f.payload)
	if !c.listed && !c.draining {
		c.listed = true
		c.home.add(c)
	}
}

// drop discards all frames for which no write was tried.
func (c *Conn) drop() { c.queue, c.waiting = nil, len(c.rest) }

// dropPassing discards the queued passing frames.
func (c *Conn) dropPassing() {
	c.queue = slices.DeleteFunc(c.queue, func(f frame) bool {
		if f.passing {
			c.waiting -= len(f.payload)
		}
		return f.passing
	})
}

// wakeReader unblocks a pending Read by setting a deadline in the past.
func (c *Conn) wakeReader() { _ = c.tcp.SetReadDeadline(time.Unix(1, 0)) }

// fail ends the connection without writing another byte.
func (c *Conn) fail() {
	c.rest, c.closing = nil, true
	c.drop()
	c.finish()
	c.wakeReader()
}

func (c *Conn) finish() {
	if !c.over {
		c.over = true
		close(c.flushed)
	}
}

// flush writes the queue; the worker calls it, so it must never block on the peer.
func (c *Conn) flush(w *worker) {
	defer c.guard()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listed = false
	for len(c.queue) > 0 && !c.draining && !c.over {
		bytesOut, last := c.join(w.joined)
		w.joined = keep(bytesOut)
		n, err := w.try(c.raw, bytesOut)
		switch {
		case err != nil:
			c.fail()
		case n < len(bytesOut):
			c.rest = bytes.Clone(bytesOut[n:])
			c.waiting += len(c.rest)
			c.draining = true
			c.drains.Go(func() { c.drain(last) })
		case last:
			c.finish()
		}
	}
}

// join takes frames off the queue, up to joinBytes, and encodes them into one buffer; last reports
// whether the close frame is among them.
func (c *Conn) join(into []byte) (out []byte, last bool) {
	n := 0
	for out = into[:0]; n < len(c.queue); n++ {
		f := c.queue[n]
		if n > 0 && len(out)+maxHeader+len(f.payload) > joinBytes {
			break
		}
		out, last, c.waiting = f.append(out), f.op == opClose, c.waiting-len(f.payload)
	}
	left := copy(c.queue, c.queue[n:])
	clear(c.queue[left:])
	if c.queue = c.queue[:left]; left == 0 && cap(c.queue) > 8 {
		c.queue = nil
	}
	return out, last
}

// keep returns the buffer for the next join, unless one large frame has made it grow too much.
func keep(b []byte) []byte {
	if cap(b) > 2*joinBytes {
		return nil
	}
	return b[:0]
}

// drain writes to one slow peer until its queue is empty. It blocks, so each connection has its own
// goroutine for it.
func (c *Conn) drain(last bool) {
	defer c.guard()
	for {
		_ = c.tcp.SetWriteDeadline(time.Now().Add(stuckAfter))
		n, err := c.tcp.Write(c.rest) // only drain touches rest while draining is set
		if more := c.drained(n, err, &last); !more {
			return
		}
	}
}

func (c *Conn) drained(n int, err error, last *bool) (more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stuck := errors.Is(err, os.ErrDeadlineExceeded) && n > 0 // a slow peer that still accepts bytes is not stuck
	if c.over || err != nil && !stuck {
		c.fail()
		return false
	}
	c.rest, c.waiting = c.rest[n:], c.waiting-n
	if len(c.rest) > 0 {
		return true
	}
	if c.rest = nil; *last {
		c.finish()
		return false
	}
	if len(c.queue) > 0 {
		c.rest, *last = c.join(nil)
		c.waiting += len(c.rest)
		return true
	}
	_ = c.tcp.SetWriteDeadline(time.Time{})
	c.draining = false
	return false
}

// Read returns the next text message. After an error the connection is ending; call End.
func (c *Conn) Read() ([]byte, error) {
	c.heard()
	message, err := c.in.message(wire.MaxFrame, c.control)
	var broken *Violation
	if errors.As(err, &broken) {
		c.Close(broken.Code, broken.Why)
	}
	return message, err
}

// control handles a ping or pong.
func (c *Conn) control(op byte, payload []byte) {
	c.heard()
	if op == opPing {
		c.put(frame{op: opPong, payload: payload})
	}
}

// heard restarts the peer's silence timeout, unless the connection is ending.
func (c *Conn) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		_ = c.tcp.SetReadDeadline(time.Now().Add(c.set.Silent))
	}
}

// End sends what is queued, closes the connection and returns when none of its goroutines run.
func (c *Conn) End() {
	defer c.set.open.Done()
	defer c.set.wheel.leave(c)
	c.Close(closeNormal, "")
	patience := time.NewTimer(flushFor)
	defer patience.Stop()
	select {
	case <-c.flushed:
		c.linger()
	case <-patience.C:
	}
	_ = c.tcp.Close()
	c.drains.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail()
}

// linger reads and discards what the peer still sends: closing a socket with unread bytes makes the
// kernel send a reset, and the peer could lose the close frame.
func (c *Conn) linger() {
	if c.tcp.CloseWrite() != nil {
		return
	}
	_ = c.tcp.SetReadDeadline(time.Now().Add(lingerFor))
	for {
		if _, err := c.tcp.Read(c.in.buffer[:]); err != nil {
			return
		}
	}
}
