//go:build !linux

package bench

import (
	"net"
	"sync"
	"time"
)

// Without epoll, each peer is read by its own goroutine: sufficient for a small number of them; these
// figures are not for comparison.

func handle(*net.TCPConn) (int, error) { return 1, nil }

type goroutines struct {
	wait sync.WaitGroup
	mu   sync.Mutex
	out  map[*Peer]bool
}

func newReader() (reader, error) { return &goroutines{out: map[*Peer]bool{}}, nil }

func (g *goroutines) add(p *Peer) error {
	g.wait.Add(1)
	go func() {
		defer g.wait.Done()
		buffer := make([]byte, 16<<10)
		for {
			n, err := p.conn.Read(buffer)
			g.mu.Lock()
			stalled := g.out[p]
			g.mu.Unlock()
			if stalled {
				return
			}
			p.mu.Lock()
			if n > 0 && !p.closed {
				p.take(buffer[:n], time.Now())
			}
			if err != nil {
				p.end(1006)
			}
			over := p.closed
			p.mu.Unlock()
			if over {
				return
			}
		}
	}()
	return nil
}

func (g *goroutines) remove(p *Peer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out[p] = true
}

func (g *goroutines) run(stop <-chan struct{}) { <-stop }

func (g *goroutines) close() { g.wait.Wait() }
