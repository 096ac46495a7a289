package room

import (
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// Facts of phones, which nobody commands: a person came, lost the signal, or left.

// Join is the fact that a person's phone is connected. It is no command of the wire: the hub
// says it when a socket arrives. A person who is in the room already comes back whatever the
// lock and the size say; anybody else stands at the door while these say no.
func Join(s State, who id.Member, d Deciding) ([]Event, error) {
	b := builder{s: s, by: Actor{Member: who}, d: d}
	p := s.People[who]
	switch {
	case s.Removed(who):
		return nil, ErrRemoved
	case s.Phase == wire.RoomEnded:
		return nil, ErrEnded
	case s.Phase == wire.RoomScheduled:
		return nil, ErrNotNow
	case p.State == wire.PersonHere || p.State == wire.PersonAway:
		return nil, nil
	case p.State != wire.PersonDropped && s.lets(who) != nil:
		return b.knock(who), nil //nolint:nilerr // whoever is not let in knocks; the error says why, and the door knows
	}
	return b.one(Joined, Data{Member: who}), nil
}

// Keep times of a person whose phone is gone: others notice after Grace, the position in the
// queue is kept for KeepPosition from the drop on.
const (
	Grace        = 20 * time.Second
	KeepPosition = 90 * time.Second
)

// Drop is the fact that a person's phone has been gone for the time of grace.
func Drop(s State, who id.Member, d Deciding) []Event {
	if p := s.People[who]; s.Phase == wire.RoomEnded || p.State != wire.PersonHere && p.State != wire.PersonAway {
		return nil
	}
	quiet := Grace
	if !d.Since.IsZero() {
		quiet = max(0, d.Now.Sub(d.Since))
	}
	return builder{s: s, by: Actor{Member: who}, d: d}.one(Dropped, Data{Member: who, Ms: quiet.Milliseconds()})
}

// Leave is the fact that a dropped person did not come back. A turn under way is not theirs to
// lose by it: they may speak on without a phone.
func Leave(s State, who id.Member, d Deciding) []Event {
	if s.Phase == wire.RoomEnded || !s.Present(who) {
		return nil
	}
	return builder{s: s, by: Actor{Member: who}, d: d}.one(Left, Data{Member: who})
}

// Depart is the fact that a person said goodbye, as guests do: unlike a phone that is gone, they
// are gone themselves, and so are their turn and their words. It is one also of somebody whose
// position was kept no longer before, while a turn or words of theirs may be there.
func Depart(s State, who id.Member, d Deciding) []Event {
	speaks := s.Turn != nil && s.Turn.Member == who
	if s.Phase == wire.RoomEnded || !s.Present(who) && !speaks && !s.mayHaveWords(who) {
		return nil
	}
	b := builder{s: s, by: Actor{Member: who}, d: d}
	var events []Event
	if speaks {
		events = b.endTurn()
	}
	return append(events, b.one(Left, Data{Member: who, Goodbye: true})...)
}
