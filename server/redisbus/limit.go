package redisbus

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"amends/server/bus"
)

// A limit's whole state in the generic cell rate algorithm is the remaining TTL of its key: how far the
// key is ahead of its rate, in milliseconds, by Redis' own clock. (The redis_rate package stores an
// absolute time as a decimal fraction; it cannot refund the last outstanding try, and its two clocks
// disagree in the embedded Redis.)

// scripts are the Lua scripts that read and write atomically; go-redis calls them by hash.
type scripts struct{ take, refund, failures, half, pulse, answer, word *redis.Script }

func newScripts() scripts {
	return scripts{
		take:     redis.NewScript(takeScript),
		refund:   redis.NewScript(refundScript),
		failures: redis.NewScript(failuresScript),
		half:     redis.NewScript(halfScript),
		pulse:    redis.NewScript(pulseScript),
		answer:   redis.NewScript(answerScript),
		word:     redis.NewScript(wordScript),
	}
}

// takeScript: KEYS[1]; ARGV step, room (both ms). Returns {taken 0|1, wait in ms, tries left}.
const takeScript = `
local step, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local after = math.max(0, redis.call('PTTL', KEYS[1])) + step
if after > room then return {0, after - room, 0} end
redis.call('SET', KEYS[1], '1', 'PX', after)
return {1, 0, math.floor((room - after) / step)}`

// refundScript: KEYS[1]; ARGV step (ms).
const refundScript = `
local after = redis.call('PTTL', KEYS[1]) - tonumber(ARGV[1])
if after > 0 then return redis.call('PEXPIRE', KEYS[1], after) end
return redis.call('DEL', KEYS[1])`

// failuresScript: KEYS[1]; ARGV verb (look, try, fail), free tries, first, longest, quiet (ms). The key
// holds the failures in a row, with TTL quiet from the last one. Returns the wait in ms: before the try
// for look and try, after the failure for fail.
const failuresScript = `
local free, first = tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, quiet = tonumber(ARGV[4]), tonumber(ARGV[5])
local function wait(count)
  if count < free then return 0 end
  return math.min(longest, first * 2 ^ math.min(count - free, 40))
end
local count, left = tonumber(redis.call('GET', KEYS[1]) or '0'), 0
if count > 0 then
  left = math.max(0, wait(count) - (quiet - redis.call('PTTL', KEYS[1])))
end
if ARGV[1] == 'look' or (ARGV[1] == 'try' and left > 0) then return left end
redis.call('SET', KEYS[1], string.format('%d', count + 1), 'PX', quiet)
if ARGV[1] == 'fail' then return wait(count + 1) end
return 0`

type limiter Redis

// Allow implements bus.Limiter.
func (l *limiter) Allow(ctx context.Context, key string, rule bus.Rule) (bus.Decision, error) {
	if err := rule.Check(); err != nil {
		return bus.Decision{}, err
	}
	r := (*Redis)(l)
	var answer []int64
	err := r.do(ctx, func(ctx context.Context) (err error) {
		answer, err = r.scripts.take.Run(ctx, r.client, []string{r.name("limit", rule.Name, key)},
			rule.Step().Milliseconds(), rule.Room().Milliseconds()).Int64Slice()
		return err
	})
	if err != nil {
		return bus.Decision{}, fmt.Errorf("limit %s: %w", rule.Name, err)
	}
	if len(answer) != 3 {
		return bus.Decision{}, fmt.Errorf("limit %s: %w: answer of %d numbers", rule.Name, bus.ErrAway, len(answer))
	}
	return bus.Decision{OK: answer[0] == 1, RetryAfter: milliseconds(answer[1]), Left: int(answer[2])}, nil
}

// Refund implements bus.Limiter.
func (l *limiter) Refund(ctx context.Context, key string, rule bus.Rule) error {
	if err := rule.Check(); err != nil {
		return err
	}
	r := (*Redis)(l)
	err := r.do(ctx, func(ctx context.Context) error {
		return r.scripts.refund.Run(ctx, r.client, []string{r.name("limit", rule.Name, key)}, rule.Step().Milliseconds()).Err()
	})
	if err != nil {
		return fmt.Errorf("refund %s: %w", rule.Name, err)
	}
	return nil
}

type backoff Redis

// Try implements bus.Backoff.
func (b *backoff) Try(ctx context.Context, key string) (time.Duration, error) {
	return b.run(ctx, "try", key)
}

// Wait implements bus.Backoff.
func (b *backoff) Wait(ctx context.Context, key string) (time.Duration, error) {
	return b.run(ctx, "look", key)
}

// Fail implements bus.Backoff.
func (b *backoff) Fail(ctx context.Context, key string) (time.Duration, error) {
	return b.run(ctx, "fail", key)
}

// Clear implements bus.Backoff.
func (b *backoff) Clear(ctx context.Context, key string) error {
	r := (*Redis)(b)
	err := r.do(ctx, func(ctx context.Context) error { return r.client.Del(ctx, r.name("backoff", key)).Err() })
	if err != nil {
		return fmt.Errorf("clear back-off: %w", err)
	}
	return nil
}

func (b *backoff) run(ctx context.Context, verb, key string) (time.Duration, error) {
	r, curve := (*Redis)(b), bus.Guessing()
	var wait int64
	err := r.do(ctx, func(ctx context.Context) (err error) {
		wait, err = r.scripts.failures.Run(ctx, r.client, []string{r.name("backoff", key)}, verb, curve.Free,
			curve.First.Milliseconds(), curve.Longest.Milliseconds(), curve.Quiet.Milliseconds()).Int64()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("back-off: %w", err)
	}
	return milliseconds(wait), nil
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
