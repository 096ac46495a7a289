package bus

import "sync"

// InboxCapacity is how many messages may queue for one subscriber.
const InboxCapacity = 256

// Inbox is the bounded queue of one subscriber and the goroutine that delivers from it. Implementations
// of Bus use it; subscribers never see it.
//
// When the queue is full, everything queued is dropped and replaced by one gap call, because after a
// gap the subscriber reads the table, which holds what was dropped and more. Put never blocks, so a
// slow subscriber delays no other. Pending gaps are merged into one.
type Inbox struct {
	message func(payload []byte)
	gap     func()

	mu     sync.Mutex
	queue  [][]byte
	missed bool
	closed bool

	// wake holds at most one signal: run empties the queue, so a second adds nothing.
	wake chan struct{}
	done chan struct{}
}

// NewInbox starts the goroutine; the caller must call Close, and then Wait.
func NewInbox(message func(payload []byte), gap func()) *Inbox {
	b := &Inbox{message: message, gap: gap, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go b.run()
	return b
}

// Put queues one message. The inbox keeps payload; the caller must not change it.
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

// Gap records that messages may have been missed. It is delivered before queued messages: those the
// subscriber has then already read from the table are recognised by their number.
func (b *Inbox) Gap() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.missed = true
	b.signal()
}

// Close drops what is queued and ends the goroutine after a running call returns. It does not wait; see
// Wait.
func (b *Inbox) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue, b.closed = nil, true
	b.signal()
}

// Wait returns when the goroutine has ended. Call Close first.
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
				b.message(payload)
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

// next takes the next item: a pending gap first, then the oldest message.
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
