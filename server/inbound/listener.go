// Package inbound accepts connections so that a flood of them cannot stop the server.
//
// Rules: when file descriptors run out, the listener waits and goes on. The number of open connections
// is capped so that descriptors remain for the database, Redis and files. At the cap, a new connection
// is accepted and one that is idle is closed for it: first the one idle longest of those on which nobody
// said who they are, then the one idle longest between requests. A busy connection (a request is being
// processed) or an identified person's socket is never closed for another; but each person has only a
// few of these, or one sign-in could shut everybody out. So strangers who hold connections open
// displace one another, and a connection that sends its request becomes busy long before its turn to be
// closed. Leaving new connections in the kernel's backlog would queue them behind the strangers, and
// refusing them would shut them out.
//
// Nor can one address shut others out, whatever identities it holds: its busy connections beyond a share
// are served, but the first to be closed when there is no room. That counts from the header on, which
// names the client behind the operator's proxy; before that, the proxy's own address is that of all.
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

// Pauses after a failed Accept, and between two log lines.
const (
	firstPause = 5 * time.Millisecond
	mostPause  = time.Second
	sayEvery   = time.Minute
)

// One person has at most mostEach protected connections, or a share of the maximum where that is small,
// but never below fewestEach. A browser opens six.
const (
	fewestEach = 4
	mostEach   = 16
	shares     = 8
	// renewableShare: all guests together get half of the connections.
	renewableShare = 2
	// addressShare: one address (an IPv6 /64) gets a quarter of them, 4,096 of the default maximum. A phone
	// in a room holds one connection, and a browser that loads pages six for a moment, so this is a
	// treatment center with more than a thousand people behind one address. Where it is too few (a small
	// limit of open files), nobody is refused as long as there is room. siteShare: an IPv6 /48 gets half.
	addressShare = 4
	siteShare    = 2
)

// Listener caps the number of open connections. Make one with Listen.
type Listener struct {
	net.Listener
	most   int
	each   int
	log    *slog.Logger
	closed chan struct{}
	once   sync.Once

	mu   sync.Mutex
	open int
	// works counts busy connections by the key of Claim.
	works map[any]int
	// unknown are idle connections on which nobody said who they are: new ones, and those of requests by
	// strangers, such as one whose body is late. known are those of identified people. The unknown are
	// closed first, so a new connection has the longest time to say who it is.
	unknown, known queue
	// cut and refused are counters for the log, which is written at most once per sayEvery.
	cut, refused int
	said         time.Time
}

// Listen wraps a listener so that at most `most` connections are open at once.
func Listen(l net.Listener, most int, log *slog.Logger) *Listener {
	each := max(fewestEach, min(mostEach, most/shares))
	return &Listener{Listener: l, most: most, each: each, log: log, closed: make(chan struct{}), works: map[any]int{}}
}

// Accept returns the next connection, a *Conn. It fails only when the listener is closed or broken.
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

// Close ends Accept, even while it pauses.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// passes reports a temporary Accept error: no descriptor or memory now, or the peer is gone already
// (accept(2), "Error handling").
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

// lack handles a failed Accept; if descriptors are exhausted, the connection idle longest is closed.
func (l *Listener) lack(err error) {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		l.makeRoom()
	}
	l.say("a connection could not be accepted", "err", err)
}

// seat counts a new connection; nil when the cap is reached and all others are busy.
func (l *Listener) seat(c net.Conn) *Conn {
	for l.full() {
		made := l.makeRoom()
		l.say("the maximum of open connections is reached")
		if !made {
			return nil
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	seated := &Conn{Conn: c, of: l}
	l.open++
	l.unknown.push(seated)
	return seated
}

func (l *Listener) full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open >= l.most
}

// makeRoom closes the connection idle longest; false when none is idle.
func (l *Listener) makeRoom() bool {
	l.mu.Lock()
	longest := l.unknown.first
	if longest == nil {
		longest = l.known.first
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
	// A failed close has freed the place all the same.
	_ = longest.end()
	return true
}

// say logs at most once per sayEvery, with counters and never an address.
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
