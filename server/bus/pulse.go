package bus

import (
	"context"
	"fmt"
	"maps"
	"time"

	"amends/server/id"
)

// PulseLife is the TTL of the answers to a pulse that nobody closes.
const PulseLife = 6 * time.Hour

// Pulses is the only place that knows who answered what, and only while a pulse is open. If the answers
// are lost, the open pulse says so and people are asked again.
type Pulses interface {
	// Open starts a pulse with no answers, with the TTL life; opening it again discards its answers.
	Open(ctx context.Context, pulse id.Pulse, life time.Duration) error
	// Answer stores a person's option, replacing an earlier one; kept is false when the pulse is not
	// open or was lost.
	Answer(ctx context.Context, pulse id.Pulse, who id.Member, option int) (kept bool, err error)
	// Count returns how many chose each option; ok is false when the answers are lost.
	Count(ctx context.Context, pulse id.Pulse) (counts map[int]int, ok bool, err error)
	// Drop deletes a pulse. It is idempotent.
	Drop(ctx context.Context, pulse id.Pulse) error
}

// CheckAnswer returns ErrMisuse for a zero pulse or person, or a negative option.
func CheckAnswer(pulse id.Pulse, who id.Member, option int) error {
	if pulse.IsZero() || who.IsZero() || option < 0 {
		return fmt.Errorf("%w: no pulse, person or option", ErrMisuse)
	}
	return nil
}

// CheckPulse returns ErrMisuse for the zero pulse.
func CheckPulse(pulse id.Pulse) error {
	if pulse.IsZero() {
		return fmt.Errorf("%w: no pulse", ErrMisuse)
	}
	return nil
}

type memoryPulses struct {
	shelf *shelf[map[id.Member]int]
}

func (m *memoryPulses) Open(ctx context.Context, pulse id.Pulse, life time.Duration) error {
	if err := CheckPulse(pulse); err != nil {
		return err
	}
	if err := CheckLife(life); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.shelf.change(pulse.String(), func(map[id.Member]int, time.Duration, bool) (map[id.Member]int, time.Duration) {
		return map[id.Member]int{}, life
	})
	return nil
}

func (m *memoryPulses) Answer(ctx context.Context, pulse id.Pulse, who id.Member, option int) (kept bool, err error) {
	if err := CheckAnswer(pulse, who, option); err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.shelf.change(pulse.String(), func(old map[id.Member]int, left time.Duration, ok bool) (map[id.Member]int, time.Duration) {
		if kept = ok; !ok {
			return nil, 0
		}
		old[who] = option
		return old, left
	})
	return kept, nil
}

func (m *memoryPulses) Count(ctx context.Context, pulse id.Pulse) (counts map[int]int, ok bool, err error) {
	if err := CheckPulse(pulse); err != nil {
		return nil, false, err
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.shelf.change(pulse.String(), func(old map[id.Member]int, left time.Duration, there bool) (map[id.Member]int, time.Duration) {
		if ok = there; ok {
			counts = map[int]int{}
			for option := range maps.Values(old) {
				counts[option]++
			}
		}
		return old, left
	})
	return counts, ok, nil
}

func (m *memoryPulses) Drop(ctx context.Context, pulse id.Pulse) error {
	if err := CheckPulse(pulse); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.shelf.change(pulse.String(), func(map[id.Member]int, time.Duration, bool) (map[id.Member]int, time.Duration) { return nil, 0 })
	return nil
}
