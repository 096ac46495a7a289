package inbound

import (
	"errors"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"time"
)

// Closing a connection while the peer still sends makes the kernel reset it, and the peer may lose an
// answer it has not read yet. So after the answer is sent, incoming bytes are read and discarded for a
// while.
const (
	lingerFor   = 10 * time.Second
	lingerBytes = 2 << 20
)

// Conn is a connection that counts against the listener's maximum until it is closed. It is idle (may
// be closed for another) until Begin, and again after Rest.
type Conn struct {
	net.Conn
	of *Listener
	// ended: the peer has closed its sending side.
	ended atomic.Bool

	// The fields below are guarded by of.mu.
	in *queue
	// from are the shares of the address of the last request, and known means that it said whose it is.
	from  []share
	known bool
	// by are the keys under which of.works counts this connection; none while it is idle.
	by         []any
	prev, next *Conn
	// cut: closed to make room. freed: no longer counted as open.
	cut, freed, lingers bool
}

// Read records when the peer has closed its sending side.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) {
		c.ended.Store(true)
	}
	return n, err
}

// Ended reports that the peer's last byte was read: a reader that needed more got a truncated request.
func (c *Conn) Ended() bool { return c.ended.Load() }

// share is a key under which busy connections are counted, and how many of them are protected.
type share struct {
	key  any
	most int
}

// Begin marks the connection as busy: a request's header is complete. It returns false if the
// connection was just closed to make room; the request must then not be processed, because nobody would
// get the answer.
func (c *Conn) Begin() bool {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.leave()
	c.lingers = false
	if c.cut || c.freed {
		return false
	}
	c.count(c.from)
	return true
}

// addressKey and siteKey keep the keys of addresses apart from those of people.
type (
	addressKey struct{ of any }
	siteKey    struct{ of any }
)

// From says from which client address the request came, and from which site that is part of; keys are
// comparable, and nil stands for no site. Call it after Begin and before Claim: behind a proxy each
// request of a connection may come from another address.
func (c *Conn) From(address, site any) {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.from = append(c.from[:0], share{addressKey{address}, c.of.most / addressShare})
	if site != nil {
		c.from = append(c.from, share{siteKey{site}, c.of.most / siteShare})
	}
	c.known = false
	if !c.cut && !c.freed {
		c.leave()
		c.count(c.from)
	}
}

// renewables is the key that counts the busy connections of all renewable identities together.
type renewables struct{}

// Claim says whose request is being processed; by is a comparable key. At most `each` busy connections
// of a person are protected; a further one is served too, but may be closed for another. renewable
// marks an identity that anybody can create again, such as a guest of an open meeting: all of these
// together have one share.
func (c *Conn) Claim(by any, renewable bool) {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if c.cut || c.freed {
		return
	}
	c.leave()
	c.known = true
	shares := append(slices.Clone(c.from), share{by, c.of.each})
	if renewable {
		shares = append(shares, share{renewables{}, c.of.most / renewableShare})
	}
	c.count(shares)
}

// count protects a busy connection, or lets it be closed for another when one of its shares is used up.
func (c *Conn) count(shares []share) {
	if slices.ContainsFunc(shares, func(s share) bool { return c.of.works[s.key] >= s.most }) {
		c.idle()
		return
	}
	for _, s := range shares {
		c.of.works[s.key]++
		c.by = append(c.by, s.key)
	}
}

// Rest marks the connection as idle: its request is done, and it may be closed for another.
func (c *Conn) Rest() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.lingers = false
	if !c.cut && !c.freed {
		c.leave()
		c.idle()
	}
}

// idle lets the connection be closed for another; of.mu is held.
func (c *Conn) idle() {
	if c.known {
		c.of.known.push(c)
	} else {
		c.of.unknown.push(c)
	}
}

// Linger says that the peer may still be sending data that nobody will read.
func (c *Conn) Linger() {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.lingers = true
}

// Cut closes a connection whose peer is too slow, at once.
func (c *Conn) Cut() { _ = c.end() }

// Close closes the connection, after lingering if necessary, and frees its place.
func (c *Conn) Close() error {
	if c.lingering() {
		c.linger()
	}
	return c.end()
}

// lingering marks a lingering connection as idle, so that it may be closed for another.
func (c *Conn) lingering() bool {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	if !c.lingers || c.cut || c.freed {
		return false
	}
	c.lingers = false
	if c.in == nil {
		c.leave()            // its request is done: it counts against nobody's share
		c.of.unknown.push(c) // nobody waits for more of it
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

// end closes at once. The place is freed only after the descriptor is.
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

// queue is a list of idle connections, longest idle first; guarded by the listener's mu.
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

// leave removes a connection from its queue, if any, and from the counts of its keys.
func (c *Conn) leave() {
	for _, key := range c.by {
		if c.of.works[key]--; c.of.works[key] == 0 {
			delete(c.of.works, key)
		}
	}
	c.by = nil
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
