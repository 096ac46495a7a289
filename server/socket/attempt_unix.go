//go:build unix

package socket

import (
	"errors"
	"syscall"
)

// Bare says that this system has sockets that can be written without waiting.
const Bare = true

// attempt is one write that does not wait. It goes through the connection's RawConn, which
// keeps the number of the descriptor from being used by another connection meanwhile. Control
// does that; Write would also get ready to wait, each time.
type attempt struct {
	out  []byte
	n    int
	err  error
	call func(fd uintptr)
}

// prepare binds the call once, so that a write costs no memory.
func (a *attempt) prepare() { a.call = a.once }

// try gives how much the kernel took; less than all means that the peer is slow. Only one
// caller may write a connection at a time.
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
			return // never wait here
		}
		a.n, a.err = max(0, n), err
		return
	}
}
