package room

import (
	"slices"

	"amends/server/id"
)

// Folding applies a batch of events to one copy of a state. Calling Apply for each would copy a room of
// a thousand people once per event.
//
// The Folding owns the copy: a State it returned is valid until the next Apply.
type Folding struct{ s State }

// Fold starts from a state and does not change it.
func Fold(s State) *Folding { return &Folding{s.clone()} }

// Apply folds the next event in. After an error the Folding must not be used.
func (f *Folding) Apply(e Event) error { return f.s.apply(e) }

// State returns the state so far.
func (f *Folding) State() State { return f.s }

// before holds what is needed of the state before an event, because apply changes the state in place.
type before struct {
	// person is the person that the event names.
	person     Person
	present    bool
	tappedHelp bool
	// turn, speaker and known are zero when nobody is speaking; known means that People has the
	// speaker.
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
