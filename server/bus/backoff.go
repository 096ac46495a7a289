package bus

import (
	"context"
	"time"
)

// Backoff slows down guessing at one key (a keyed hash of a sign-in name). It never locks anybody out
// for good: the wait is capped and expires.
type Backoff interface {
	// Try is the method to use: it counts the try before its result is known, and so is exact under
	// concurrency. wait 0 means go on, and the try counts as a failure until Clear; a positive wait
	// means that nothing was counted. Treat an error as a refusal.
	Try(ctx context.Context, key string) (wait time.Duration, err error)

	// Wait returns how long key must wait and counts nothing. Combining Wait and Fail lets concurrent
	// tries through together; prefer Try.
	Wait(ctx context.Context, key string) (time.Duration, error)

	// Fail counts a failure and returns how long the next try must wait.
	Fail(ctx context.Context, key string) (time.Duration, error)

	// Clear forgets the failures of key, after a success.
	Clear(ctx context.Context, key string) error
}

// Curve defines how the wait grows with failures in a row.
type Curve struct {
	// Free is how many tries pass before any wait.
	Free int
	// First is the wait after the last free try failed; each further failure doubles it,
	// up to Longest.
	First, Longest time.Duration
	// Quiet is how long after the last failure the count resets; longer than Longest.
	Quiet time.Duration
}

// Guessing is the curve of sign-in: 5 free tries, then 2, 4, 8 ... seconds up to 15 minutes, reset
// after a day without a failure.
func Guessing() Curve {
	return Curve{Free: 5, First: 2 * time.Second, Longest: 15 * time.Minute, Quiet: 24 * time.Hour}
}

// StricterGuessing is the curve of a node that counts locally because Redis is unreachable.
func StricterGuessing() Curve {
	return Curve{Free: 2, First: 8 * time.Second, Longest: 15 * time.Minute, Quiet: 24 * time.Hour}
}

// After returns the wait that follows the given number of failures in a row.
func (c Curve) After(failures int) time.Duration {
	if failures < c.Free {
		return 0
	}
	wait := c.First
	for range failures - c.Free {
		if wait *= 2; wait >= c.Longest {
			return c.Longest
		}
	}
	return min(wait, c.Longest)
}
