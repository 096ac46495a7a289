package bus

import "sync"

// InboxCapacity is how many messages wait for one subscriber.
const InboxCapacity = 256

// Inbox is the bounded queue of one subscriber and the goroutine that empties it. Buses use
// it; subscribers never see it.
//
// Policy when full: everything queued is dropped and one gap takes its place, because after
// a gap the subscriber reads the table, which holds what was dropped and more. Putting never
// blocks, so a slow subscriber holds up nobody else. Gaps are merged: one that was not yet
// told stands for all after it.
type Inbox struct {
	ring func(payload []byte)
	gap  func()

	mu     sync.Mutex
	queue  [][]byte
	missed bool
	closed bool

	// wake holds at most one signal; a second one would say the same.
	wake chan struct{}
	done chan struct{}
}

// NewInbox starts the goroutine; the caller owes a Close, and a Wait before it ends itself.
func NewInbox(ring func(payload []byte), gap func()) *Inbox {
	b := &Inbox{ring: ring, gap: gap, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go b.run()
	return b
}

// Put queues one message. The inbox keeps payload.
func (b *Inbox) Put(payload []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	if len(b.queue) >= InboxCapacity {
		b.queue, b.missed = nil, true
	}
	b.queue = append(b.queue, payload)
	b.signal()
}

// Gap says that messages may have been missed. It overtakes what is queued: what is read
// again after it was already in the table is known by its number.
func (b *Inbox) Gap() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.missed = true
	b.signal()
}

// Close drops what is queued and ends the goroutine once a running call returns. It does not
// wait; see Wait.
func (b *Inbox) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue, b.closed = nil, true
	b.signal()
}

// Wait returns when the goroutine has ended. Close first.
func (b *Inbox) Wait() { <-b.done }

func (b *Inbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *Inbox) run() {
	defer close(b.done)
	for range b.wake {
		for {
			payload, missed, more := b.next()
			switch {
			case missed:
				b.gap()
			case more:
				b.ring(payload)
			}
			if !missed && !more {
				break
			}
		}
		if b.ended() {
			return
		}
	}
}

// next takes one thing to do: a gap first, then the oldest message.
func (b *Inbox) next() (payload []byte, missed, more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return nil, false, false
	case b.missed:
		b.missed = false
		return nil, true, false
	case len(b.queue) == 0:
		return nil, false, false
	}
	payload = b.queue[0]
	b.queue[0] = nil
	b.queue = b.queue[1:]
	return payload, false, true
}

func (b *Inbox) ended() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}
