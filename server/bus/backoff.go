package bus

import (
	"context"
	"time"
)

// Backoff slows down guessing at one key (a keyed hash of a sign-in name). Nobody is ever
// locked out for good: the wait stops growing, and ends.
type Backoff interface {
	// Try is the way to use it: it takes a try before the answer is known, and so holds
	// under concurrency. 0 means go on, the try is counted as a failure until Clear; more
	// means how long to wait, and nothing was counted. An error is a refusal.
	Try(ctx context.Context, key string) (wait time.Duration, err error)

	// Wait says how long key must wait, and counts nothing. Waiting with Wait and counting
	// with Fail lets simultaneous tries through together; prefer Try.
	Wait(ctx context.Context, key string) (time.Duration, error)

	// Fail counts a failure and says how long the next try must wait.
	Fail(ctx context.Context, key string) (time.Duration, error)

	// Clear forgets the failures of key, after a success.
	Clear(ctx context.Context, key string) error
}

// Curve is how waits grow with failures in a row.
type Curve struct {
	// Free is how many tries come before any wait.
	Free int
	// First is the wait after the last free try failed; each further failure doubles it,
	// up to Longest.
	First, Longest time.Duration
	// Quiet is how long after the last failure all is forgotten; longer than Longest.
	Quiet time.Duration
}

// Guessing is the curve of sign-in: 5 free tries, then 2, 4, 8 ... seconds up to 15 minutes,
// forgotten after a day without a failure.
func Guessing() Curve {
	return Curve{Free: 5, First: 2 * time.Second, Longest: 15 * time.Minute, Quiet: 24 * time.Hour}
}

// StricterGuessing is the curve of a node that counts alone.
func StricterGuessing() Curve {
	return Curve{Free: 2, First: 8 * time.Second, Longest: 15 * time.Minute, Quiet: 24 * time.Hour}
}

// After is the wait that follows the given number of failures in a row.
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
