package redisbus

import (
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestASecondConfirmationIsAGap(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happens func(b *pubSub, s *subscription)
		want    []string
	}{
		"confirmed once": {func(b *pubSub, _ *subscription) {
			b.confirm("room")
			b.deliver("room", []byte("a"))
		}, []string{"a"}},
		"a message from before is not ours": {func(b *pubSub, _ *subscription) {
			b.deliver("room", []byte("a"))
			b.confirm("room")
		}, nil},
		"connection changed silently": {func(b *pubSub, _ *subscription) {
			b.confirm("room")
			b.confirm("room")
		}, []string{"gap"}},
		"confirmed too late": {func(b *pubSub, s *subscription) {
			// The state that await leaves when its patience ends.
			s.topic.owed = true
			b.confirm("room")
		}, []string{"gap"}},
		"another topic": {func(b *pubSub, _ *subscription) {
			b.confirm("room")
			b.confirm("other")
			b.deliver("other", []byte("a"))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard := make(chan string, 10)
			b := &pubSub{topics: map[string]*topic{}, log: slog.New(slog.DiscardHandler), cancel: func() {}}
			done := make(chan struct{})
			s, err := b.subscribe("room", func(payload []byte) {
				if string(payload) == "end" {
					close(done)
					return
				}
				heard <- string(payload)
			}, func() { heard <- "gap" })
			if err != nil {
				t.Fatal(err)
			}
			test.happens(b, s)
			b.mu.Lock()
			s.topic.confirmed = true
			b.mu.Unlock()
			b.deliver("room", []byte("end"))
			<-done
			b.close()
			close(heard)
			var got []string
			for message := range heard {
				got = append(got, message)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnUnansweredSubscriptionIsOverdue(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, test := range map[string]struct {
		topic topic
		want  bool
	}{
		"just asked":   {topic{asked: now}, false},
		"long ago":     {topic{asked: now.Add(-overdue - time.Second)}, true},
		"and answered": {topic{asked: now.Add(-overdue - time.Second), confirmed: true}, false},
	} {
		b := &pubSub{topics: map[string]*topic{"room": &test.topic}}
		if got := b.waiting(); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestGateLetsOneCallThroughPerPause(t *testing.T) {
	t.Parallel()
	var g gate
	if first, second := g.enter(), g.enter(); !first || !second {
		t.Error("the gate was closed before any call failed")
	}
	g.failed()
	if g.enter() {
		t.Error("the gate was open right after a failure")
	}
	g.until.Store(time.Now().Add(-time.Millisecond).UnixNano())
	if !g.enter() || g.enter() {
		t.Error("after the pause exactly one call must pass")
	}
	// The wall clock jumped back by a year.
	g.until.Store(time.Now().AddDate(1, 0, 0).UnixNano())
	if !g.enter() {
		t.Error("the gate stayed closed after the clock jumped back")
	}
	g.answered()
	if first, second := g.enter(), g.enter(); !first || !second {
		t.Error("the gate was closed after a successful call")
	}
}

func TestPipeWritesBeforeAnyoneReads(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	p := newPipe(near)
	for _, text := range []string{"one ", "two ", "three"} {
		if n, err := p.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	got := make([]byte, len("one two three"))
	if _, err := io.ReadFull(far, got); err != nil || string(got) != "one two three" {
		t.Fatalf("read %q, %v", got, err)
	}
	if _, err := p.Write([]byte("never read")); err != nil {
		t.Fatal(err)
	}
	// Close does not block although the peer never reads.
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte("x")); err == nil {
		t.Error("wrote to a closed pipe")
	}
}

func TestPipeIsBounded(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	defer func() { _ = far.Close() }()
	p := newPipe(near)
	piece := []byte(strings.Repeat("x", maxUnsentBytes/4))
	var err error
	for n := 0; err == nil && n < 10; n++ {
		_, err = p.Write(piece)
	}
	if err == nil {
		t.Error("the pipe accepted more than its bound")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestPipeFailsOnceThePeerIsClosed(t *testing.T) {
	t.Parallel()
	near, far := net.Pipe()
	p := newPipe(near)
	if err := far.Close(); err != nil {
		t.Fatal(err)
	}
	// The first write succeeds; the failure shows at a later write or read.
	if _, err := p.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if _, err := p.Write([]byte("x")); err == nil {
		t.Error("a write succeeded after the peer was closed")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
