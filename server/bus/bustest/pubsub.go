package bustest

import (
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amends/server/bus"
)

// listen subscribes and forwards messages to a channel with room for all that any test sends.
func listen(t *testing.T, node bus.Stores, topic bus.Topic) (<-chan string, bus.Subscription) {
	t.Helper()
	heard := make(chan string, 4*bus.InboxCapacity)
	s, err := node.Bus.Subscribe(t.Context(), topic, func(payload []byte) { heard <- string(payload) }, ignore)
	must(t, err)
	t.Cleanup(s.Close)
	return heard, s
}

func publish(t *testing.T, node bus.Stores, topic bus.Topic, text string) {
	t.Helper()
	must(t, node.Bus.Publish(t.Context(), topic, []byte(text)))
}

func deliversToBoth(t *testing.T, kit Kit) {
	room := newRoom()
	onA, _ := listen(t, kit.A, room)
	onB, _ := listen(t, kit.B, room)
	secondOnB, _ := listen(t, kit.B, room)
	payload := []byte("one\x00\xff\r\n")
	must(t, kit.A.Bus.Publish(t.Context(), room, payload))
	copy(payload, "all over again")
	publish(t, kit.B, room, "")
	for _, heard := range []<-chan string{onA, onB, secondOnB} {
		// The two messages have two publishers, so either may come first.
		got := map[string]bool{receive(t, heard): true, receive(t, heard): true}
		if diff := cmp.Diff(map[string]bool{"one\x00\xff\r\n": true, "": true}, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

func keepsOrder(t *testing.T, kit Kit) {
	const each = bus.InboxCapacity/2 - 1
	room := newRoom()
	heard, _ := listen(t, kit.B, room)
	var publishers sync.WaitGroup
	for letter, node := range map[string]bus.Stores{"a": kit.A, "b": kit.B} {
		publishers.Go(func() {
			for n := range each {
				if err := node.Bus.Publish(t.Context(), room, []byte(letter+strconv.Itoa(n))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	next := map[string]int{}
	for range 2 * each {
		message := receive(t, heard)
		n, err := strconv.Atoi(message[1:])
		must(t, err)
		if n != next[message[:1]] {
			t.Fatalf("%s came when %d was due", message, next[message[:1]])
		}
		next[message[:1]]++
	}
	publishers.Wait()
}

func isolatesTopics(t *testing.T, kit Kit) {
	one, other := newRoom(), newRoom()
	onOne, _ := listen(t, kit.B, one)
	onOther, _ := listen(t, kit.B, other)
	onKick, _ := listen(t, kit.B, bus.Kick)
	publish(t, kit.A, other, "other")
	publish(t, kit.A, bus.Kick, "kick")
	publish(t, kit.A, one, "one")
	for want, heard := range map[string]<-chan string{"one": onOne, "other": onOther, "kick": onKick} {
		if got := receive(t, heard); got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
		if len(heard) != 0 {
			t.Errorf("%s heard more than its own", want)
		}
	}
}

func deliversOnlyWhileSubscribed(t *testing.T, kit Kit) {
	room := newRoom()
	publish(t, kit.A, room, "before")
	left, leaving := listen(t, kit.B, room)
	stayed, staying := listen(t, kit.B, room)
	publish(t, kit.A, room, "during")
	if got := receive(t, left) + receive(t, stayed); got != "duringduring" {
		t.Fatalf("heard %q", got)
	}
	leaving.Close()
	leaving.Close()
	publish(t, kit.A, room, "after")
	if got := receive(t, stayed); got != "after" {
		t.Fatalf("heard %q", got)
	}
	// The last subscriber leaves too and subscribes again at once: a message published in between may
	// still arrive, an older one must not.
	staying.Close()
	publish(t, kit.A, room, "to nobody")
	again, _ := listen(t, kit.B, room)
	publish(t, kit.A, room, "again")
	got := receive(t, again)
	if got == "to nobody" {
		got = receive(t, again)
	}
	if got != "again" {
		t.Fatalf("heard %q", got)
	}
	if len(left) != 0 || len(stayed) != 0 {
		t.Error("a closed subscription still gets messages")
	}
}

func leavesFromWithin(t *testing.T, kit Kit) {
	room := newRoom()
	var s bus.Subscription
	subscribed, left := make(chan struct{}), make(chan struct{})
	s, err := kit.A.Bus.Subscribe(t.Context(), room, func([]byte) {
		<-subscribed
		s.Close()
		close(left) // A second call would panic.
	}, ignore)
	must(t, err)
	close(subscribed)
	publish(t, kit.B, room, "go")
	publish(t, kit.B, room, "gone")
	receive(t, left)
	witness, _ := listen(t, kit.A, room)
	publish(t, kit.B, room, "end")
	receive(t, witness)
}

func slowSubscriber(t *testing.T, kit Kit) {
	const sent = 2*bus.InboxCapacity + 10
	room := newRoom()
	fast, _ := listen(t, kit.B, room)
	release, gaps := make(chan struct{}), make(chan struct{}, sent)
	var slowHeard []uint64
	done := make(chan struct{})
	s, err := kit.B.Bus.Subscribe(t.Context(), room, func(payload []byte) {
		<-release
		n := binary.BigEndian.Uint64(payload)
		if slowHeard = append(slowHeard, n); n == sent-1 {
			close(done)
		}
	}, func() { gaps <- struct{}{} })
	must(t, err)
	defer s.Close()
	for n := range uint64(sent) {
		must(t, kit.A.Bus.Publish(t.Context(), room, binary.BigEndian.AppendUint64(nil, n)))
		if got := binary.BigEndian.Uint64([]byte(receive(t, fast))); got != n {
			t.Fatalf("the fast one heard %d, want %d", got, n)
		}
	}
	// The fast subscriber has the last message, but the slow one's inbox may get it a moment later; the
	// test waits for its last number.
	close(release)
	receive(t, gaps)
	receive(t, done)
	if len(slowHeard) > bus.InboxCapacity+1 {
		t.Errorf("%d messages were kept for one subscriber", len(slowHeard))
	}
	for n := 1; n < len(slowHeard); n++ {
		if slowHeard[n] <= slowHeard[n-1] {
			t.Fatalf("order: %d after %d", slowHeard[n], slowHeard[n-1])
		}
	}
}

func refusesHalfSubscriptions(t *testing.T, kit Kit) {
	hear := func([]byte) {}
	for name, subscribe := range map[string]func() (bus.Subscription, error){
		"no message": func() (bus.Subscription, error) { return kit.A.Bus.Subscribe(t.Context(), bus.Kick, nil, ignore) },
		"no gap":     func() (bus.Subscription, error) { return kit.A.Bus.Subscribe(t.Context(), bus.Kick, hear, nil) },
		"no topic":   func() (bus.Subscription, error) { return kit.A.Bus.Subscribe(t.Context(), "", hear, ignore) },
	} {
		if _, err := subscribe(); !errors.Is(err, bus.ErrMisuse) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// comesAndGoes: many rooms are subscribed and left at once while one room keeps publishing.
func comesAndGoes(t *testing.T, kit Kit) {
	room := newRoom()
	heard, _ := listen(t, kit.B, room)
	var visitors sync.WaitGroup
	for range 4 {
		visitors.Go(func() {
			for range 25 {
				other := newRoom()
				got := make(chan struct{}, 1)
				s, err := kit.B.Bus.Subscribe(t.Context(), other, func([]byte) { got <- struct{}{} }, ignore)
				if err != nil {
					t.Error(err)
					return
				}
				if err := kit.A.Bus.Publish(context.Background(), other, []byte("x")); err != nil {
					t.Error(err)
				}
				select {
				case <-got:
				case <-time.After(bound):
					t.Error("a short-lived subscriber got no message")
				}
				s.Close()
			}
		})
	}
	for n := range 100 {
		publish(t, kit.A, room, strconv.Itoa(n))
		if got := receive(t, heard); got != strconv.Itoa(n) {
			t.Fatalf("heard %s, want %d", got, n)
		}
	}
	visitors.Wait()
}
