//go:build unix

package socket

import (
	"errors"
	"syscall"
)

// Bare reports whether this system has sockets that can be written without blocking.
const Bare = true

// attempt is one non-blocking write. It goes through the connection's RawConn, which keeps the file
// descriptor from being closed and reused by another connection meanwhile. RawConn.Control is enough
// for that; RawConn.Write would also register with the poller on every call.
type attempt struct {
	out  []byte
	n    int
	err  error
	call func(fd uintptr)
}

// prepare binds the method value once, so that a write allocates nothing.
func (a *attempt) prepare() { a.call = a.once }

// try returns how many bytes the kernel took; fewer than len(out) means that the peer is slow. Only one
// goroutine at a time may write to a connection.
func (a *attempt) try(raw syscall.RawConn, out []byte) (int, error) {
	a.out, a.n, a.err = out, 0, nil
	err := raw.Control(a.call)
	a.out = nil
	if err != nil {
		return 0, err
	}
	return a.n, a.err
}

func (a *attempt) once(fd uintptr) {
	for {
		n, err := writeNow(int(fd), a.out)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return // try again later, from drain: never block here
		}
		a.n, a.err = max(0, n), err
		return
	}
}
