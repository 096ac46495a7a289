package faults

import (
	"bytes"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// relay is a TCP proxy that injects network faults. Its far side is a unix socket (Postgres, Redis) or
// TCP.
type relay struct {
	network, address string
	listener         net.Listener
	mode             atomic.Int32
	// commits counts replies to commits while cutting; lost counts those that were dropped.
	commits, lost atomic.Int64
	mu            sync.Mutex
	open          map[net.Conn]bool
	// gone is, for each connection, how long after silence began the far side closed it.
	gone  []time.Duration
	since time.Time
	wait  sync.WaitGroup
}

// The modes of a relay.
const (
	// passing forwards everything.
	passing int32 = iota
	// holding forwards nothing and drops nothing: a short partition, which TCP survives.
	holding
	// cutting forwards requests and drops every third reply to a commit, with its connection: the
	// caller cannot know whether the commit happened.
	cutting
	// silent reads from both sides and forwards nothing: a phone that vanished without closing.
	silent
)

func newRelay(network, address string) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{network: network, address: address, listener: l, open: map[net.Conn]bool{}}
	r.wait.Add(1)
	go r.accept()
	return r, nil
}

func (r *relay) Address() string { return r.listener.Addr().String() }

func (r *relay) set(mode int32) {
	r.mu.Lock()
	r.since = time.Now()
	r.mu.Unlock()
	r.mode.Store(mode)
}

func (r *relay) accept() {
	defer r.wait.Done()
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.DialTimeout(r.network, r.address, 2*time.Second)
		if err != nil {
			reset(near)
			continue
		}
		r.mu.Lock()
		r.open[near], r.open[far] = true, true
		r.mu.Unlock()
		r.wait.Add(2)
		go r.carry(near, far, false)
		go r.carry(far, near, true)
	}
}

// carry copies bytes in one direction; answers marks the direction from the far side.
func (r *relay) carry(from, to net.Conn, answers bool) {
	defer r.wait.Done()
	defer r.end(from, to)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			if answers && r.mode.Load() == silent {
				r.mu.Lock()
				r.gone = append(r.gone, time.Since(r.since))
				r.mu.Unlock()
			}
			return
		}
		for r.mode.Load() == holding && r.listening(from) {
			time.Sleep(20 * time.Millisecond)
		}
		switch mode := r.mode.Load(); {
		case mode == silent:
			continue
		case mode == cutting && answers && bytes.Contains(buffer[:n], []byte("COMMIT\x00")) && r.commits.Add(1)%3 == 0:
			r.lost.Add(1)
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (r *relay) listening(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open[c]
}

func (r *relay) end(a, b net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, a)
	delete(r.open, b)
	reset(a)
	reset(b)
}

// reset closes a connection with a TCP reset, as a lost peer does.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

func (r *relay) Close() {
	err := r.listener.Close()
	r.mu.Lock()
	for c := range r.open {
		err = errors.Join(err, c.Close())
	}
	clear(r.open)
	r.mu.Unlock()
	r.wait.Wait()
	_ = err // connections that others closed first
}

// balancer is the proxy in front of the nodes: round-robin over those whose /readyz succeeds; it never
// moves an open connection.
type balancer struct {
	listener net.Listener
	ready    func(base string) bool
	mu       sync.Mutex
	nodes    map[string]bool
	order    []string
	turn     int
	wait     sync.WaitGroup
	stop     chan struct{}
}

// lookEvery is the interval of the readiness checks.
const lookEvery = 200 * time.Millisecond

func newBalancer(ready func(string) bool) (*balancer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &balancer{listener: l, ready: ready, nodes: map[string]bool{}, stop: make(chan struct{})}
	b.wait.Add(2)
	go b.look()
	go b.accept()
	return b, nil
}

func (b *balancer) Base() string { return "http://" + b.listener.Addr().String() }

// put adds a node, which counts as ready until a check says otherwise.
func (b *balancer) put(base string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.nodes[base] = true
	b.order = append(b.order, base)
}

func (b *balancer) drop(base string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.nodes, base)
	for i, one := range b.order {
		if one == base {
			b.order = append(b.order[:i], b.order[i+1:]...)
			return
		}
	}
}

func (b *balancer) look() {
	defer b.wait.Done()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
		}
		b.mu.Lock()
		order := append([]string(nil), b.order...)
		b.mu.Unlock()
		for _, base := range order {
			is := b.ready(base)
			b.mu.Lock()
			if _, known := b.nodes[base]; known {
				b.nodes[base] = is
			}
			b.mu.Unlock()
		}
	}
}

func (b *balancer) accept() {
	defer b.wait.Done()
	for {
		near, err := b.listener.Accept()
		if err != nil {
			return
		}
		go b.join(near)
	}
}

// next returns the ready nodes in the order in which to try them.
func (b *balancer) next() (out []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn++
	for i := range b.order {
		if base := b.order[(b.turn+i)%len(b.order)]; b.nodes[base] {
			out = append(out, base)
		}
	}
	return out
}

func (b *balancer) join(near net.Conn) {
	for _, base := range b.next() {
		far, err := net.DialTimeout("tcp", base[len("http://"):], time.Second)
		if err != nil {
			continue
		}
		var both sync.WaitGroup
		both.Add(2)
		for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
			go func() {
				defer both.Done()
				pour(way[0], way[1])
			}()
		}
		both.Wait()
		return
	}
	reset(near)
}

// pour copies bytes until either side ends, then closes both; if the sender closed cleanly, what it
// sent before is still delivered.
func pour(from, to net.Conn) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if _, werr := to.Write(buffer[:n]); werr != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	_ = to.Close()
	_ = from.Close()
}

func (b *balancer) Close() {
	close(b.stop)
	_ = b.listener.Close()
	b.wait.Wait()
}
