// Package conntest is the one test suite for every implementation of live.Conn: a bare socket, a
// library's socket and a polling device. A test passes Run a function that opens a new connection with
// its peer.
//
// Tests wait for facts, with a timeout; nothing sleeps.
package conntest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"amends/server/wire"
)

// Conn is the connection under test: live.Conn, and Read to receive from its peer.
type Conn interface {
	Send(frame []byte) bool
	SendPassing(frame []byte) bool
	Close(code wire.CloseCode, reason string)
}

// Peer is the client's end.
type Peer interface {
	// Next waits for something new and returns the numbers of all frames received, in order; a polling
	// device returns only the newest. After the end of the connection it returns the close code.
	Next(ctx context.Context) (seqs []int64, code wire.CloseCode, err error)
	// Stall stops reading for good.
	Stall()
	// Say sends one frame to the server.
	Say(ctx context.Context, text string) error
}

// Kit is one connection with its peer.
type Kit struct {
	Conn Conn
	Peer Peer
	// Read returns the peer's next frame, as for Hub.Serve.
	Read func() ([]byte, error)
	// Newest means that the peer gets only the newest frame, not each one.
	Newest bool
}

// patience is the timeout for hangs; no passing test reaches it.
const patience = time.Minute

// Run runs the suite. open must return a new kit for each test, and clean up through t.
func Run(t *testing.T, open func(t *testing.T) Kit) {
	t.Helper()
	tests := map[string]func(ctx context.Context, t *testing.T, open func(t *testing.T) Kit){
		"keeps the order of what was sent":           keepsOrder,
		"keeps frames of many senders whole":         keepsFramesWhole,
		"carries frames of every size":               carriesEverySize,
		"says what was sent, then the close code":    saysCodeLast,
		"tells every close code":                     tellsEveryCode,
		"takes nothing after a close":                takesNothingAfterClose,
		"counts the first close only":                countsFirstClose,
		"ends its reader when it is closed":          endsItsReader,
		"hears its peer":                             hearsItsPeer,
		"a peer that takes nothing holds up nobody":  holdsUpNobody,
		"a peer that takes nothing is bounded":       isBounded,
		"a peer that takes nothing can be closed":    closesStalled,
		"what passes is dropped first":               dropsPassingFirst,
		"may be sent to and closed by many, at once": survivesARush,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			test(ctx, t, open)
		})
	}
}

// view encodes a frame as a room sends it, padded by n bytes.
func view(seq int64, n int) []byte {
	return fmt.Appendf(nil, `{"view":{"state":"open","pad":%q},"me":{},"seq":%d}`, strings.Repeat("x", n), seq)
}

// Seq decodes the number of a frame, for peers.
func Seq(frame []byte) (int64, error) {
	var f struct{ Seq int64 }
	err := json.Unmarshal(frame, &f)
	return f.Seq, err
}

// listen receives until frame last, or until the end when last is 0.
func listen(ctx context.Context, t *testing.T, p Peer, until int64) (all []int64, code wire.CloseCode) {
	t.Helper()
	for {
		seqs, code, err := p.Next(ctx)
		if err != nil {
			t.Fatalf("after %d frames: %v", len(all), err)
		}
		all = append(all, seqs...)
		if code != 0 || until > 0 && len(all) > 0 && all[len(all)-1] >= until {
			return all, code
		}
	}
}

// inOrder expects frames 1 to last; from a Newest peer, increasing numbers.
func inOrder(t *testing.T, kit Kit, got []int64, last int64) {
	t.Helper()
	before := int64(0)
	for _, seq := range got {
		if seq <= before || !kit.Newest && seq != before+1 {
			t.Fatalf("%d came after %d", seq, before)
		}
		before = seq
	}
	if before != last {
		t.Fatalf("the last that came is %d, want %d", before, last)
	}
}

func keepsOrder(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	const last = 200
	for seq := range int64(last) {
		if !kit.Conn.Send(view(seq+1, 50)) {
			t.Fatalf("frame %d was refused", seq+1)
		}
	}
	got, _ := listen(ctx, t, kit.Peer, last)
	inOrder(t, kit, got, last)
}

func keepsFramesWhole(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	const senders, each = 8, 20
	var rush sync.WaitGroup
	for sender := range int64(senders) {
		rush.Go(func() {
			for n := range int64(each) {
				kit.Conn.Send(view(sender*each+n+1, int(37*n)))
			}
		})
	}
	rush.Wait()
	kit.Conn.Send(view(senders*each+1, 0))
	got, _ := listen(ctx, t, kit.Peer, senders*each+1)
	if want := senders*each + 1; !kit.Newest && len(got) != want {
		t.Fatalf("%d frames came, want %d", len(got), want)
	}
	newest := map[int64]int64{}
	for _, seq := range got {
		sender := (seq - 1) / each
		if seq <= newest[sender] {
			t.Fatalf("frame %d of one sender came after frame %d", seq, newest[sender])
		}
		newest[sender] = seq
	}
}

func carriesEverySize(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	base := len(view(1, 0))
	sizes := []int{base, 125, 126, 127, 4095, 32 << 10, 65535, 65536, 300 << 10}
	for i, size := range sizes {
		seq := int64(i + 1)
		if !kit.Conn.Send(view(seq, max(0, size-base))) {
			t.Fatalf("a frame of %d bytes was refused", size)
		}
		got, _ := listen(ctx, t, kit.Peer, seq)
		if len(got) != 1 || got[0] != seq {
			t.Fatalf("for a frame of %d bytes the peer got %v", size, got)
		}
	}
}

func saysCodeLast(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	const last = 30
	for seq := range int64(last) {
		kit.Conn.Send(view(seq+1, 500))
	}
	if !kit.Newest {
		kit.Conn.Close(wire.CloseGoingAway, "restarting")
		got, code := listen(ctx, t, kit.Peer, 0)
		inOrder(t, kit, got, last)
		if code != wire.CloseGoingAway {
			t.Fatalf("closed with %d", code)
		}
		return
	}
	got, _ := listen(ctx, t, kit.Peer, last)
	inOrder(t, kit, got, last)
	kit.Conn.Close(wire.CloseGoingAway, "restarting")
	if _, code := listen(ctx, t, kit.Peer, 0); code != wire.CloseGoingAway {
		t.Fatalf("closed with %d", code)
	}
}

func tellsEveryCode(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	for _, code := range []wire.CloseCode{wire.CloseBinary, wire.CloseTooBig, wire.CloseGoingAway, wire.CloseSignedOut, wire.CloseNotAllowed, wire.CloseNoRoom,
		wire.CloseTooSlow, wire.CloseTakenOver, wire.CloseRemoved, wire.CloseTooMany} {
		kit := open(t)
		kit.Conn.Close(code, "as it is")
		if _, got := listen(ctx, t, kit.Peer, 0); got != code {
			t.Errorf("close code %d arrived as %d", code, got)
		}
	}
}

func takesNothingAfterClose(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	kit.Conn.Send(view(1, 10))
	listen(ctx, t, kit.Peer, 1)
	kit.Conn.Close(wire.CloseRemoved, "taken out")
	for seq := range int64(20) {
		if kit.Conn.Send(view(seq+2, 10)) {
			t.Error("a frame was accepted after the close")
		}
	}
	if got, code := listen(ctx, t, kit.Peer, 0); len(got) > 0 || code != wire.CloseRemoved {
		t.Errorf("after the close the peer got %v, %d", got, code)
	}
}

func countsFirstClose(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	kit.Conn.Close(wire.CloseTakenOver, "first")
	kit.Conn.Close(wire.CloseRemoved, "second")
	if _, code := listen(ctx, t, kit.Peer, 0); code != wire.CloseTakenOver {
		t.Errorf("closed with %d", code)
	}
}

func endsItsReader(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	ended := make(chan error, 1)
	go func() { _, err := kit.Read(); ended <- err }()
	kit.Conn.Close(wire.CloseSignedOut, "sign in first")
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the reader got a frame that was not sent")
		}
	case <-ctx.Done():
		t.Fatal("Close did not end the reader")
	}
}

func hearsItsPeer(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	for n := range 5 {
		want := fmt.Sprintf(`{"id":"01890000-0000-7000-8000-00000000000%d","do":"clock"}`, n)
		if err := kit.Peer.Say(ctx, want); err != nil {
			t.Fatal(err)
		}
		if got, err := kit.Read(); err != nil || string(got) != want {
			t.Fatalf("the reader got %s, %v", got, err)
		}
	}
}

// far is more than a connection and the kernel together may buffer for a peer.
const (
	far     = 400
	farEach = 32 << 10
)

func holdsUpNobody(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	slow, well := open(t), open(t)
	slow.Peer.Stall()
	// One goroutine sends to both, as a room does: if the slow peer blocked it, this would hang.
	for seq := range int64(far) {
		slow.Conn.Send(view(seq+1, farEach))
		if !well.Conn.Send(view(seq+1, 100)) {
			t.Fatal("the fast peer's frame was refused")
		}
		// The fast peer keeps up, however slow the other is.
		listen(ctx, t, well.Peer, seq+1)
	}
}

func isBounded(_ context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	kit.Peer.Stall()
	refused := false
	for seq := range int64(far) {
		refused = !kit.Conn.Send(view(seq+1, farEach)) || refused
	}
	if !refused && !kit.Newest {
		t.Fatalf("%d MiB were buffered for a peer that does not read", far*farEach>>20)
	}
}

// dropsPassingFirst: passing frames are not buffered at the cost of other frames, and never disconnect
// a peer that does not read.
func dropsPassingFirst(_ context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	passing := view(1, farEach) // encoded once: a stuck peer is disconnected after a while, so this must be quick
	kit.Peer.Stall()
	for n := range far {
		if !kit.Conn.SendPassing(passing) {
			t.Fatalf("the peer was disconnected for passing frame %d", n+1)
		}
	}
	if !kit.Conn.Send(view(far+1, 50)) {
		t.Fatal("passing frames filled the queue")
	}
}

func closesStalled(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	kit.Peer.Stall()
	for seq := range int64(20) {
		kit.Conn.Send(view(seq+1, farEach))
	}
	kit.Conn.Close(wire.CloseGoingAway, "restarting")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, err := kit.Read(); err == nil; _, err = kit.Read() {
			continue
		}
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		t.Fatal("the reader waits for a peer that does not read")
	}
}

func survivesARush(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	var rush sync.WaitGroup
	for sender := range int64(8) {
		rush.Go(func() {
			for n := range int64(25) {
				kit.Conn.Send(view(sender*25+n+1, 200))
			}
			kit.Conn.Close(wire.CloseGoingAway, "restarting")
		})
	}
	_, code := listen(ctx, t, kit.Peer, 0)
	rush.Wait()
	if code != wire.CloseGoingAway {
		t.Errorf("closed with %d", code)
	}
}
