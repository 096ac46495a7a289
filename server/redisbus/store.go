package redisbus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"amends/server/bus"
	"amends/server/id"
)

type halves Redis

// halfScript: KEYS[1]; ARGV the TTL in ms from now on, never longer than the present one. Returns the
// half.
const halfScript = `
local half = redis.call('GET', KEYS[1])
if half and redis.call('PTTL', KEYS[1]) > tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return half`

// Put implements bus.Halves.
func (h *halves) Put(ctx context.Context, signin id.Signin, half bus.Half, life time.Duration) error {
	if err := errors.Join(bus.CheckSignin(signin), bus.CheckLife(life)); err != nil {
		return err
	}
	r := (*Redis)(h)
	err := r.do(ctx, func(ctx context.Context) error {
		return r.client.Do(ctx, "SET", r.name("half", signin.String()), half[:], "PX", life.Milliseconds()).Err()
	})
	if err != nil {
		return fmt.Errorf("keep half of %s: %w", signin, err)
	}
	return nil
}

// Take implements bus.Halves. A value that is not 32 bytes counts as none.
func (h *halves) Take(ctx context.Context, signin id.Signin) (half bus.Half, ok bool, err error) {
	if err := bus.CheckSignin(signin); err != nil {
		return bus.Half{}, false, err
	}
	r := (*Redis)(h)
	var kept string
	err = r.do(ctx, func(ctx context.Context) (err error) {
		kept, err = r.scripts.half.Run(ctx, r.client, []string{r.name("half", signin.String())}, bus.HandedOut.Milliseconds()).Text()
		return err
	})
	switch {
	case errors.Is(err, redis.Nil):
		return bus.Half{}, false, nil
	case err != nil:
		return bus.Half{}, false, fmt.Errorf("take half of %s: %w", signin, err)
	case len(kept) != len(half):
		return bus.Half{}, false, nil
	}
	return bus.Half([]byte(kept)), true, nil
}

// Delete implements bus.Halves.
func (h *halves) Delete(ctx context.Context, signin id.Signin) error {
	if err := bus.CheckSignin(signin); err != nil {
		return err
	}
	r := (*Redis)(h)
	err := r.do(ctx, func(ctx context.Context) error { return r.client.Del(ctx, r.name("half", signin.String())).Err() })
	if err != nil {
		return fmt.Errorf("drop half of %s: %w", signin, err)
	}
	return nil
}

type once Redis

// Put implements bus.Once.
func (o *once) Put(ctx context.Context, kind bus.Kind, code string, value []byte, life time.Duration) error {
	if err := errors.Join(bus.CheckCode(kind, code), bus.CheckLife(life)); err != nil {
		return err
	}
	r := (*Redis)(o)
	err := r.do(ctx, func(ctx context.Context) error {
		return r.client.Do(ctx, "SET", r.name("once", string(kind), code), value, "PX", life.Milliseconds(), "NX").Err()
	})
	switch {
	case errors.Is(err, redis.Nil):
		return bus.ErrTaken
	case err != nil:
		return fmt.Errorf("keep %s code: %w", kind, err)
	}
	return nil
}

// Take implements bus.Once.
func (o *once) Take(ctx context.Context, kind bus.Kind, code string) (value []byte, ok bool, err error) {
	if err := bus.CheckCode(kind, code); err != nil {
		return nil, false, err
	}
	r := (*Redis)(o)
	err = r.do(ctx, func(ctx context.Context) (err error) {
		value, err = r.client.GetDel(ctx, r.name("once", string(kind), code)).Bytes()
		return err
	})
	switch {
	case errors.Is(err, redis.Nil):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("take %s code: %w", kind, err)
	}
	return value, true, nil
}
