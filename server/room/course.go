package room

import (
	"slices"
	"time"

	"amends/server/agenda"
	"amends/server/fault"
	"amends/server/wire"
)

// The course of a room. The rules: parts keep the number they have in the plan, whatever their
// order; commands name that number. What is past, and the part under way, never move; the rest
// can be put in any order and left out, and taken in again. Ground, check-out and close are
// what holds a meeting together: they are never left out. Next goes over what is left out;
// going to a part that was left out takes it in.

// Faults of the course.
var (
	ErrNeverSkipped = fault.New(fault.Conflict, "room.never_skipped", "This part always takes place.")
	ErrOrder        = fault.New(fault.Conflict, "room.order", "The agenda has changed meanwhile. Please look at it again.")
	ErrPast         = fault.New(fault.Conflict, "room.part_begun", "This part has begun already.")
)

// Course is the order of the parts and what became of each; its lists run beside
// Plan.Segments and Started, in the order of the room.
type Course struct {
	// Parts are the numbers in the plan.
	Parts   []int
	Skipped []bool
	// Took is how long each part took in the runs that are over.
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

// at is the index of a part, -1 when the plan has no such part.
func (c Course) at(part int) int { return slices.Index(c.Parts, part) }

// Fixed says whether a kind of part is never left out and never made shorter.
func Fixed(t agenda.SegmentType) bool {
	return t == agenda.Ground || t == agenda.CheckOut || t == agenda.Close
}

// after is the index of the next part that is not left out, -1 for none.
func (s State) after(at int) int {
	for i := at + 1; i < len(s.Course.Parts); i++ {
		if !s.Course.Skipped[i] {
			return i
		}
	}
	return -1
}

// before is the index of the part before that is not left out, -1 for none.
func (s State) before(at int) int {
	for i := at - 1; i >= 0; i-- {
		if !s.Course.Skipped[i] {
			return i
		}
	}
	return -1
}

// resting says whether a cover or a pause holds the timers.
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

// onlyOne says whether a part is the only one left to start a room with.
func (s State) onlyOne(at int) bool {
	return s.Segment < 0 && s.after(-1) == at && s.after(at) < 0
}

// What happens to the order of the parts.
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

// reorder moves everything that belongs to the parts to come along with them.
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

// finish adds the run that is over to what its part took.
func (s *State) finish(now time.Time) {
	if s.Segment >= 0 && s.Segment < len(s.Started) && !s.Started[s.Segment].IsZero() {
		s.Course.Took[s.Segment] += now.Sub(s.Started[s.Segment])
	}
}

// ReadyOf is over how many people the ready count goes: those with a signal; who stepped away
// holds nobody up, and counts when ready.
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
