package socket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// pingEvery is the interval between pings to one peer, in seconds.
const pingEvery = 25

// silentAfter leaves time for two pings and their pongs.
const silentAfter = 60 * time.Second

// Set is all websockets of a process and what they share: the workers that write and the wheel that
// pings.
type Set struct {
	// Silent is how long a peer may send nothing, not even a pong, before it counts as gone. Set it
	// before the first Open.
	Silent  time.Duration
	log     *slog.Logger
	workers []*worker
	wheel   wheel
	// came counts all connections ever opened; it spreads them over the workers.
	came atomic.Uint64
	stop chan struct{}
	wait sync.WaitGroup

	mu     sync.Mutex
	closed bool
	// open counts connections between Open and the return of End.
	open sync.WaitGroup
}

// ErrClosed says that this process accepts no more websockets.
var ErrClosed = errors.New("socket: closed")

// NewSet starts the workers and the wheel. The caller must call Close.
func NewSet(log *slog.Logger) *Set {
	s := &Set{Silent: silentAfter, log: log, stop: make(chan struct{})}
	for range runtime.GOMAXPROCS(0) {
		w := newWorker()
		s.workers = append(s.workers, w)
		s.wait.Go(func() { w.run(s.stop) })
	}
	s.wait.Go(func() { s.wheel.run(s.stop) })
	return s
}

// Close accepts no more websockets, waits for the open ones to end, closes the remaining connections
// when ctx is done, and stops the workers. It sends no close frames: the caller must have closed the
// peers before.
func (s *Set) Close(ctx context.Context) {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return
	}
	ended := make(chan struct{})
	go func() { s.open.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
		s.wheel.each(func(c *Conn) { _ = c.tcp.Close() })
		<-ended // a closed connection ends its reader
	}
	close(s.stop)
	s.wait.Wait()
}

// Open makes a websocket of a connection whose upgrade was answered; early is what was read from it
// beyond the upgrade request. It owns the connection from here on and closes it on error (ErrClosed,
// or the connection's own). The caller must call End on the Conn.
func (s *Set) Open(tcp *net.TCPConn, early []byte) (*Conn, error) {
	raw, err := tcp.SyscallConn()
	if err == nil {
		err = s.count()
	}
	if err != nil {
		_ = tcp.Close()
		return nil, fmt.Errorf("open a socket: %w", err)
	}
	_ = tcp.SetWriteBuffer(kernelBytes) // if this fails, a slow peer only costs more memory
	c := &Conn{set: s, tcp: tcp, raw: raw, flushed: make(chan struct{})}
	c.in.from, c.in.rest = tcp, early
	c.home = s.workers[int(s.came.Add(1)%uint64(len(s.workers)))]
	s.wheel.join(c)
	return c, nil
}

func (s *Set) count() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.open.Add(1)
	return nil
}

// guard is deferred so that a panic on one connection does not end the process for all of them.
func (c *Conn) guard() {
	if r := recover(); r != nil {
		c.set.log.Error("writing to a socket panicked", "err", fmt.Sprint(r), "stack", string(debug.Stack()))
		c.mu.Lock()
		defer c.mu.Unlock()
		c.fail()
	}
}

// worker writes for its share of the connections.
type worker struct {
	mu   sync.Mutex
	list []*Conn
	// wake holds at most one signal: the worker takes the whole list, so a second adds nothing.
	wake chan struct{}
	// joined is the buffer in which frames are joined for one write.
	joined []byte
	attempt
}

func newWorker() *worker {
	w := &worker{wake: make(chan struct{}, 1)}
	w.attempt.prepare()
	return w
}

func (w *worker) add(c *Conn) {
	w.mu.Lock()
	w.list = append(w.list, c)
	first := len(w.list) == 1
	w.mu.Unlock()
	if !first {
		return // whoever added the first connection wakes the worker, which takes the whole list
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *worker) run(stop <-chan struct{}) {
	var list []*Conn
	for {
		select {
		case <-stop:
			return
		case <-w.wake:
		}
		w.mu.Lock()
		list, w.list = w.list, list[:0]
		w.mu.Unlock()
		for _, c := range list {
			c.flush(w)
		}
		clear(list)
	}
}

// wheel pings every connection once in pingEvery seconds, an equal share of them each second.
type wheel struct {
	mu    sync.Mutex
	slots [pingEvery][]*Conn
	next  int
}

// join gives a connection a seat; it may be pinged from then on.
func (w *wheel) join(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c.slot, w.next = w.next, (w.next+1)%pingEvery
	c.seat = len(w.slots[c.slot])
	w.slots[c.slot] = append(w.slots[c.slot], c)
}

// leave frees the connection's seat and moves the last connection of the slot into it.
func (w *wheel) leave(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	slot := w.slots[c.slot]
	if c.seat < 0 {
		return
	}
	last := len(slot) - 1
	slot[c.seat], slot[last].seat = slot[last], c.seat
	slot[last], w.slots[c.slot] = nil, slot[:last]
	c.seat = -1
}

func (w *wheel) each(f func(*Conn)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, slot := range w.slots {
		for _, c := range slot {
			f(c)
		}
	}
}

func (w *wheel) run(stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for at := 0; ; at = (at + 1) % pingEvery {
		select {
		case <-stop:
			return
		case <-tick.C:
			w.turn(at)
		}
	}
}

// turn pings the connections of one slot.
func (w *wheel) turn(at int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.slots[at] {
		c.put(frame{op: opPing})
	}
}
