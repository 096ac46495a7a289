package bench

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

// handle returns the connection's file descriptor, which the connection still owns.
func handle(c *net.TCPConn) (fd int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("reach the socket: %w", err)
	}
	err = raw.Control(func(f uintptr) { fd = int(f) })
	return fd, err
}

// epoll reads the sockets of many peers in one goroutine.
type epoll struct {
	fd    int
	mu    sync.Mutex
	peers map[int32]*Peer
}

func newReader() (reader, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make an epoll: %w", err)
	}
	return &epoll{fd: fd, peers: map[int32]*Peer{}}, nil
}

func (e *epoll) add(p *Peer) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.peers[int32(p.fd)] = p
	return syscall.EpollCtl(e.fd, syscall.EPOLL_CTL_ADD, p.fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(p.fd)})
}

func (e *epoll) remove(p *Peer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.peers[int32(p.fd)] == p {
		delete(e.peers, int32(p.fd))
		_ = syscall.EpollCtl(e.fd, syscall.EPOLL_CTL_DEL, p.fd, nil)
	}
}

func (e *epoll) find(fd int32) *Peer {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.peers[fd]
}

// waitMs is how long a reader sleeps before it checks whether to stop.
const waitMs = 100

func (e *epoll) run(stop <-chan struct{}) {
	events := make([]syscall.EpollEvent, 256)
	buffer := make([]byte, 64<<10)
	for {
		select {
		case <-stop:
			return
		default:
		}
		n, err := syscall.EpollWait(e.fd, events, waitMs)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
		for _, ev := range events[:max(n, 0)] {
			if p := e.find(ev.Fd); p != nil {
				p.readable(buffer)
			}
		}
	}
}

// readable reads what the socket holds. epoll is level-triggered: what does not fit is reported again.
func (p *Peer) readable(buffer []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	n, err := syscall.Read(p.fd, buffer)
	switch {
	case n > 0:
		p.take(buffer[:n], time.Now())
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
	default:
		p.end(1006)
	}
}

func (e *epoll) close() { _ = syscall.Close(e.fd) }
