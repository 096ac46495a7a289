package bench

import (
	"context"
	"time"
)

// paced calls what once per gap until length has passed, with the time it was due. When it is late, it
// calls at once for everything that was due meanwhile: a ticker would drop those calls, so the load
// would be lighter the busier the machine is (coordinated omission).
func paced(ctx context.Context, gap, length time.Duration, what func(due time.Time) error) error {
	timer := time.NewTimer(gap)
	defer timer.Stop()
	began := time.Now()
	for after := gap; after <= length; after += gap {
		due := began.Add(after)
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if err := what(due); err != nil {
				return err
			}
		}
	}
	return nil
}
