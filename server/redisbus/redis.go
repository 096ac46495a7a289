// Package redisbus implements the pub/sub and the small stores of package bus over Redis.
//
// Rule: Redis carries notifications and counters; it is never the source of truth. Every call ends
// within half a second whatever Redis does, with bus.ErrAway if it must. State is kept as remaining
// TTL, not as stored times, so no node's clock matters and an expired key has no meaning left. Only
// plain commands are used, so that the demo's embedded Redis suffices (PING, PUBLISH, SUBSCRIBE,
// UNSUBSCRIBE, SET, GET, GETDEL, DEL, HSET, HSETNX, HVALS, HGETALL, HDEL, EXISTS, PTTL, PEXPIRE, EVAL,
// EVALSHA, and go-redis' HELLO).
//
// Keys of stores are keyed hashes (HMAC): whoever reads Redis' memory, its log or its MONITOR sees no
// name, code or address, and cannot test a guess of a six-digit code against a key. Check-in words are
// sealed.
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

// patience is the timeout of any one call to Redis.
const patience = 500 * time.Millisecond

// minKeyBytes is the minimum length of Options.Key.
const minKeyBytes = 32

// Options say which Redis to use, and how its keys are hidden.
type Options struct {
	// URL is redis://, rediss:// or unix://, as go-redis parses it, including the password.
	URL string
	// Dialer, if set, opens every connection instead of the network (used for the embedded Redis).
	Dialer func(ctx context.Context) (net.Conn, error)
	// Prefix separates installations that share one Redis; empty means "amends:".
	Prefix string
	// Key is the HMAC secret that hides keys, the same on all nodes; at least 32 bytes.
	Key []byte
	// Log gets a line when Redis is lost and when it is back; never keys or payloads. Nil discards.
	Log *slog.Logger
}

// Redis is one node's connections to Redis: a pool for calls and one subscriber.
type Redis struct {
	client  *redis.Client
	prefix  string
	key     []byte
	scripts scripts
	gate    gate
	pubSub  *pubSub
}

// Open creates the clients and starts the subscriber. An unreachable Redis is only logged, not an
// error: the node works without it and connects when it can. Error: bus.ErrMisuse for an invalid URL or
// key. The caller must call Close.
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
	r.pubSub = startPubSub(r.client, r.prefix, log)
	if err := r.Ping(ctx); err != nil {
		log.Warn("cannot reach Redis at start; trying again", "error", err)
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
		// The cause is not wrapped: it may quote the URL, which contains the password.
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
	// Protocol 2 without CLIENT SETINFO: what the embedded and every older Redis understand.
	s.Protocol, s.DisableIdentity = 2, true
	s.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	// go-redis would dial five times and try every command four times, seconds in all; and a command
	// retried after a lost reply would count twice.
	s.DialerRetries, s.MaxRetries = 1, -1
	s.DialTimeout, s.ReadTimeout, s.WriteTimeout, s.PoolTimeout = patience, patience, patience, patience
	s.ContextTimeoutEnabled = true
	return s, nil
}

// Quiet stops go-redis from logging every broken connection to standard error; what matters goes to
// Options.Log. Call it once, before the first Open.
func Quiet() { logging.Disable() }

// Stores returns all stores on this Redis. Wrap them in bus.Fallback before use.
func (r *Redis) Stores() bus.Stores {
	return bus.Stores{Bus: (*redisBus)(r), Limits: (*limiter)(r), Backoff: (*backoff)(r), Halves: (*halves)(r), Codes: (*once)(r), Pulses: (*pulses)(r), Words: (*words)(r)}
}

// Ping reports whether Redis answers: nil, or bus.ErrAway.
func (r *Redis) Ping(ctx context.Context) error {
	return r.do(ctx, func(ctx context.Context) error { return r.client.Ping(ctx).Err() })
}

// Close ends all subscriptions and connections and waits for their goroutines, so it must not be called
// from a subscription's functions. It is idempotent.
func (r *Redis) Close() error {
	r.pubSub.close()
	if err := r.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("close redis: %w", err)
	}
	return nil
}

// do runs one call with the timeout, and fails at once while the gate is closed. redis.Nil (no such
// key) is returned as is: Redis has answered.
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

// name returns a store's Redis key: its kind, and the HMAC of kind and parts, each with its length in
// front, so that no two lists of parts collide.
func (r *Redis) name(kind string, parts ...string) string {
	h := hmac.New(sha256.New, r.key)
	for _, part := range append([]string{kind}, parts...) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return r.prefix + kind + ":" + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
