package faults

import (
	"errors"
	"fmt"
	"time"

	"amends/server/measure/bench"
)

// backWithin is when 99 of 100 screens must be back after a fault (the design, 7-quality 4).
const backWithin = 5 * time.Second

// verdict is what makes the command fail.
func verdict(scenes []scene, calls []timedCall, found findings) error {
	var all []error
	if !found.clean() {
		all = append(all, errors.New("the history cannot be: see above"))
	}
	for _, s := range scenes {
		if !s.rested {
			all = append(all, fmt.Errorf("%s: the room did not come to rest", s.name))
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

// ghostVerdict wants every socket that fell silent to be let go of; nil when none was sent silent.
func (p *play) ghostVerdict() error {
	if p.halfOpen == nil {
		return nil
	}
	if gone := len(p.ghostTimes()); gone < halfOpens {
		return fmt.Errorf("%d of %d silent sockets were never let go of", halfOpens-gone, halfOpens)
	}
	return nil
}
