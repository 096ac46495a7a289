package room

import (
	"slices"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// Guests who only listen. The rules: nothing of theirs reaches the room or waits for a place in it (hands,
// words, answers), and they are told so before they try. A help tap, a wish to talk after, where they are,
// and leaving stay possible. Hands that were up are set aside, and are back in their places when guests
// may speak again: one tap on the wrong button must cost nobody their place. A turn under way goes on.

// ErrListen refuses what a guest says aloud while guests only listen.
var ErrListen = fault.New(fault.Conflict, "guests.listen", "Guests only listen right now. You can still ask for help.")

// Aside is a raised hand that was set aside, with its place in the queue.
type Aside struct {
	Waiting
	At int
}

func (s State) aside(who id.Member) int {
	return slices.IndexFunc(s.Doorway.Aside, func(a Aside) bool { return a.Member == who })
}

var guestRules = map[string]rule{
	"guests_listen": with(builder.guestsListen),
}

func (b builder) guestsListen(w wire.GuestsListenWith) ([]Event, error) {
	on := wire.On(w.On)
	kind := map[bool]string{true: GuestsListen, false: GuestsSpeak}[on]
	return b.unless(b.s.Doorway.Listen == on, kind, Data{})
}

// Events of guests.
const (
	GuestsListen = "guests.listen"
	GuestsSpeak  = "guests.speak"
)

var guestKinds = map[string]kind{
	GuestsListen: {apply: (*State).guestsListen, audited: ofWorkshop},
	GuestsSpeak:  {apply: (*State).guestsSpeak, audited: ofWorkshop},
}

func (s *State) guestsListen(Event) {
	s.Doorway.Listen = true
	for at, w := range s.Queue {
		if s.People[w.Member].Guest {
			s.Doorway.Aside = append(s.Doorway.Aside, Aside{w, at})
		}
	}
	s.Queue = slices.DeleteFunc(s.Queue, func(w Waiting) bool { return s.People[w.Member].Guest })
}

func (s *State) guestsSpeak(Event) {
	s.Doorway.Listen = false
	for _, a := range s.Doorway.Aside {
		s.Queue = slices.Insert(s.Queue, min(a.At, len(s.Queue)), a.Waiting)
	}
	s.Doorway.Aside = nil
}
