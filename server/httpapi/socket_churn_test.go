package httpapi

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amends/server/live"
	"amends/server/wire"
)

// crier keeps every connection ever opened, and keeps sending to and closing them under the name of
// their person, long after their end.
type crier struct {
	mu   sync.Mutex
	kept []kept
}

type kept struct {
	who  string
	conn live.Conn
}

// graves is how many ended connections the crier still sends to.
const graves = 400

func (c *crier) keep(who string, conn live.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept = append(c.kept, kept{who, conn}); len(c.kept) > 2*graves {
		c.kept = append(c.kept[:0], c.kept[graves:]...)
	}
}

func (c *crier) cry(stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		c.mu.Lock()
		all := append([]kept(nil), c.kept...)
		c.mu.Unlock()
		for i, k := range all {
			k.conn.Send([]byte("for " + k.who))
			if i < graves/2 && n%2 == 0 && len(all) > graves {
				k.conn.Close(wire.CloseGoingAway, "by "+k.who)
			}
		}
		time.Sleep(time.Millisecond) // yields the processor; correctness does not depend on it
	}
}

// Trap 1: a write through a connection kept after its end reached another person's connection. Ten
// thousand connections open and close while somebody keeps writing to all ended ones.
func TestNoFrameReachesAnotherPersonsConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		libraryOnly bool
		people      int
	}{"bare": {false, 7000}, "library": {true, 3000}} {
		t.Run(name, func(t *testing.T) { churn(t, c.libraryOnly, c.people) })
	}
}

func churn(t *testing.T, libraryOnly bool, people int) {
	t.Helper()
	const atOnce = 100 // with at most as many of the other kind at the same time
	cries := &crier{}
	p := newPorch(t, libraryOnly, func(v *visitor, conn live.Conn) func(func() ([]byte, error)) {
		who := v.who.Request
		cries.keep(who, conn)
		conn.Send([]byte("for " + who))
		return func(read func() ([]byte, error)) {
			for {
				frame, err := read()
				if err != nil {
					return
				}
				if string(frame) == "end" {
					conn.Close(wire.CloseRemoved, "by "+who)
				} else if string(frame) != "from "+who {
					t.Errorf("%s received %q", who, frame)
				}
			}
		}
	})
	stop := make(chan struct{})
	var criers, readers sync.WaitGroup
	for range 2 {
		criers.Go(func() { cries.cry(stop) })
	}
	var wrong, heard, next atomic.Int64
	for range atOnce {
		readers.Go(func() {
			for n := next.Add(1); n <= int64(people); n = next.Add(1) {
				if err := visitOnce(p.address, fmt.Sprintf("p%d", n), int(n), &heard, &wrong); err != nil {
					t.Errorf("person %d: %v", n, err)
					return
				}
			}
		})
	}
	readers.Wait()
	close(stop)
	criers.Wait()
	if wrong.Load() != 0 || heard.Load() < int64(people) {
		t.Errorf("%d frames reached the wrong person, %d the right one", wrong.Load(), heard.Load())
	}
}

// visitOnce connects as one person, reads a little, and disconnects in one of four ways.
func visitOnce(address, who string, n int, heard, wrong *atomic.Int64) error {
	c, in, err := knock(address, who)
	if c != nil {
		defer c.Close()
	}
	if err != nil {
		return err
	}
	say := func(op byte, text string) {
		_, _ = c.Write(append([]byte{0x80 | op, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...))
	}
	listen := func(frames int) bool {
		for got := 0; got < frames; {
			op, payload, err := hear(in)
			switch {
			case err != nil || op == 8 && len(payload) < 2:
				return false
			case op == 8:
				if by := string(payload[2:]); strings.HasPrefix(by, "by ") && by != "by "+who {
					wrong.Add(1)
				}
				return false
			case op == 1 && string(payload) == "for "+who:
				heard.Add(1)
				got++
			case op == 1:
				wrong.Add(1)
			}
		}
		return true
	}
	if !listen(1) {
		return errors.New("nothing was received")
	}
	say(1, "from "+who)
	switch n % 4 {
	case 0: // with a close frame
		say(8, "\x03\xe8")
		for listen(1) {
			continue
		}
	case 1: // the TCP connection is cut
		_ = c.(*net.TCPConn).SetLinger(0)
	case 2: // closed by the server
		say(1, "end")
		for listen(1) {
			continue
		}
	case 3: // silent for a while, then closed without a close frame
		listen(2)
	}
	return nil
}
