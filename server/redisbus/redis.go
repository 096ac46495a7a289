// Package redisbus is the doorbell and the small stores of package bus over Redis.
//
// The rule: Redis carries news and counts tries, and nothing in it is the truth. Every call
// ends within half a second whatever Redis does, and answers bus.ErrAway when it must. State
// is kept in lifetimes, not in stored times, so no clock of any node matters and a key that
// expires is a key that means nothing any more. Only plain commands are used (PING, PUBLISH,
// SUBSCRIBE, UNSUBSCRIBE, SET, GET, GETDEL, DEL, HSET, HSETNX, HVALS, HGETALL, HDEL, EXISTS, PTTL, PEXPIRE, EVAL,
// EVALSHA, and the HELLO of go-redis), so that the embedded Redis of the demo does too.
//
// Keys of stores are keyed hashes: whoever reads Redis' memory, its log or its MONITOR sees
// no name, code or address, and cannot test a guess of a six-digit code against a key. Check-in
// words are sealed.
package redisbus

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"amends/server/bus"
)

// patience is how long any one call may wait for Redis.
const patience = 500 * time.Millisecond

// minKeyBytes is the least length of Options.Key.
const minKeyBytes = 32

// Options say which Redis, and how keys are hidden.
type Options struct {
	// URL is redis://, rediss:// or unix://, as go-redis reads it; passwords belong in it.
	URL string
	// Dialer, when set, makes every connection in place of the network (the embedded Redis).
	Dialer func(ctx context.Context) (net.Conn, error)
	// Prefix keeps installations on one Redis apart; empty means "amends:".
	Prefix string
	// Key is the secret that hides keys, the same on all nodes; 32 bytes or more.
	Key []byte
	// Log hears when the doorbell goes away and comes back; never keys or payloads. Nil
	// means silence.
	Log *slog.Logger
}

// Redis is one node's connections to Redis: a pool for calls and one subscriber.
type Redis struct {
	client  *redis.Client
	prefix  string
	key     []byte
	scripts scripts
	gate    gate
	bell    *bell
}

// Open makes the connections and starts the subscriber. A Redis that cannot be reached is
// not an error, only a line in the log: the node works without, and finds it when it is
// there. Faults: bus.ErrMisuse for a URL or key that cannot be right. The caller owes a Close.
func Open(ctx context.Context, o Options) (*Redis, error) {
	settings, err := settings(o)
	if err != nil {
		return nil, err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Redis{client: redis.NewClient(settings), prefix: o.Prefix, key: slices.Clone(o.Key), scripts: newScripts()}
	if r.prefix == "" {
		r.prefix = "amends:"
	}
	r.bell = startBell(r.client, r.prefix, log)
	if err := r.Ping(ctx); err != nil {
		log.Warn("redis is away at start", "error", err)
	}
	return r, nil
}

func settings(o Options) (*redis.Options, error) {
	if len(o.Key) < minKeyBytes {
		return nil, fmt.Errorf("%w: key of %d bytes, need %d", bus.ErrMisuse, len(o.Key), minKeyBytes)
	}
	if o.URL == "" && o.Dialer != nil {
		o.URL = "redis://embedded"
	}
	s, err := redis.ParseURL(o.URL)
	if err != nil {
		// The cause is not wrapped: it may quote the URL, which holds the password.
		return nil, fmt.Errorf("%w: the Redis URL cannot be read", bus.ErrMisuse)
	}
	if o.Dialer != nil {
		s.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := o.Dialer(ctx)
			if err != nil {
				return nil, err
			}
			return newPipe(conn), nil
		}
	}
	// Protocol 2 and no greetings: what the embedded Redis and every older one understand.
	s.Protocol, s.DisableIdentity = 2, true
	s.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	// go-redis would dial five times and try every command four times, seconds in all; a try
	// repeated after a lost answer would also count twice.
	s.DialerRetries, s.MaxRetries = 1, -1
	s.DialTimeout, s.ReadTimeout, s.WriteTimeout, s.PoolTimeout = patience, patience, patience, patience
	s.ContextTimeoutEnabled = true
	return s, nil
}

// Quiet stops go-redis from writing lines of its own about every broken connection to
// standard error; what matters is in Options.Log. Call it once, before the first Open.
func Quiet() { logging.Disable() }

// Stores are the interfaces of it. Put them through bus.Fallback before use.
func (r *Redis) Stores() bus.Stores {
	return bus.Stores{Bus: (*doorbell)(r), Limits: (*limiter)(r), Backoff: (*backoff)(r), Halves: (*halves)(r), Codes: (*once)(r), Pulses: (*pulses)(r), Words: (*words)(r)}
}

// Ping says whether Redis answers: nil, or bus.ErrAway.
func (r *Redis) Ping(ctx context.Context) error {
	return r.do(ctx, func(ctx context.Context) error { return r.client.Ping(ctx).Err() })
}

// Close ends all subscriptions and connections and waits for their goroutines; so it must
// not be called by a function of a subscription. Closing twice is closing once.
func (r *Redis) Close() error {
	r.bell.close()
	if err := r.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("close redis: %w", err)
	}
	return nil
}

// do runs one call with patience, and fails at once while Redis is known to be away.
// redis.Nil passes through: it is an answer.
func (r *Redis) do(ctx context.Context, call func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !r.gate.enter() {
		return bus.ErrAway
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := call(bounded)
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		r.gate.answered()
		return err
	case errors.Is(err, redis.ErrClosed):
		return bus.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	r.gate.failed()
	return fmt.Errorf("%w: %w", bus.ErrAway, err)
}

// name is the key under which a store keeps something: its kind, and the keyed hash of kind
// and parts, each with its length, so that no two lists of parts are alike.
func (r *Redis) name(kind string, parts ...string) string {
	h := hmac.New(sha256.New, r.key)
	for _, part := range append([]string{kind}, parts...) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return r.prefix + kind + ":" + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
