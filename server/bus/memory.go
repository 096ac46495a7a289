package bus

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"amends/server/id"
)

// Memory implements all stores in this process: for one node without Redis, and for tests. Nodes that
// share one Memory are nodes of one installation.
type Memory struct {
	stores Stores
	pubSub *memoryBus
}

// NewMemory makes an empty Memory; now is the clock of lifetimes and limits. The caller must call
// Close.
func NewMemory(now func() time.Time) *Memory {
	pubSub := &memoryBus{topics: map[Topic][]*memorySubscription{}}
	return &Memory{pubSub: pubSub, stores: Stores{
		Bus:     pubSub,
		Limits:  newMemoryLimiter(now),
		Local:   newMemoryLimiter(now),
		Backoff: newMemoryBackoff(now, Guessing()),
		Halves:  &memoryHalves{shelf: newShelf[Half](now)},
		Codes:   &memoryOnce{shelf: newShelf[[]byte](now)},
		Pulses:  &memoryPulses{shelf: newShelf[map[id.Member]int](now)},
		Words:   &memoryWords{shelf: newShelf[map[saidBy]Said](now)},
	}}
}

// Stores returns all stores of this Memory.
func (m *Memory) Stores() Stores { return m.stores }

// Close ends all subscriptions and waits for their functions to return, so it must not be called from
// one of them.
func (m *Memory) Close() { m.pubSub.close() }

type memoryBus struct {
	mu     sync.Mutex
	topics map[Topic][]*memorySubscription
	closed bool
	// running counts inboxes whose goroutine may still run, closed ones included.
	running sync.WaitGroup
}

type memorySubscription struct {
	bus   *memoryBus
	topic Topic
	inbox *Inbox
}

func (b *memoryBus) Publish(ctx context.Context, topic Topic, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return ErrClosed
	}
	if len(b.topics[topic]) == 0 {
		return nil
	}
	kept := slices.Clone(payload)
	for _, s := range b.topics[topic] {
		s.inbox.Put(kept)
	}
	return nil
}

func (b *memoryBus) Subscribe(ctx context.Context, topic Topic, message func(payload []byte), gap func()) (Subscription, error) {
	if message == nil || gap == nil || topic == "" {
		return nil, fmt.Errorf("%w: subscription without topic, message or gap", ErrMisuse)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	s := &memorySubscription{bus: b, topic: topic, inbox: NewInbox(message, gap)}
	b.topics[topic] = append(b.topics[topic], s)
	b.running.Go(s.inbox.Wait)
	return s, nil
}

// Close unsubscribes.
func (s *memorySubscription) Close() {
	s.inbox.Close()
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	left := slices.DeleteFunc(s.bus.topics[s.topic], func(other *memorySubscription) bool { return other == s })
	if len(left) == 0 {
		delete(s.bus.topics, s.topic)
		return
	}
	s.bus.topics[s.topic] = left
}

func (b *memoryBus) close() {
	b.mu.Lock()
	b.closed = true
	for _, subscriptions := range b.topics {
		for _, s := range subscriptions {
			s.inbox.Close()
		}
	}
	b.mu.Unlock()
	b.running.Wait()
}
