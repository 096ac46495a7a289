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

// Bounds of a connection.
const (
	// maxWaiting is how many bytes may wait for a peer, beside one frame that is bigger alone.
	maxWaiting = 256 << 10
	// kernelBytes is what the kernel keeps for a peer that reads nothing; its own choice would
	// be megabytes.
	kernelBytes = 64 << 10
	// joinBytes is how much goes into one write.
	joinBytes = 32 << 10
	// stuckAfter: a peer that takes not one byte for so long is cut off.
	stuckAfter = 5 * time.Second
	// flushFor is how long an ending connection may take for what is queued, lingerFor how
	// long the peer may take to read that before the connection is gone.
	flushFor  = 2 * time.Second
	lingerFor = 500 * time.Millisecond
)

// Conn is one websocket. Send and Close may be called by anybody; Read and End belong to the
// one goroutine that reads.
type Conn struct {
	set  *Set
	tcp  *net.TCPConn
	raw  syscall.RawConn
	in   reader
	home *worker
	// seat is the place on the wheel of pings.
	slot, seat int

	mu sync.Mutex
	// queue holds what no write was tried for, rest what the kernel took only in part; waiting
	// is the bytes of both.
	queue   []frame
	rest    []byte
	waiting int
	// listed: a worker will come by. draining: the goroutine of this connection alone writes.
	listed, draining bool
	// closing: the close frame is queued, or nothing can be written any more. over: nothing
	// will be written any more; flushed is closed then.
	closing, over bool
	flushed       chan struct{}
	drains        sync.WaitGroup
}

// Send queues one text message; false when the connection is ending. The frame is kept and
// must not change. A peer for whom too much waits is cut off: it comes back for the whole.
func (c *Conn) Send(payload []byte) bool { return c.put(frame{op: opText, payload: payload}) }

// SendPassing is Send for what is true for a moment only, such as counts that change all the
// time. When too much waits it is dropped, before anything else is, and nobody is cut off for it.
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

// full says whether too much would wait with this frame.
func (c *Conn) full(f frame) bool { return c.waiting > 0 && c.waiting+len(f.payload) > maxWaiting }

// Close ends the connection once what is queued has gone out. The first close counts.
func (c *Conn) Close(code wire.CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.close(code, reason)
	}
}

// close is called with mu held, as are all below it that say nothing else.
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

// drop lets go of what no write was tried for.
func (c *Conn) drop() { c.queue, c.waiting = nil, len(c.rest) }

// dropPassing lets go of what is true for a moment only, unless a write was tried for it.
func (c *Conn) dropPassing() {
	c.queue = slices.DeleteFunc(c.queue, func(f frame) bool {
		if f.passing {
			c.waiting -= len(f.payload)
		}
		return f.passing
	})
}

// wakeReader makes a reader that waits give up.
func (c *Conn) wakeReader() { _ = c.tcp.SetReadDeadline(time.Unix(1, 0)) }

// fail ends the connection without another byte.
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

// flush is called by the worker; it never waits for the peer.
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

// join takes frames off the queue into one piece of bytes; last says that the close frame is
// in it.
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

// keep is the memory to join into next time: the usual, not that of one big view.
func keep(b []byte) []byte {
	if cap(b) > 2*joinBytes {
		return nil
	}
	return b[:0]
}

// drain writes for one connection whose peer is slow, until nothing is left. It waits, so it
// runs in a goroutine of its own.
func (c *Conn) drain(last bool) {
	defer c.guard()
	for {
		_ = c.tcp.SetWriteDeadline(time.Now().Add(stuckAfter))
		n, err := c.tcp.Write(c.rest) // rest is this goroutine's while draining
		if more := c.drained(n, err, &last); !more {
			return
		}
	}
}

func (c *Conn) drained(n int, err error, last *bool) (more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stuck := errors.Is(err, os.ErrDeadlineExceeded) && n > 0 // it moves, if slowly
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

// Read gives the next message. After an error the connection is ending; call End.
func (c *Conn) Read() ([]byte, error) {
	c.heard()
	message, err := c.in.message(wire.MaxFrame, c.control)
	var broken *Violation
	if errors.As(err, &broken) {
		c.Close(broken.Code, broken.Why)
	}
	return message, err
}

// control takes in a ping or a pong.
func (c *Conn) control(op byte, payload []byte) {
	c.heard()
	if op == opPing {
		c.put(frame{op: opPong, payload: payload})
	}
}

// heard gives the peer time again, unless the connection is ending.
func (c *Conn) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		_ = c.tcp.SetReadDeadline(time.Now().Add(c.set.Silent))
	}
}

// End lets what is queued go out, closes the connection and returns when nothing of it runs.
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

// linger reads what still comes in: closing a connection with unread bytes resets it, and the
// peer would lose the close frame.
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
