package bus

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// Fallback keeps the doors guarded while the shared store is away: limits and back-off are
// then counted in this process, with stricter rules, because every node counts alone. The
// rest is passed through: without the store a resume half is a password, and a pairing code
// is drawn again. Changes between the two are logged once each, without keys.
//
// now is the clock of the counters in this process.
func Fallback(primary Stores, now func() time.Time, log *slog.Logger) Stores {
	watch := &watch{log: log}
	guarded := primary
	guarded.Limits = &fallbackLimiter{primary: primary.Limits, local: newMemoryLimiter(now), watch: watch}
	guarded.Backoff = &fallbackBackoff{primary: primary.Backoff, local: newMemoryBackoff(now, StricterGuessing()), watch: watch}
	return guarded
}

// watch knows whether the store answered last, and says so when that changes.
type watch struct {
	log  *slog.Logger
	away atomic.Bool
}

// failed says whether the local counters must decide. A caller who gave up (its context is
// done) or asked for something senseless says nothing about the store, and gets its own
// error, which is a refusal.
func (w *watch) failed(ctx context.Context, err error) bool {
	switch {
	case err == nil:
		if w.away.CompareAndSwap(true, false) {
			w.log.Info("limits are shared again")
		}
		return false
	case ctx.Err() != nil || errors.Is(err, ErrMisuse):
		return false
	}
	if w.away.CompareAndSwap(false, true) {
		w.log.Warn("limits are counted in this process, more strictly", "error", err)
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

// fallbackBackoff counts every failure locally too: who guesses on does not start from
// nothing when the store goes away.
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
