package inbound

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// A connection that is closed while the peer still sends is reset, and the peer may lose the
// answer it has not read yet. So the answer goes out first, and then what comes in is read and
// dropped for a while.
const (
	lingerFor   = 10 * time.Second
	lingerBytes = 2 << 20
)

// Conn is a connection on its seat, which it has until it is closed. It waits until Begin, and
// again from Rest on.
type Conn struct {
	net.Conn
	of *Listener
	// ended: the peer says nothing more.
	ended atomic.Bool

	// All below is guarded by of.mu.
	in *queue
	// by is whose request is in work, counted in of.works; nil for nobody's.
	by         any
	prev, next *Conn
	// cut: closed to make room. freed: the seat was given back.
	cut, freed, lingers bool
}

// Read notes the end of what the peer says.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) {
		c.ended.Store(true)
	}
	return n, err
}

// Ended says that the peer's last byte was read: whoever had to read past it lacks something.
func (c *Conn) Ended() bool { return c.ended.Load() }

// Begin says that a request came in whole, but for its body. False when the connection was just
// closed to make room: then nobody would hear an answer, and nothing may be done.
func (c *Conn) Begin() bool {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.leave()
	c.lingers = false
	return !c.cut && !c.freed
}

// Claim says whose request is in work, by a key that can be compared. One person has so many
// connections at work at most: one more works too, but may be closed for another.
func (c *Conn) Claim(by any) {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.cut || c.freed {
		return
	}
	c.leave()
	if c.of.works[by] >= c.of.each {
		c.of.rested.push(c)
		return
	}
	c.by = by
	c.of.works[by]++
}

// Rest says that the request is done, and that the connection may be closed for another from
// now on.
func (c *Conn) Rest() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.lingers = false
	if !c.cut && !c.freed {
		c.leave()
		c.of.rested.push(c)
	}
}

// Linger says that the peer may still be sending what nobody will read.
func (c *Conn) Linger() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.lingers = true
}

// Cut closes a connection whose peer takes too long, without waiting for anything.
func (c *Conn) Cut() { _ = c.end() }

// Close closes the connection, after a while when it is to linger, and gives back the seat.
func (c *Conn) Close() error {
	if c.lingering() {
		c.linger()
	}
	return c.end()
}

// lingering makes the connection one of those that wait: it is closed for others.
func (c *Conn) lingering() bool {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if !c.lingers || c.cut || c.freed {
		return false
	}
	c.lingers = false
	if c.in == nil {
		c.leave() // its request is done: it counts for nobody
		c.of.fresh.push(c)
	}
	return true
}

func (c *Conn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.SetReadDeadline(time.Now().Add(lingerFor))
	var buffer [2 << 10]byte
	for left := lingerBytes; left > 0; {
		n, err := c.Read(buffer[:])
		if left -= n; err != nil {
			return
		}
	}
}

// end closes at once. The seat is free when the descriptor is.
func (c *Conn) end() error {
	err := c.Conn.Close()
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.leave()
	if !c.freed {
		c.freed = true
		c.of.open--
	}
	return err
}

// queue is who waits, longest first; it is guarded by the listener's mu.
type queue struct{ first, last *Conn }

func (q *queue) push(c *Conn) {
	c.in, c.prev, c.next = q, q.last, nil
	if q.last == nil {
		q.first = c
	} else {
		q.last.next = c
	}
	q.last = c
}

// leave takes a connection out of the queue it is in, if any, and out of its person's count.
func (c *Conn) leave() {
	if c.by != nil {
		if c.of.works[c.by]--; c.of.works[c.by] == 0 {
			delete(c.of.works, c.by)
		}
		c.by = nil
	}
	q := c.in
	if q == nil {
		return
	}
	if c.prev == nil {
		q.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		q.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.in, c.prev, c.next = nil, nil, nil
}
