// Package attendance computes how long a person was in a workshop.
//
// Rules: the room records spans of presence, which may touch or overlap after a change of device; the
// union of their time counts, in whole minutes. A counselor confirms that time, or records another with
// a reason. Records are immutable: they are voided and written again.
package attendance

import (
	"slices"
	"time"

	"amends/server/fault"
	"amends/server/wire"
)

// Faults of attendance.
var (
	ErrNotOver = fault.New(fault.Conflict, "attendance.not_over", "Attendance can be confirmed once the workshop has ended.")
	ErrMovedOn = fault.New(fault.Conflict, "attendance.moved_on", "Somebody has recorded this since. Please look again.")
)

// Span is one interval of presence. A zero To means that it is still open.
type Span struct{ From, To time.Time }

// Minutes returns the union of the spans, rounded to whole minutes; open spans count up to now. Spans
// need no order.
func Minutes(spans []Span, now time.Time) int {
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b Span) int { return a.From.Compare(b.From) })
	var covered time.Duration
	var until time.Time
	for _, s := range sorted {
		if s.To.IsZero() {
			s.To = now
		}
		if s.From.Before(until) {
			s.From = until
		}
		if s.To.After(s.From) {
			covered += s.To.Sub(s.From)
			until = s.To
		}
	}
	return min(wire.MaxAttendance, int(covered.Round(time.Minute)/time.Minute))
}
