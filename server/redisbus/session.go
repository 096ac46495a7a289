package redisbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// watchEvery is the heartbeat interval of a session; one that received nothing since the last
	// heartbeat is ended, so a silent partition is noticed within two of them.
	watchEvery = time.Second
	// overdue is how long Redis may take to confirm a subscription before the session is replaced.
	overdue = 2 * time.Second
)

// listen opens one session and delivers its messages until it breaks. reached reports whether Redis
// answered at all.
func (b *pubSub) listen() (reached bool, err error) {
	session := b.client.Subscribe(b.ctx)
	defer func() { _ = session.Close() }()
	if err := greet(b.ctx, session); err != nil {
		return false, fmt.Errorf("open subscription: %w", err)
	}
	life := &life{began: time.Now()}
	stop, watched := make(chan struct{}), make(chan struct{})
	// Subscribing and reading run concurrently: on an unbuffered connection, Redis' replies to the
	// first topics must be read before it accepts the next ones.
	go func() {
		defer close(watched)
		if b.adopt(session) {
			b.watch(session, life, stop)
		}
	}()
	err = b.receive(session, life)
	close(stop)
	<-watched
	return true, err
}

// greet connects and waits for one reply, before anything depends on the connection.
func greet(ctx context.Context, session *redis.PubSub) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := session.Ping(ctx); err != nil {
		return err
	}
	_, err := session.ReceiveTimeout(ctx, patience)
	return err
}

// adopt makes session the current one and subscribes to every topic; false when pubSub is closed.
func (b *pubSub) adopt(session *redis.PubSub) bool {
	b.wire.Lock()
	defer b.wire.Unlock()
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		_ = session.Close()
		return false
	}
	if b.away {
		b.log.Info("the Redis pub/sub connection is back")
	}
	b.session, b.away = session, false
	channels := make([]string, 0, len(b.topics))
	for channel, t := range b.topics {
		t.asked, t.confirmed = time.Now(), false
		channels = append(channels, channel)
	}
	b.mu.Unlock()
	for piece := range slices.Chunk(channels, 256) {
		b.write(session, session.Subscribe, piece...)
	}
	return true
}

// receive delivers what arrives. It reads without a deadline, because one that struck in the middle of
// a message would lose the position in the stream; watch ends it instead.
func (b *pubSub) receive(session *redis.PubSub, life *life) error {
	for {
		message, err := session.ReceiveTimeout(b.ctx, 0)
		if err != nil {
			return errors.Join(life.cause(), err)
		}
		life.sign()
		switch m := message.(type) {
		case *redis.Message:
			b.deliver(m.Channel, []byte(m.Payload))
		case *redis.Subscription:
			if m.Kind == "subscribe" {
				b.confirm(m.Channel)
			}
		}
	}
}

// watch ends a session that stays silent after a ping or leaves a subscription unconfirmed.
func (b *pubSub) watch(session *redis.PubSub, life *life, stop <-chan struct{}) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for asked := int64(-1); ; {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		if life.last.Load() < asked {
			life.end(session, "no sign of life")
			return
		}
		if b.waiting() {
			life.end(session, "subscription not confirmed")
			return
		}
		asked = life.age()
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		err := session.Ping(ctx)
		cancel()
		if err != nil {
			life.end(session, "ping failed")
			return
		}
	}
}

// waiting reports whether any topic is overdue.
func (b *pubSub) waiting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.topics {
		if !t.confirmed && time.Since(t.asked) > overdue {
			return true
		}
	}
	return false
}

// life is the time since a session began at which it last received something, in nanoseconds, and why
// it was ended.
type life struct {
	began time.Time
	last  atomic.Int64
	ended atomic.Pointer[string]
}

func (l *life) age() int64 { return int64(time.Since(l.began)) }

func (l *life) sign() { l.last.Store(l.age()) }

func (l *life) end(session *redis.PubSub, why string) {
	l.ended.Store(&why)
	_ = session.Close()
}

func (l *life) cause() error {
	if why := l.ended.Load(); why != nil {
		return errors.New(*why)
	}
	return nil
}
