package faults

import (
	"errors"
	"fmt"
	"time"

	"amends/server/measure/bench"
)

// backWithin is when 99 of 100 screens must be connected again after a fault (the design, 7-quality 4).
const backWithin = 5 * time.Second

// verdict returns the reasons for which the command fails.
func verdict(scenes []scene, calls []timedCall, found findings) error {
	var all []error
	if !found.clean() {
		all = append(all, errors.New("the history has violations: see above"))
	}
	for _, s := range scenes {
		if !s.rested {
			all = append(all, fmt.Errorf("%s: the screens did not converge", s.name))
		}
		if p99 := time.Duration(bench.SpreadOf(s.back).P99 * float64(time.Millisecond)); p99 >= backWithin {
			all = append(all, fmt.Errorf("%s: it took screens %.1f s to come back", s.name, p99.Seconds()))
		}
	}
	for _, c := range calls {
		if c.Outcome == failed {
			all = append(all, fmt.Errorf("a command was refused: %s %s", c.Kind, c.code))
			break
		}
	}
	return errors.Join(all...)
}

// ghostVerdict is an error unless every half-open socket was dropped; nil when there was none.
func (p *play) ghostVerdict() error {
	if p.halfOpen == nil {
		return nil
	}
	if gone := len(p.ghostTimes()); gone < halfOpens {
		return fmt.Errorf("%d of %d silent sockets were never let go of", halfOpens-gone, halfOpens)
	}
	return nil
}
