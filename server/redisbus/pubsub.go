package redisbus

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"amends/server/bus"
)

const (
	// firstRetry and longestRetry bound the pause between attempts to reconnect to Redis.
	firstRetry   = 50 * time.Millisecond
	longestRetry = 500 * time.Millisecond
	// gapEvery is how often subscribers are told to re-read the table while Redis is unreachable.
	gapEvery = 900 * time.Millisecond
)

// pubSub is the node's single Redis pub/sub connection and all local subscribers.
//
// Invariant: every subscriber gets each message, or a gap call after a message may have been missed.
// go-redis reconnects a broken subscription silently, so every session is monitored here (session.go),
// and a topic that Redis confirms a second time, or late, is a gap for all of its subscribers.
type pubSub struct {
	client *redis.Client
	prefix string
	log    *slog.Logger

	ctx    context.Context
	cancel context.CancelFunc
	// running counts the listener goroutine and the goroutines of all inboxes.
	running sync.WaitGroup

	// wire keeps SUBSCRIBE and UNSUBSCRIBE commands in the order of the changes to topics. Lock order:
	// wire before mu. Held during writes to the connection.
	wire sync.Mutex

	mu      sync.Mutex
	topics  map[string]*topic
	session *redis.PubSub
	away    bool
	closed  bool
	gapAt   time.Time
}

// topic is one Redis channel with its local subscribers; it is removed with the last of them.
type topic struct {
	inboxes []*bus.Inbox
	// asked is when SUBSCRIBE was last sent; confirmed says that Redis has answered it.
	asked     time.Time
	confirmed bool
	// owed says that messages may have been missed: the next confirmation must call gap.
	owed bool
	// ready is closed at the first confirmation.
	ready chan struct{}
}

func startPubSub(client *redis.Client, prefix string, log *slog.Logger) *pubSub {
	ctx, cancel := context.WithCancel(context.Background())
	b := &pubSub{client: client, prefix: prefix, log: log, ctx: ctx, cancel: cancel, topics: map[string]*topic{}}
	b.running.Go(b.run)
	return b
}

// close ends the session and all inboxes and waits for their goroutines.
func (b *pubSub) close() {
	b.mu.Lock()
	b.closed = true
	b.cancel()
	session := b.session
	for _, t := range b.topics {
		for _, inbox := range t.inboxes {
			inbox.Close()
		}
	}
	b.mu.Unlock()
	if session != nil {
		_ = session.Close()
	}
	b.running.Wait()
}

// run keeps a session open until pubSub is closed.
func (b *pubSub) run() {
	pause := firstRetry
	for {
		reached, err := b.listen()
		if b.ctx.Err() != nil {
			return
		}
		b.lost(err)
		if reached {
			pause = firstRetry
		}
		timer := time.NewTimer(pause/2 + rand.N(pause/2))
		select {
		case <-timer.C:
		case <-b.ctx.Done():
			timer.Stop()
			return
		}
		pause = min(2*pause, longestRetry)
	}
}

// lost records that the session ended: every topic is owed a gap at its next confirmation, and its
// subscribers get one now too, at most once per gapEvery.
func (b *pubSub) lost(cause error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.away {
		b.log.Warn("lost the Redis pub/sub connection; rooms re-read the database until it is back", "error", cause)
	}
	tell := !b.away || time.Since(b.gapAt) >= gapEvery
	b.away, b.session = true, nil
	if tell {
		b.gapAt = time.Now()
	}
	for _, t := range b.topics {
		t.confirmed, t.owed = false, true
		if tell {
			t.gap()
		}
	}
}

func (t *topic) gap() {
	for _, inbox := range t.inboxes {
		inbox.Gap()
	}
}

// deliver passes a message to all local subscribers. A message that arrives before Redis confirmed the
// topic was meant for earlier subscribers and is dropped: a new subscriber reads the table after the
// confirmation anyway. (The embedded Redis may deliver such a message even later.)
func (b *pubSub) deliver(channel string, payload []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t := b.topics[channel]; t != nil && t.confirmed {
		for _, inbox := range t.inboxes {
			inbox.Put(payload)
		}
	}
}

// confirm records that the subscription is in force. A second confirmation without a new request means
// that go-redis reconnected silently.
func (b *pubSub) confirm(channel string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.topics[channel]
	if t == nil {
		return
	}
	if t.confirmed || t.owed {
		t.gap()
	}
	t.confirmed, t.owed = true, false
	select {
	case <-t.ready:
	default:
		close(t.ready)
	}
}

// subscribe adds a subscriber, and subscribes at Redis if it is the first of its topic.
func (b *pubSub) subscribe(channel string, message func(payload []byte), gap func()) (*subscription, error) {
	b.wire.Lock()
	defer b.wire.Unlock()
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil, bus.ErrClosed
	}
	t, known := b.topics[channel]
	if !known {
		t = &topic{asked: time.Now(), owed: b.away, ready: make(chan struct{})}
		b.topics[channel] = t
	}
	s := &subscription{pubSub: b, channel: channel, topic: t, inbox: bus.NewInbox(message, gap)}
	t.inboxes = append(t.inboxes, s.inbox)
	b.running.Go(s.inbox.Wait)
	session := b.session
	b.mu.Unlock()
	if !known && session != nil {
		b.write(session, session.Subscribe, channel)
	}
	return s, nil
}

// write sends one (un)subscribe command. If that fails the session is closed: run then opens another
// one, which subscribes to every topic again.
func (b *pubSub) write(session *redis.PubSub, command func(context.Context, ...string) error, channels ...string) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := command(ctx, channels...); err != nil {
		_ = session.Close()
	}
}

type subscription struct {
	pubSub  *pubSub
	channel string
	topic   *topic
	inbox   *bus.Inbox
	leave   sync.Once
}

// await blocks until the subscription is in force, patience has passed, or Redis is known to be
// unreachable; in the last two cases a gap is owed.
func (s *subscription) await(ctx context.Context) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	if s.pubSub.known(s.topic) {
		return nil
	}
	select {
	case <-s.topic.ready:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.pubSub.ctx.Done():
		return bus.ErrClosed
	}
	s.pubSub.mu.Lock()
	defer s.pubSub.mu.Unlock()
	s.topic.owed = s.topic.owed || !s.topic.confirmed
	return nil
}

// known reports that waiting is useless: the topic is confirmed, or Redis is unreachable.
func (b *pubSub) known(t *topic) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return t.confirmed || b.away
}

// Close implements bus.Subscription.
func (s *subscription) Close() {
	s.inbox.Close()
	s.leave.Do(func() { s.pubSub.unsubscribe(s) })
}

// unsubscribe removes a subscriber, and unsubscribes at Redis if it was the last of its topic.
func (b *pubSub) unsubscribe(s *subscription) {
	b.wire.Lock()
	defer b.wire.Unlock()
	b.mu.Lock()
	s.topic.inboxes = slices.DeleteFunc(s.topic.inboxes, func(other *bus.Inbox) bool { return other == s.inbox })
	last := len(s.topic.inboxes) == 0
	if last {
		delete(b.topics, s.channel)
	}
	session := b.session
	b.mu.Unlock()
	if last && session != nil {
		b.write(session, session.Unsubscribe, s.channel)
	}
}

type redisBus Redis

// Publish implements bus.Bus.
func (d *redisBus) Publish(ctx context.Context, topic bus.Topic, payload []byte) error {
	r := (*Redis)(d)
	err := r.do(ctx, func(ctx context.Context) error {
		return r.client.Publish(ctx, r.prefix+string(topic), payload).Err()
	})
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// Subscribe implements bus.Bus.
func (d *redisBus) Subscribe(ctx context.Context, topic bus.Topic, message func(payload []byte), gap func()) (bus.Subscription, error) {
	if message == nil || gap == nil || topic == "" {
		return nil, fmt.Errorf("%w: subscription without topic, message or gap", bus.ErrMisuse)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s, err := d.pubSub.subscribe(d.prefix+string(topic), message, gap)
	if err != nil {
		return nil, err
	}
	if err := s.await(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}
