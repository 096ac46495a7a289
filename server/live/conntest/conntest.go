// Package conntest is the one suite that every Conn of a room must pass, whatever carries it.
// A test hands Run a function that opens a fresh connection with its peer; everything else is
// the same for a bare socket, a library's socket and a device that polls.
//
// Waiting is for facts, with a bound; nothing sleeps.
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

// Conn is what is tested; it is live.Conn, and Read the connection's own way to hear its peer.
type Conn interface {
	Send(frame []byte) bool
	SendPassing(frame []byte) bool
	Close(code wire.CloseCode, reason string)
}

// Peer is the other end.
type Peer interface {
	// Next waits for something new and gives the numbers of all frames that came, in order;
	// a device that polls gives the newest only. Once the connection has ended it gives the
	// close code instead.
	Next(ctx context.Context) (seqs []int64, code wire.CloseCode, err error)
	// Stall stops taking anything, for good.
	Stall()
	// Say sends one frame to the server's end.
	Say(ctx context.Context, text string) error
}

// Kit is one connection.
type Kit struct {
	Conn Conn
	Peer Peer
	// Read gives what the peer says, as Hub.Serve is given it.
	Read func() ([]byte, error)
	// Newest says that a peer is told the newest only, not each frame.
	Newest bool
}

// patience bounds what hangs; no test needs it.
const patience = time.Minute

// Run runs the suite. open makes a kit of its own for each test and cleans up by t.
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

// view is a frame as a room sends it, with padding of n bytes.
func view(seq int64, n int) []byte {
	return fmt.Appendf(nil, `{"view":{"state":"open","pad":%q},"me":{},"seq":%d}`, strings.Repeat("x", n), seq)
}

// Seq reads the number of a frame; a peer of the suite uses it.
func Seq(frame []byte) (int64, error) {
	var f struct{ Seq int64 }
	err := json.Unmarshal(frame, &f)
	return f.Seq, err
}

// listen takes what comes until the number, or until the end when it is 0.
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

// inOrder wants the numbers 1 to last; of a peer that is told the newest, growing ones.
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
			t.Fatalf("%d of one sender came after %d", seq, newest[sender])
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
			t.Fatalf("of %d bytes came %v", size, got)
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
			t.Errorf("%d arrived as %d", code, got)
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
			t.Error("a frame was taken after the close")
		}
	}
	if got, code := listen(ctx, t, kit.Peer, 0); len(got) > 0 || code != wire.CloseRemoved {
		t.Errorf("after the close came %v, %d", got, code)
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
			t.Error("the reader got a frame that nobody sent")
		}
	case <-ctx.Done():
		t.Fatal("the reader waits on")
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
			t.Fatalf("heard %s, %v", got, err)
		}
	}
}

// far is more than any connection may keep for a peer, the kernel's part included.
const (
	far     = 400
	farEach = 32 << 10
)

func holdsUpNobody(ctx context.Context, t *testing.T, open func(t *testing.T) Kit) {
	slow, well := open(t), open(t)
	slow.Peer.Stall()
	// One goroutine sends to both, as a room does: that this ends is the proof.
	for seq := range int64(far) {
		slow.Conn.Send(view(seq+1, farEach))
		if !well.Conn.Send(view(seq+1, 100)) {
			t.Fatal("the well one was refused")
		}
		// The well one keeps up, however slow the other is.
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
		t.Fatalf("%d MiB were kept for a peer that takes nothing", far*farEach>>20)
	}
}

// dropsPassingFirst: however much passes, a peer that takes nothing is kept for what must
// arrive, and what passes is not kept for it.
func dropsPassingFirst(_ context.Context, t *testing.T, open func(t *testing.T) Kit) {
	kit := open(t)
	passing := view(1, farEach) // made once: a peer that is stuck for long is cut off for that
	kit.Peer.Stall()
	for n := range far {
		if !kit.Conn.SendPassing(passing) {
			t.Fatalf("the peer was cut off for passing frame %d", n+1)
		}
	}
	if !kit.Conn.Send(view(far+1, 50)) {
		t.Fatal("what passes took the room of what must arrive")
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
		t.Fatal("the reader waits for a peer that takes nothing")
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
