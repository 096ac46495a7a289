// Package bench is the load side of `amends bench`: many connections from few goroutines, and an exact
// count of what they received.
//
// Rules: everything is bounded, in number and in time. It connects to loopback only, unless the
// operator says that the server is their own. It uses nothing but the public API, and a minimal
// websocket client on the standard library, so that a slow client is not mistaken for a slow server.
package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"sync"
	"time"
)

// Peer is one connection of a swarm.
type Peer struct {
	ID    int
	Door  Doorway
	conn  *net.TCPConn
	fd    int
	swarm *Swarm

	// mu makes reading and closing exclude each other.
	mu     sync.Mutex
	buffer []byte
	closed bool
	// code is the server's close code, 1006 for an end without one, 0 while open.
	code int
}

// Listener gets each text frame from the goroutine that reads the peer. The payload is only valid
// during the call.
type Listener interface {
	Text(p *Peer, payload []byte, at time.Time)
	// Ended is called once, also when we closed the connection ourselves.
	Ended(p *Peer, code int)
}

// Swarm is many connections, read by few goroutines.
type Swarm struct {
	ear     Listener
	readers []reader
	wait    sync.WaitGroup
	stop    chan struct{}

	mu    sync.Mutex
	peers []*Peer
}

// reader waits for many sockets at once; each operating system has its own.
type reader interface {
	add(p *Peer) error
	remove(p *Peer)
	run(stop <-chan struct{})
	close()
}

// NewSwarm starts the readers. The caller must call Close.
func NewSwarm(ear Listener, readers int) (*Swarm, error) {
	s := &Swarm{ear: ear, stop: make(chan struct{})}
	for range readers {
		r, err := newReader()
		if err != nil {
			s.Close()
			return nil, err
		}
		s.readers = append(s.readers, r)
		s.wait.Add(1)
		go func() {
			defer s.wait.Done()
			r.run(s.stop)
		}()
	}
	return s, nil
}

// dialPatience is the timeout of one connect with its upgrade.
const dialPatience = 20 * time.Second

// Open opens a connection per Doorway, at most parallel at a time, and returns the opened peers and the
// errors of the others.
func (s *Swarm) Open(ctx context.Context, doors []Doorway, parallel int) (opened []*Peer, failed []error) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	slots := make(chan struct{}, parallel)
	for _, door := range doors {
		slots <- struct{}{}
		wait.Add(1)
		go func() {
			defer wait.Done()
			p, err := s.open(ctx, door)
			<-slots
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = append(failed, err)
			} else {
				opened = append(opened, p)
			}
		}()
	}
	wait.Wait()
	return opened, failed
}

func (s *Swarm) open(ctx context.Context, door Doorway) (*Peer, error) {
	dialer := net.Dialer{Timeout: dialPatience}
	c, err := dialer.DialContext(ctx, "tcp", door.Address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	p := &Peer{Door: door, conn: c.(*net.TCPConn), swarm: s}
	_ = c.SetDeadline(time.Now().Add(dialPatience))
	if !door.Bare {
		if p.buffer, err = upgrade(c, door); err != nil {
			_ = c.Close()
			return nil, err
		}
	}
	_ = c.SetDeadline(time.Time{})
	if p.fd, err = handle(p.conn); err != nil {
		_ = c.Close()
		return nil, err
	}
	s.mu.Lock()
	p.ID = len(s.peers)
	s.peers = append(s.peers, p)
	s.mu.Unlock()
	for _, text := range door.Hello {
		if err := p.Send(text); err != nil {
			p.Close()
			return nil, err
		}
	}
	// Bytes received beyond the upgrade are parsed before the reader may see the socket.
	p.mu.Lock()
	p.parse(time.Now())
	p.mu.Unlock()
	if err := s.readerOf(p).add(p); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (s *Swarm) readerOf(p *Peer) reader { return s.readers[p.ID%len(s.readers)] }

// Send writes one text frame.
func (p *Peer) Send(text string) error {
	_ = p.conn.SetWriteDeadline(time.Now().Add(dialPatience))
	_, err := p.conn.Write(masked(opText, []byte(text)))
	return err
}

// Stall stops reading this peer and shrinks its receive buffer, like a phone with a frozen page.
func (p *Peer) Stall() {
	_ = p.conn.SetReadBuffer(4 << 10)
	p.swarm.readerOf(p).remove(p)
}

// Close resets the connection without a close frame, as a lost network does.
func (p *Peer) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end(1006)
}

// end needs mu held.
func (p *Peer) end(code int) {
	if p.closed {
		return
	}
	p.closed, p.code = true, code
	if p.fd != 0 {
		p.swarm.readerOf(p).remove(p)
	}
	_ = p.conn.SetLinger(0)
	_ = p.conn.Close()
	p.buffer = nil
	p.swarm.ear.Ended(p, code)
}

// take is called by a reader with mu held; b is only valid during the call.
func (p *Peer) take(b []byte, at time.Time) {
	if len(p.buffer) > 0 {
		p.buffer = append(p.buffer, b...)
		p.parse(at)
		return
	}
	rest := p.frames(b, at)
	p.buffer = append(p.buffer[:0], rest...)
}

func (p *Peer) parse(at time.Time) {
	rest := p.frames(p.buffer, at)
	if !p.closed {
		p.buffer = append(p.buffer[:0], rest...)
	}
}

func (p *Peer) frames(b []byte, at time.Time) []byte {
	for !p.closed {
		op, payload, rest, whole, err := cut(b)
		switch {
		case err != nil:
			p.end(1006)
			return nil
		case !whole:
			return rest
		case op == opText:
			p.swarm.ear.Text(p, payload, at)
		case op == opPing:
			_ = p.conn.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = p.conn.Write(masked(opPong, payload))
		case op == opClose:
			code := 1005
			if len(payload) >= 2 {
				code = int(binary.BigEndian.Uint16(payload))
			}
			p.end(code)
			return nil
		}
		b = rest
	}
	return nil
}

// Close closes every connection and the readers, and waits for them.
func (s *Swarm) Close() {
	s.mu.Lock()
	peers := s.peers
	s.mu.Unlock()
	for _, p := range peers {
		p.Close()
	}
	close(s.stop)
	s.wait.Wait()
	for _, r := range s.readers {
		r.close()
	}
}
