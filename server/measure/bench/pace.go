package bench

import (
	"context"
	"time"
)

// paced calls what every gap until the length is over, and tells it when it was due. Who is late
// calls at once for everything that was due meanwhile: a ticker would leave out what it was too
// late for, and the load would be lighter the busier the machine is.
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
