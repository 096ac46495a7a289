package redisbus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"amends/server/bus"
	"amends/server/id"
)

// A pulse is one Redis hash from a keyed hash of the person to the number of the chosen option. The
// field "open" exists from the start, so that a pulse without answers differs from a lost one.

// pulseScript: KEYS[1]; ARGV TTL in milliseconds.
const pulseScript = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'open', '')
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`

// answerScript: KEYS[1]; ARGV field, option. Returns 0 when the pulse is lost, else 1.
const answerScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`

type pulses Redis

// Open implements bus.Pulses.
func (p *pulses) Open(ctx context.Context, pulse id.Pulse, life time.Duration) error {
	if err := errors.Join(bus.CheckPulse(pulse), bus.CheckLife(life)); err != nil {
		return err
	}
	r := (*Redis)(p)
	err := r.do(ctx, func(ctx context.Context) error {
		return r.scripts.pulse.Run(ctx, r.client, []string{r.name("pulse", pulse.String())}, life.Milliseconds()).Err()
	})
	if err != nil {
		return fmt.Errorf("open pulse %s: %w", pulse, err)
	}
	return nil
}

// Answer implements bus.Pulses.
func (p *pulses) Answer(ctx context.Context, pulse id.Pulse, who id.Member, option int) (kept bool, err error) {
	if err := bus.CheckAnswer(pulse, who, option); err != nil {
		return false, err
	}
	r := (*Redis)(p)
	field := r.name("answer", pulse.String(), who.String())
	err = r.do(ctx, func(ctx context.Context) (err error) {
		kept, err = r.scripts.answer.Run(ctx, r.client, []string{r.name("pulse", pulse.String())}, field, option).Bool()
		return err
	})
	if err != nil {
		return false, fmt.Errorf("answer pulse %s: %w", pulse, err)
	}
	return kept, nil
}

// Count implements bus.Pulses.
func (p *pulses) Count(ctx context.Context, pulse id.Pulse) (counts map[int]int, ok bool, err error) {
	if err := bus.CheckPulse(pulse); err != nil {
		return nil, false, err
	}
	r := (*Redis)(p)
	var kept []string
	err = r.do(ctx, func(ctx context.Context) (err error) {
		kept, err = r.client.HVals(ctx, r.name("pulse", pulse.String())).Result()
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("count pulse %s: %w", pulse, err)
	}
	if len(kept) == 0 {
		return nil, false, nil
	}
	counts = map[int]int{}
	for _, value := range kept {
		if option, err := strconv.Atoi(value); err == nil {
			counts[option]++
		}
	}
	return counts, true, nil
}

// Drop implements bus.Pulses.
func (p *pulses) Drop(ctx context.Context, pulse id.Pulse) error {
	if err := bus.CheckPulse(pulse); err != nil {
		return err
	}
	r := (*Redis)(p)
	err := r.do(ctx, func(ctx context.Context) error { return r.client.Del(ctx, r.name("pulse", pulse.String())).Err() })
	if err != nil {
		return fmt.Errorf("drop pulse %s: %w", pulse, err)
	}
	return nil
}
