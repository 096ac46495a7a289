package socket

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"testing"
	"time"

	"amends/server/wire"
)

// pair is one connection and its peer, whose frames the test reads by hand. The peer's receive buffer
// is small.
func pair(t *testing.T, s *Set) (*Conn, *net.TCPConn) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	peer, err := net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peer.Close() })
	if err := peer.SetReadBuffer(8 << 10); err != nil {
		t.Fatal(err)
	}
	_ = peer.SetDeadline(time.Now().Add(time.Minute)) // only so that a hang fails the test
	tcp, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Open(tcp, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, peer
}

func newSet(t *testing.T) *Set {
	t.Helper()
	s := NewSet(slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		s.Close(ctx)
	})
	return s
}

// receive reads one frame from the server.
func receive(in *bufio.Reader) (op byte, payload []byte, err error) {
	var b [8]byte
	if _, err := io.ReadFull(in, b[:2]); err != nil {
		return 0, nil, err
	}
	op, n := b[0]&0x0f, uint64(b[1])
	switch n {
	case 126:
		_, err = io.ReadFull(in, b[:2])
		n = uint64(binary.BigEndian.Uint16(b[:2]))
	case 127:
		_, err = io.ReadFull(in, b[:8])
		n = binary.BigEndian.Uint64(b[:8])
	}
	if err != nil {
		return op, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(in, payload)
	return op, payload, err
}

// heard reads the next frame that is not a ping.
func heard(in *bufio.Reader) (op byte, payload []byte, err error) {
	for op, payload, err = receive(in); err == nil && op == opPing; op, payload, err = receive(in) {
		continue
	}
	return op, payload, err
}

// numbered is a payload of size bytes that starts with its sequence number.
func numbered(n, size int) []byte {
	b := bytes.Repeat([]byte("x"), size)
	binary.BigEndian.PutUint32(b, uint32(n))
	return b
}

// spill sends numbered frames, starting at n, until the kernel's buffers are full and drain has taken
// over; it returns the next number.
func spill(t *testing.T, c *Conn, n int) int {
	t.Helper()
	for listed, draining := false, false; !draining; {
		if !listed {
			if !c.Send(numbered(n, 4000)) {
				t.Fatalf("frame %d was refused", n)
			}
			n++
		}
		runtime.Gosched()
		c.mu.Lock()
		listed, draining = c.listed, c.draining
		c.mu.Unlock()
	}
	return n
}

// A peer that pauses and then reads on gets every frame in order through drain; later frames take the
// normal path again.
func TestFramesBeyondTheKernelBufferAreDeliveredInOrder(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	c, peer := pair(t, s)
	ended := make(chan struct{})
	go func() { defer close(ended); defer c.End(); _, _ = c.Read() }()
	in := bufio.NewReader(peer)
	next := 0
	for range 3 {
		// More than the kernel buffers, less than maxWaiting.
		sent := spill(t, c, next)
		for range 6 {
			if !c.Send(numbered(sent, 4000)) {
				t.Fatalf("frame %d was refused", sent)
			}
			sent++
		}
		for ; next < sent; next++ {
			op, payload, err := heard(in)
			if err != nil || op != opText || len(payload) != 4000 || int(binary.BigEndian.Uint32(payload)) != next {
				t.Fatalf("frame %d: op %d, %d bytes, %v", next, op, len(payload), err)
			}
		}
	}
	c.Close(wire.CloseGoingAway, "restarting")
	if op, payload, err := heard(in); err != nil || op != opClose || wire.CloseCode(binary.BigEndian.Uint16(payload)) != wire.CloseGoingAway {
		t.Fatalf("op %d, %v", op, err)
	}
	_ = peer.Close()
	<-ended
}

// A peer whose queue is full is disconnected; when it reads on, it finds whole frames in order and then
// the close code that tells it to reconnect.
func TestAPeerWithAFullQueueIsToldToReconnect(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	c, peer := pair(t, s)
	ended := make(chan struct{})
	go func() { defer close(ended); defer c.End(); _, _ = c.Read() }()
	most := 0
	for n := 0; c.Send(numbered(n, 10_000)); n++ {
		c.mu.Lock()
		most = max(most, c.waiting)
		c.mu.Unlock()
	}
	if most > maxWaiting+10_000 {
		t.Errorf("%d bytes waited", most)
	}
	in := bufio.NewReader(peer)
	for n := 0; ; n++ {
		op, payload, err := heard(in)
		if err != nil {
			t.Fatal(err)
		}
		if op == opClose {
			if code := wire.CloseCode(binary.BigEndian.Uint16(payload)); code != wire.CloseTooSlow {
				t.Errorf("closed with %d", code)
			}
			break
		}
		if op != opText || len(payload) != 10_000 || int(binary.BigEndian.Uint32(payload)) != n {
			t.Fatalf("frame %d: op %d, %d bytes", n, op, len(payload))
		}
	}
	_ = peer.Close()
	<-ended
}

// A peer that accepts no byte for stuckAfter is disconnected without a close frame.
func TestAStuckPeerIsDisconnected(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	c, _ := pair(t, s)
	spill(t, c, 0)
	if _, err := c.Read(); err == nil {
		t.Error("Read returned a message though the peer sent none")
	}
	if c.Send([]byte("x")) {
		t.Error("Send accepted a frame for a disconnected peer")
	}
	c.End()
}

func TestEveryPeerIsPingedOncePerTurnAndItsPingsAreAnswered(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	var w wheel
	const people = 60
	var conns []*Conn
	var peers []*net.TCPConn
	for range people {
		c, peer := pair(t, s)
		conns, peers = append(conns, c), append(peers, peer)
		s.wheel.leave(c)
		w.join(c)
	}
	for _, gone := range []int{0, 7, 59, 30} {
		w.leave(conns[gone])
		w.leave(conns[gone])
	}
	for at := range pingEvery {
		w.turn(at)
	}
	for i, c := range conns {
		c.Send([]byte("after"))
		want := []byte{opPing, opText}
		if i == 0 || i == 7 || i == 59 || i == 30 {
			want = want[1:]
		}
		in := bufio.NewReader(peers[i])
		for _, kind := range want {
			if op, _, err := receive(in); err != nil || op != kind {
				t.Fatalf("peer %d got %d, want %d, %v", i, op, kind, err)
			}
		}
	}
	if _, err := peers[1].Write(append(said(finalBit|opPing, []byte("you?")), said(finalBit|opText, []byte("hi"))...)); err != nil {
		t.Fatal(err)
	}
	if message, err := conns[1].Read(); err != nil || string(message) != "hi" {
		t.Fatalf("%s %v", message, err)
	}
	if op, payload, err := receive(bufio.NewReader(peers[1])); err != nil || op != opPong || string(payload) != "you?" {
		t.Fatalf("%d %s %v", op, payload, err)
	}
	for i, c := range conns {
		_ = peers[i].Close()
		w.leave(c)
		c.End()
	}
}

// Closing a set waits for peers that close properly and disconnects the others.
func TestClosingASetLeavesNoConnectionOpen(t *testing.T) {
	t.Parallel()
	s := NewSet(slog.New(slog.DiscardHandler))
	polite, peer := pair(t, s)
	stubborn, _ := pair(t, s)
	ended := make(chan string, 2)
	for name, c := range map[string]*Conn{"polite": polite, "stubborn": stubborn} {
		go func() {
			_, _ = c.Read()
			c.End()
			ended <- name
		}()
	}
	polite.Close(wire.CloseGoingAway, "restarting")
	if _, err := io.Copy(io.Discard, peer); err != nil {
		t.Fatal(err)
	}
	_ = peer.Close()
	if who := <-ended; who != "polite" {
		t.Fatalf("%s ended first", who)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	s.Close(over)
	if who := <-ended; who != "stubborn" {
		t.Fatalf("%s ended last", who)
	}
	for name, c := range map[string]*Conn{"polite": polite, "stubborn": stubborn} {
		if err := c.tcp.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the line of the %s one is still held: %v", name, err)
		}
	}
	s.Close(over)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	late, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(late.(*net.TCPConn), nil); !errors.Is(err, ErrClosed) {
		t.Fatalf("a socket was opened after the end: %v", err)
	}
	if _, err := late.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a refused connection was left open: %v", err)
	}
}

// A write allocates nothing beyond the queued frame.
func TestAWriteAllocatesNothing(t *testing.T) {
	s := newSet(t)
	c, peer := pair(t, s)
	go func() { _, _ = io.Copy(io.Discard, peer) }()
	w := newWorker()
	c.home = w // this worker does not run: the test writes instead
	payload := numbered(1, 100)
	perWrite := testing.AllocsPerRun(200, func() {
		c.Send(payload)
		w.mu.Lock()
		w.list = w.list[:0]
		w.mu.Unlock()
		c.flush(w)
	})
	if perWrite > 0 {
		t.Errorf("a write takes memory %v times", perWrite)
	}
	c.home = s.workers[0]
	c.End()
}
