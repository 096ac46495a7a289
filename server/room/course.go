package room

import (
	"slices"
	"time"

	"amends/server/agenda"
	"amends/server/fault"
	"amends/server/wire"
)

// The course of a room: the order of its parts. The rules: a part keeps its number from the plan
// whatever the order, and commands use that number. Past parts and the part under way never move; the
// parts to come can be reordered, skipped and unskipped. Ground, check-out and close are never skipped,
// because a meeting must begin and end safely. Next and Back pass over skipped parts; going to a
// skipped part unskips it.

// Faults of the course.
var (
	ErrNeverSkipped = fault.New(fault.Conflict, "room.never_skipped", "This part always takes place.")
	ErrOrder        = fault.New(fault.Conflict, "room.order", "The agenda has changed meanwhile. Please look at it again.")
	ErrPast         = fault.New(fault.Conflict, "room.part_begun", "This part has begun already.")
)

// Course is the order of the parts and their progress. Its lists are parallel to Plan.Segments and
// State.Started.
type Course struct {
	// Parts are the numbers of the parts in the plan.
	Parts   []int
	Skipped []bool
	// Took is how long each part took in its finished runs.
	Took []time.Duration
}

func newCourse(n int) Course {
	c := Course{Parts: make([]int, n), Skipped: make([]bool, n), Took: make([]time.Duration, n)}
	for i := range c.Parts {
		c.Parts[i] = i
	}
	return c
}

func (c Course) clone() Course {
	return Course{Parts: slices.Clone(c.Parts), Skipped: slices.Clone(c.Skipped), Took: slices.Clone(c.Took)}
}

// at returns the index of a part in the current order, -1 when the plan has no such part.
func (c Course) at(part int) int { return slices.Index(c.Parts, part) }

// Fixed reports whether parts of a type can never be skipped or shortened.
func Fixed(t agenda.SegmentType) bool {
	return t == agenda.Ground || t == agenda.CheckOut || t == agenda.Close
}

// after returns the index of the next part that is not skipped, -1 for none.
func (s State) after(at int) int {
	for i := at + 1; i < len(s.Course.Parts); i++ {
		if !s.Course.Skipped[i] {
			return i
		}
	}
	return -1
}

// before returns the index of the previous part that is not skipped, -1 for none.
func (s State) before(at int) int {
	for i := at - 1; i >= 0; i-- {
		if !s.Course.Skipped[i] {
			return i
		}
	}
	return -1
}

// resting reports whether the timers stand still: the room is not running, or calm or holding covers
// it.
func (s State) resting() bool { return s.Phase != wire.RoomRunning || s.Calm || s.Holding }

var courseRules = map[string]rule{
	"reorder": with(builder.reorder),
	"skip":    with(builder.skip),
}

func (b builder) reorder(w wire.ReorderWith) ([]Event, error) {
	rest := b.s.Course.Parts[b.s.Segment+1:]
	if len(w.Order) != len(rest) || slices.ContainsFunc(w.Order, func(part int) bool { return !slices.Contains(rest, part) }) {
		return nil, ErrOrder
	}
	return b.unless(slices.Equal(w.Order, rest), Reordered, Data{Order: w.Order})
}

func (b builder) skip(w wire.SkipWith) ([]Event, error) {
	s, out := b.s, wire.On(w.On)
	at := s.Course.at(w.Segment)
	switch {
	case at < 0:
		return nil, ErrNoSuch
	case at <= s.Segment:
		return nil, ErrPast
	case out && Fixed(s.Plan.Segments[at].Type):
		return nil, ErrNeverSkipped
	case out == s.Course.Skipped[at]:
		return nil, nil
	case out && s.onlyOne(at):
		return nil, ErrNeverSkipped
	case out:
		return b.one(Skipped, Data{Segment: &w.Segment}), nil
	}
	return b.one(Unskipped, Data{Segment: &w.Segment}), nil
}

// onlyOne reports whether the room has not started and this is the only part that is not skipped.
func (s State) onlyOne(at int) bool {
	return s.Segment < 0 && s.after(-1) == at && s.after(at) < 0
}

// Events of the course.
const (
	Reordered = "agenda.reordered"
	Skipped   = "segment.skipped"
	Unskipped = "segment.unskipped"
)

var courseKinds = map[string]kind{
	Reordered: {apply: func(s *State, e Event) { s.reorder(e.Data.Order) }},
	Skipped:   {apply: skips(true)},
	Unskipped: {apply: skips(false)},
}

func skips(out bool) func(*State, Event) {
	return func(s *State, e Event) {
		if at := s.Course.at(*e.Data.Segment); at >= 0 {
			s.Course.Skipped[at] = out
		}
	}
}

// reorder moves the parts to come, with everything stored for each of them.
func (s *State) reorder(order []int) {
	old := s.clone()
	s.Plan.Segments = slices.Clone(s.Plan.Segments)
	for i, part := range order {
		from, to := old.Course.at(part), s.Segment+1+i
		if from < 0 || to >= len(s.Plan.Segments) {
			continue
		}
		s.Plan.Segments[to], s.Started[to] = old.Plan.Segments[from], old.Started[from]
		s.Course.Parts[to], s.Course.Skipped[to], s.Course.Took[to] = part, old.Course.Skipped[from], old.Course.Took[from]
	}
}

// finish adds the run that ends now to the time its part took.
func (s *State) finish(now time.Time) {
	if s.Segment >= 0 && s.Segment < len(s.Started) && !s.Started[s.Segment].IsZero() {
		s.Course.Took[s.Segment] += now.Sub(s.Started[s.Segment])
	}
}

// ReadyOf is the denominator of the ready count: connected people, without those who stepped away and
// are not ready, since nobody should wait for them.
func (s State) ReadyOf() int {
	n := 0
	for m, p := range s.People {
		if p.State == wire.PersonHere || p.State == wire.PersonAway && s.Ready[m] {
			n++
		}
	}
	return n
}

func courseOf(s State) []wire.CoursePart {
	out := []wire.CoursePart{}
	for i, seg := range s.Plan.Segments {
		out = append(out, wire.CoursePart{Fixed: Fixed(seg.Type), ShareSec: seg.ShareSec, MaxShares: seg.MaxShares, TookMs: s.Course.Took[i].Milliseconds()})
	}
	return out
}
