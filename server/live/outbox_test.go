package live

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"amends/server/app"
	"amends/server/bus"
	"amends/server/id"
	"amends/server/room"
)

// slowBus accepts one message and blocks the next until it is released.
type slowBus struct {
	bus.Bus
	gate chan struct{}

	mu   sync.Mutex
	said []string
}

func (b *slowBus) Publish(_ context.Context, _ bus.Topic, payload []byte) error {
	<-b.gate
	message, err := bus.Unpack(payload)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch m := message.(type) {
	case bus.Committed:
		b.said = append(b.said, fmt.Sprintf("notification %d to %d", m.First, m.Last))
	case bus.Live:
		b.said = append(b.said, string(m.Facts))
	case bus.Spoken:
		b.said = append(b.said, "spoken")
	}
	return nil
}

// outboxOf is a room whose hub has a slow bus.
func outboxOf(t *testing.T) (*liveRoom, *slowBus) {
	h, _ := quietHub(t)
	slow := &slowBus{Bus: h.Bus, gate: make(chan struct{})}
	h.Bus = slow
	var err error
	if h.App, err = app.New(app.Options{Stores: bus.Stores{Bus: slow}}); err != nil {
		t.Fatal(err)
	}
	return newRoom(h, app.RoomKey{Workshop: id.New[id.Workshop]()}), slow
}

func batch(first, last int64) app.RoomOutcome {
	return app.RoomOutcome{First: first, State: room.State{Seq: last}}
}

func TestARoomNeverWaitsForTheBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, slow := outboxOf(t)
		r.notify(batch(1, 2))
		synctest.Wait() // the first message is being published, and blocks
		r.notify(app.RoomOutcome{State: room.State{Seq: 2}})
		for i := range int64(500) {
			r.notify(batch(i+3, i+3))
			r.tell(bus.Live{Facts: fmt.Appendf(nil, `%d`, i)})
		}
		close(slow.gate)
		synctest.Wait()
		if slow.said[0] != "notification 1 to 2" || slow.said[1] != "notification 3 to 502" || len(slow.said) != 502 {
			t.Fatalf("%d messages, first %q", len(slow.said), slow.said[:2])
		}
		for i, said := range slow.said[2:] {
			if said != fmt.Sprint(i) {
				t.Fatalf("message %d was %s", i, said)
			}
		}
		r.notify(batch(503, 503))
		synctest.Wait()
		if last := slow.said[len(slow.said)-1]; last != "notification 503 to 503" {
			t.Errorf("after everything was published, the next message is %s", last)
		}
		// Words without an event are published by a message of their own; with an event, its notification is
		// enough.
		said := len(slow.said)
		r.notify(app.RoomOutcome{State: room.State{Seq: 503}, Words: true})
		synctest.Wait()
		with := batch(504, 504)
		with.Words = true
		r.notify(with)
		synctest.Wait()
		if got := fmt.Sprint(slow.said[said:]); got != "[spoken notification 504 to 504]" {
			t.Errorf("for words was published %s", got)
		}
	})
}

func TestTheOutboxIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, slow := outboxOf(t)
		r.tell(bus.Live{Facts: []byte(`"on its way"`)})
		synctest.Wait()
		for i := range maxPost + 100 {
			r.tell(bus.Live{Facts: fmt.Appendf(nil, `%d`, i)})
		}
		close(slow.gate)
		synctest.Wait()
		if len(slow.said) != 1+maxPost || slow.said[1] != "100" {
			t.Errorf("%d messages, the oldest that waited is %s", len(slow.said), slow.said[1])
		}
	})
}

// A panic while publishing loses that message and none of the later ones.
func TestAPanicWhilePublishingLosesOnlyItsMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, slow := outboxOf(t)
		close(slow.gate)
		r.tell(broken{})
		synctest.Wait()
		r.notify(batch(1, 1))
		synctest.Wait()
		if len(slow.said) != 1 || slow.said[0] != "notification 1 to 1" {
			t.Errorf("published %q", slow.said)
		}
	})
}

type broken struct{}

func (broken) Pack() []byte { panic("a defect") }
