package room

import (
	"slices"

	"amends/server/id"
)

// Folding applies many events, one after the other, to one copy of a state. Apply for each would
// copy a room of a thousand people for every event of a batch.
//
// The copy belongs to the Folding. A State that it gave is good until its next Apply, and for ever
// after the last.
type Folding struct{ s State }

// Fold begins with a state, which stays as it is.
func Fold(s State) *Folding { return &Folding{s.clone()} }

// Apply folds the next event in. After an error the Folding is of no use.
func (f *Folding) Apply(e Event) error { return f.s.apply(e) }

// State is the state so far.
func (f *Folding) State() State { return f.s }

// before is what is needed of the state before an event, once the event has changed it.
type before struct {
	// person is who the event speaks of.
	person     Person
	present    bool
	tappedHelp bool
	// turn is zero when nobody spoke; speaker is then nobody, too.
	speaking bool
	turn     Speaking
	speaker  Person
	known    bool
}

func (s *State) asBefore(who id.Member) before {
	b := before{person: s.People[who], present: s.Present(who), tappedHelp: slices.ContainsFunc(s.Help, func(h HelpTap) bool { return h.Member == who })}
	if s.Turn != nil {
		b.speaking, b.turn = true, *s.Turn
		b.speaker, b.known = s.People[s.Turn.Member]
	}
	return b
}
