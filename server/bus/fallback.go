package bus

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// Fallback keeps limits and back-off in force while the shared store is unreachable: they are then
// counted in this process, with stricter rules because every node counts alone. Other stores have no
// fallback: without a resume half the person types the password, and a stage code is drawn again.
// Each change between the two is logged once, without keys.
//
// now is the clock of the local counters.
func Fallback(primary Stores, now func() time.Time, log *slog.Logger) Stores {
	watch := &watch{log: log}
	guarded := primary
	guarded.Local = newMemoryLimiter(now)
	guarded.Limits = &fallbackLimiter{primary: primary.Limits, local: newMemoryLimiter(now), watch: watch}
	guarded.Backoff = &fallbackBackoff{primary: primary.Backoff, local: newMemoryBackoff(now, StricterGuessing()), watch: watch}
	return guarded
}

// watch remembers whether the store answered last, and logs when that changes.
type watch struct {
	log  *slog.Logger
	away atomic.Bool
}

// failed reports whether the local counters must decide. The errors of a caller that gave up (its ctx
// is done) or passed nonsense say nothing about the store; such a caller gets its own error back, which
// is a refusal.
func (w *watch) failed(ctx context.Context, err error) bool {
	switch {
	case err == nil:
		if w.away.CompareAndSwap(true, false) {
			w.log.Info("rate limits are shared between nodes again")
		}
		return false
	case ctx.Err() != nil || errors.Is(err, ErrMisuse):
		return false
	}
	if w.away.CompareAndSwap(false, true) {
		w.log.Warn("the shared store is unreachable; rate limits are counted in this process, more strictly", "error", err)
	}
	return true
}

type fallbackLimiter struct {
	primary Limiter
	local   Limiter
	watch   *watch
}

func (f *fallbackLimiter) Allow(ctx context.Context, key string, rule Rule) (Decision, error) {
	decision, err := f.primary.Allow(ctx, key, rule)
	if f.watch.failed(ctx, err) {
		return f.local.Allow(ctx, key, rule.Stricter())
	}
	return decision, err
}

func (f *fallbackLimiter) Refund(ctx context.Context, key string, rule Rule) error {
	err := f.primary.Refund(ctx, key, rule)
	if f.watch.failed(ctx, err) {
		return f.local.Refund(ctx, key, rule.Stricter())
	}
	return err
}

// fallbackBackoff also counts failures locally while the store answers, so that an attacker does not
// start from zero when the store becomes unreachable.
type fallbackBackoff struct {
	primary Backoff
	local   Backoff
	watch   *watch
}

func (f *fallbackBackoff) Try(ctx context.Context, key string) (time.Duration, error) {
	wait, err := f.primary.Try(ctx, key)
	if f.watch.failed(ctx, err) {
		return f.local.Try(ctx, key)
	}
	if err == nil && wait == 0 {
		_, err = f.local.Fail(ctx, key)
	}
	return wait, err
}

func (f *fallbackBackoff) Wait(ctx context.Context, key string) (time.Duration, error) {
	wait, err := f.primary.Wait(ctx, key)
	if f.watch.failed(ctx, err) {
		return f.local.Wait(ctx, key)
	}
	return wait, err
}

func (f *fallbackBackoff) Fail(ctx context.Context, key string) (time.Duration, error) {
	wait, err := f.primary.Fail(ctx, key)
	local, localErr := f.local.Fail(ctx, key)
	if f.watch.failed(ctx, err) {
		return local, localErr
	}
	return wait, err
}

func (f *fallbackBackoff) Clear(ctx context.Context, key string) error {
	err := f.primary.Clear(ctx, key)
	localErr := f.local.Clear(ctx, key)
	if f.watch.failed(ctx, err) {
		return localErr
	}
	return err
}
