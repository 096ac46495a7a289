package socket

import (
	"bufio"
	"encoding/binary"
	"testing"
)

// For a slow peer, passing frames are dropped first: while the other frames fit, the peer stays
// connected and gets all of them in order.
func TestPassingFramesAreDroppedBeforeAPeerIsDisconnected(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	c, peer := pair(t, s)
	ended := make(chan struct{})
	go func() { defer close(ended); defer c.End(); _, _ = c.Read() }()
	last := spill(t, c, 0) // from here on the kernel's buffers are full
	const size, passing = 4000, 1 << 30
	for n := 0; n < 2*maxWaiting/size; n++ {
		if !c.SendPassing(numbered(passing, size)) {
			t.Fatal("the peer was disconnected for a passing frame")
		}
	}
	for room := true; room; last++ {
		if !c.Send(numbered(last, size)) {
			t.Fatalf("the peer was cut off at frame %d though only what passes was too much", last)
		}
		c.mu.Lock()
		facts := len(c.rest)
		for _, f := range c.queue {
			if !f.passing {
				facts += len(f.payload)
			}
		}
		room = facts+2*size < maxWaiting
		c.mu.Unlock()
	}
	in := bufio.NewReader(peer)
	for want := 0; want < last; {
		_, payload, err := heard(in)
		if err != nil {
			t.Fatal(err)
		}
		switch n := int(binary.BigEndian.Uint32(payload)); n {
		case passing:
		case want:
			want++
		default:
			t.Fatalf("frame %d came, want %d", n, want)
		}
	}
	c.Close(closeNormal, "")
	_ = peer.Close()
	<-ended
}
