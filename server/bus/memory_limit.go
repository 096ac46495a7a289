package bus

import (
	"context"
	"time"
)

// memoryLimiter stores per key how far it is ahead of its rate: an entry expires exactly when the key
// has its whole burst again, so the remaining lifetime is the whole state.
type memoryLimiter struct{ shelf *shelf[struct{}] }

func newMemoryLimiter(now func() time.Time) *memoryLimiter {
	return &memoryLimiter{shelf: newShelf[struct{}](now)}
}

func (l *memoryLimiter) Allow(ctx context.Context, key string, rule Rule) (Decision, error) {
	if err := checkLimit(ctx, rule); err != nil {
		return Decision{}, err
	}
	var decision Decision
	l.shelf.change(rule.Name+"\x00"+key, func(_ struct{}, ahead time.Duration, _ bool) (struct{}, time.Duration) {
		after := ahead + rule.Step()
		if after > rule.Room() {
			decision = Decision{RetryAfter: after - rule.Room()}
			return struct{}{}, ahead
		}
		decision = Decision{OK: true, Left: int((rule.Room() - after) / rule.Step())}
		return struct{}{}, after
	})
	return decision, nil
}

func (l *memoryLimiter) Refund(ctx context.Context, key string, rule Rule) error {
	if err := checkLimit(ctx, rule); err != nil {
		return err
	}
	l.shelf.change(rule.Name+"\x00"+key, func(_ struct{}, ahead time.Duration, _ bool) (struct{}, time.Duration) {
		return struct{}{}, ahead - rule.Step()
	})
	return nil
}

func checkLimit(ctx context.Context, rule Rule) error {
	if err := rule.Check(); err != nil {
		return err
	}
	return ctx.Err()
}

// memoryBackoff stores the number of failures in a row; an entry's remaining lifetime tells how long
// ago the last one was.
type memoryBackoff struct {
	curve Curve
	shelf *shelf[int]
}

func newMemoryBackoff(now func() time.Time, curve Curve) *memoryBackoff {
	return &memoryBackoff{curve: curve, shelf: newShelf[int](now)}
}

func (b *memoryBackoff) wait(failures int, left time.Duration) time.Duration {
	return max(0, b.curve.After(failures)-(b.curve.Quiet-left))
}

func (b *memoryBackoff) Try(ctx context.Context, key string) (wait time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	b.shelf.change(key, func(failures int, left time.Duration, ok bool) (int, time.Duration) {
		if ok {
			wait = b.wait(failures, left)
		}
		if wait > 0 {
			return failures, left
		}
		return failures + 1, b.curve.Quiet
	})
	return wait, nil
}

func (b *memoryBackoff) Wait(ctx context.Context, key string) (wait time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	b.shelf.change(key, func(failures int, left time.Duration, ok bool) (int, time.Duration) {
		if ok {
			wait = b.wait(failures, left)
		}
		return failures, left
	})
	return wait, nil
}

func (b *memoryBackoff) Fail(ctx context.Context, key string) (wait time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	b.shelf.change(key, func(failures int, _ time.Duration, _ bool) (int, time.Duration) {
		wait = b.curve.After(failures + 1)
		return failures + 1, b.curve.Quiet
	})
	return wait, nil
}

func (b *memoryBackoff) Clear(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.shelf.change(key, func(int, time.Duration, bool) (int, time.Duration) { return 0, 0 })
	return nil
}
