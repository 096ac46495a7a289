package httpapi

import (
	"sync"
	"sync/atomic"
	"testing"

	"amends/server/live"
)

// lending is a pool that counts how often a buffer was taken.
type lending struct {
	sync.Pool
	times atomic.Int64
}

func (l *lending) Get() any {
	l.times.Add(1)
	return l.Pool.Get()
}

// Trap 6: the library keeps a write buffer per connection, and request data points into memory that is
// reused. Buffers are borrowed for one write only; request data is copied and stays correct after other
// requests.
func TestASocketKeepsNoBufferAndNoRequestMemory(t *testing.T) {
	t.Parallel()
	const people = 40
	lent := &lending{}
	var mu sync.Mutex
	said, ended := map[string]bool{}, make(chan struct{}, people)
	p := newPorch(t, true, func(v *visitor, conn live.Conn) func(func() ([]byte, error)) {
		return func(read func() ([]byte, error)) {
			defer func() { ended <- struct{}{} }()
			conn.Send([]byte("in"))
			if _, err := read(); err == nil { // everybody else has entered by now
				mu.Lock()
				said[v.who.Request] = true
				mu.Unlock()
			}
			_, _ = read()
		}
	})
	p.server.writeBuffers = lent
	var leave []func()
	for n := range people {
		who := "person" + string(rune('A'+n))
		c, in, err := knock(p.address, who)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, payload, err := hear(in); err != nil || string(payload) != "in" {
			t.Fatalf("%q, %v", payload, err)
		}
		leave = append(leave, func() {
			_, _ = c.Write([]byte{0x81, 0x82, 0, 0, 0, 0, 'h', 'i'})
			_ = c.Close()
		})
	}
	for _, one := range leave {
		one()
	}
	for range people {
		<-ended
	}
	for n := range people {
		if who := "person" + string(rune('A'+n)); !said[who] {
			t.Errorf("no visitor was %s when their frame came", who)
		}
	}
	if ever := lent.times.Load(); ever < people {
		t.Errorf("%d writes of %d took their buffer from the pool", ever, people)
	}
}
