// Package inbound accepts connections so that a flood of them ends nothing.
//
// The rules: running out of descriptors is waited out and never ends the server. No more
// connections are open at once than leave descriptors for the database, Redis and files.
// When all are taken, a new connection is accepted and the one that has waited longest
// without a request is closed for it. A connection on which a request is in work is not
// closed for another, nor is the socket of somebody who is known; but one person has a few of
// these at most, or one cookie would be enough to shut everybody out. So strangers who hold
// connections push out one another: who comes with a request has it in work long before it
// would be their turn. Waiting in the kernel's queue instead would put them behind the
// strangers, and refusing would leave them out.
//
// No limit by address: behind the operator's proxy all have the same one.
package inbound

import (
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Pauses after an Accept that failed, and between two lines of the log.
const (
	firstPause = 5 * time.Millisecond
	mostPause  = time.Second
	sayEvery   = time.Minute
)

// One person has at most mostEach connections that are not closed for others, and where there are
// few connections a share of them. A browser opens six.
const (
	fewestEach = 4
	mostEach   = 16
	shares     = 8
)

// Listener gives connections with a seat each. Make it with Listen.
type Listener struct {
	net.Listener
	most   int
	each   int
	log    *slog.Logger
	closed chan struct{}
	once   sync.Once

	mu   sync.Mutex
	open int
	// works counts the connections at work by person.
	works map[any]int
	// fresh have never had a request, rested wait for their next one; fresh go first.
	fresh, rested queue
	// cut and refused count for the log, which says them at most once in sayEvery.
	cut, refused int
	said         time.Time
}

// Listen puts seats around a listener: at most so many connections at once.
func Listen(l net.Listener, most int, log *slog.Logger) *Listener {
	each := max(fewestEach, min(mostEach, most/shares))
	return &Listener{Listener: l, most: most, each: each, log: log, closed: make(chan struct{}), works: map[any]int{}}
}

// Accept gives the next connection, a *Conn. It fails only when the listener is closed or broken.
func (l *Listener) Accept() (net.Conn, error) {
	pause := firstPause
	for {
		c, err := l.Listener.Accept()
		switch {
		case err != nil && !passes(err):
			return nil, err
		case err != nil:
			l.lack(err)
			l.wait(pause)
			pause = min(2*pause, mostPause)
			continue
		}
		pause = firstPause
		if seated := l.seat(c); seated != nil {
			return seated, nil
		}
		_ = c.Close()
	}
}

// Close ends Accept, also one that pauses.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// passes says that an Accept may succeed later: there is no descriptor or no memory now, or the
// connection that was to be given is gone (accept(2), "Error handling").
func passes(err error) bool {
	return slices.ContainsFunc([]error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EPROTO,
		syscall.EPERM, syscall.EINTR, syscall.EAGAIN, syscall.ENETDOWN, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENETUNREACH},
		func(one error) bool { return errors.Is(err, one) })
}

func (l *Listener) wait(pause time.Duration) {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.closed:
	}
}

// lack takes in that an Accept failed; where descriptors are short, who waits longest gives one.
func (l *Listener) lack(err error) {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		l.makeRoom()
	}
	l.say("a connection could not be accepted", "err", err)
}

// seat gives a connection its seat; nil when every other one is at work.
func (l *Listener) seat(c net.Conn) *Conn {
	for l.full() {
		made := l.makeRoom()
		l.say("connections are at their most")
		if !made {
			return nil
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	seated := &Conn{Conn: c, of: l}
	l.open++
	l.fresh.push(seated)
	return seated
}

func (l *Listener) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open >= l.most
}

// makeRoom closes who has waited longest without a request; false when nobody waits.
func (l *Listener) makeRoom() bool {
	l.mu.Lock()
	longest := l.fresh.first
	if longest == nil {
		longest = l.rested.first
	}
	if longest == nil {
		l.refused++
		l.mu.Unlock()
		return false
	}
	longest.leave()
	longest.cut = true
	l.cut++
	l.mu.Unlock()
	// A close that fails has given back the seat all the same.
	_ = longest.end()
	return true
}

// say logs at most once in sayEvery, with what was counted and never an address.
func (l *Listener) say(what string, more ...any) {
	l.mu.Lock()
	now := time.Now()
	if now.Sub(l.said) < sayEvery {
		l.mu.Unlock()
		return
	}
	l.said = now
	counts := []any{"open", l.open, "most", l.most, "closed_for_others", l.cut, "refused", l.refused}
	l.mu.Unlock()
	l.log.Warn(what, append(counts, more...)...)
}
