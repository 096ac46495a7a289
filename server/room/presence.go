package room

import (
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// Facts about connections, which no command states: a person joined, dropped or left.

// Join records that a person's phone is connected; the hub calls it when a socket opens. A dropped
// person gets back in even when the room is locked or full; others who may not enter, and guests while
// they are admitted by hand, wait at the door.
// Errors: ErrRemoved, ErrEnded, ErrNotNow (before the lobby opens).
func Join(s State, who id.Member, d Deciding) ([]Event, error) {
	b := builder{s: s, by: Actor{Member: who}, d: d}
	p, comes := s.People[who], coming{guest: d.Guest, crowd: d.Crowd}
	switch {
	case s.Removed(who):
		return nil, ErrRemoved
	case s.Phase == wire.RoomEnded:
		return nil, ErrEnded
	case s.Phase == wire.RoomScheduled:
		return nil, ErrNotNow
	case p.State == wire.PersonHere || p.State == wire.PersonAway:
		return nil, nil
	case p.State != wire.PersonDropped && s.lets(who, comes) != nil:
		return b.knock(who, comes), nil //nolint:nilerr // lets returns why the person must wait, and the door needs no reason
	}
	return b.one(Joined, Data{Member: who, Guest: d.Guest}), nil
}

// Grace is how long a phone may be lost before others see a drop; KeepPosition, counted from the drop, is
// how long the person's position in the queue is kept.
const (
	Grace        = 20 * time.Second
	KeepPosition = 90 * time.Second
)

// Drop records that a person's phone has been lost for Grace (or since d.Since).
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

// Leave records that a dropped person did not come back in time. It does not end their turn: they may
// be speaking without a phone.
func Leave(s State, who id.Member, d Deciding) []Event {
	if s.Phase == wire.RoomEnded || !s.Present(who) {
		return nil
	}
	return builder{s: s, by: Actor{Member: who}, d: d}.one(Left, Data{Member: who})
}

// Depart records that a person said goodbye. Unlike a lost phone this ends their turn and removes their
// words. It also works for a person who waits at the door, and for one who has left before (Leave) while
// a turn or words of theirs may remain.
func Depart(s State, who id.Member, d Deciding) []Event {
	b, speaks := builder{s: s, by: Actor{Member: who}, d: d}, s.Turn != nil && s.Turn.Member == who
	var events []Event
	if s.AtDoor(who) {
		events = b.one(DoorLeft, Data{Member: who})
	}
	if s.Phase == wire.RoomEnded || !s.Present(who) && !speaks && !s.mayHaveWords(who) {
		return events
	}
	if speaks {
		events = append(events, b.endTurn()...)
	}
	return append(events, b.one(Left, Data{Member: who, Goodbye: true})...)
}
