package room

import (
	"slices"
	"time"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// The door. The rules: a person who comes to a locked or full room waits at the door and gets a kind
// message; only the facilitators see who waits. A waiting person enters when a facilitator admits them,
// the room is unlocked, or a seat becomes free. Admission overrides the lock and the planned capacity,
// but not the hard cap. A removed person cannot come back into this workshop.

// Faults of the door.
var (
	ErrRemoved = fault.New(fault.Forbidden, "room.removed", "You cannot come back into this workshop. Please speak to a counselor.")
	ErrHardCap = fault.New(fault.Conflict, "room.hard_cap", "The room holds as many people as a workshop can have.")
)

// Doorway is who waits at the door, who was admitted whatever the lock says, and who was removed.
type Doorway struct {
	Waits    []Knock
	Admitted map[id.Member]bool
	Removed  map[id.Member]bool
}

// Knock is one person waiting at the door.
type Knock struct {
	Member id.Member
	At     time.Time
}

func newDoorway() Doorway {
	return Doorway{Admitted: map[id.Member]bool{}, Removed: map[id.Member]bool{}}
}

func (d Doorway) clone() Doorway {
	return Doorway{Waits: slices.Clone(d.Waits), Admitted: cloneSet(d.Admitted), Removed: cloneSet(d.Removed)}
}

func cloneSet(set map[id.Member]bool) map[id.Member]bool {
	out := make(map[id.Member]bool, len(set))
	for k := range set {
		out[k] = true
	}
	return out
}

// AtDoor reports whether a person waits at the door.
func (s State) AtDoor(who id.Member) bool {
	return slices.ContainsFunc(s.Doorway.Waits, func(k Knock) bool { return k.Member == who })
}

// Removed reports whether a person was removed from this workshop.
func (s State) Removed(who id.Member) bool { return s.Doorway.Removed[who] }

// size is the hard cap on people in the room, which no admission exceeds. For open meetings it is
// wire.MaxOpen.
func (p Plan) size() int {
	if p.Open {
		return wire.MaxOpen
	}
	return max(p.Capacity, wire.MaxGroup)
}

// lets returns nil when a person may enter now, otherwise the reason (ErrFull or ErrLocked).
func (s State) lets(who id.Member) error {
	switch admitted := s.Doorway.Admitted[who]; {
	case s.Taken() >= s.Plan.size():
		return ErrFull
	case admitted:
		return nil
	case s.Locked:
		return ErrLocked
	case s.Taken() >= s.Plan.Capacity:
		return ErrFull
	}
	return nil
}

var doorRules = map[string]rule{
	"admit":  with(builder.admit),
	"remove": with(builder.remove),
}

// knock puts the person at the door; it is idempotent.
func (b builder) knock(who id.Member) []Event {
	if b.s.AtDoor(who) {
		return nil
	}
	return b.one(Knocked, Data{Member: who})
}

func (b builder) admit(w wire.AdmitWith) ([]Event, error) {
	s, who := b.s, w.Member
	switch {
	case s.Removed(who):
		return nil, ErrNoSuch
	case s.Doorway.Admitted[who], s.Present(who):
		return nil, nil
	case !s.AtDoor(who):
		return nil, ErrNoSuch
	case s.Taken()+s.promised() >= s.Plan.size():
		return nil, ErrHardCap
	}
	return b.one(Admitted, Data{Member: who}), nil
}

// promised counts people who were admitted and have not entered yet.
func (s State) promised() int {
	n := 0
	for who := range s.Doorway.Admitted {
		if s.AtDoor(who) {
			n++
		}
	}
	return n
}

func (b builder) remove(w wire.RemoveWith) ([]Event, error) {
	s, who := b.s, w.Member
	switch {
	case s.Removed(who):
		return nil, nil
	case s.Named(who), !s.AtDoor(who) && !s.came(who):
		return nil, ErrNoSuch
	}
	var events []Event
	if s.Turn != nil && s.Turn.Member == who {
		events = b.endTurn()
	}
	return append(events, b.one(Removed, Data{Member: who, Reason: string(w.Reason)})...), nil
}

// Events of the door.
const (
	Knocked  = "door.knocked"
	DoorLeft = "door.left"
	Admitted = "door.admitted"
	Removed  = "person.removed"
)

var doorKinds = map[string]kind{
	Knocked: {apply: func(s *State, e Event) {
		s.Doorway.Waits = append(s.Doorway.Waits, Knock{Member: e.Data.Member, At: e.At})
	}},
	DoorLeft: {apply: func(s *State, e Event) { s.leaveDoor(e.Data.Member) }},
	Admitted: {apply: func(s *State, e Event) { s.Doorway.Admitted[e.Data.Member] = true }, audited: ofPerson},
	Removed:  {apply: (*State).removed, turn: settledForThem, audited: ofPersonAndWhy},
}

func (s *State) removed(e Event) {
	who := e.Data.Member
	s.leaveDoor(who)
	delete(s.Doorway.Admitted, who)
	s.Doorway.Removed[who] = true
	delete(s.Ready, who)
	s.unqueue(func(w Waiting) bool { return w.Member == who })
	if p, came := s.People[who]; came {
		p.State, p.DroppedAt = wire.PersonOut, time.Time{}
		s.People[who] = p
	}
}

func (s *State) leaveDoor(who id.Member) {
	s.Doorway.Waits = slices.DeleteFunc(s.Doorway.Waits, func(k Knock) bool { return k.Member == who })
}

// LetIn lists the people at the door who may enter now, in order of arrival. Each is checked alone, so
// together they may exceed the free seats: Join checks again.
func LetIn(s State) []id.Member {
	var in []id.Member
	for _, k := range s.Doorway.Waits {
		if s.lets(k.Member) == nil {
			in = append(in, k.Member)
		}
	}
	return in
}

func doorOf(s State, names Names) []wire.DoorRow {
	out := []wire.DoorRow{}
	for _, k := range s.Doorway.Waits {
		out = append(out, wire.DoorRow{Member: k.Member.String(), Name: names.Of[k.Member], At: k.At.UnixMilli()})
	}
	return out
}

// DoorOf is the view of a person at the door; it shows nothing of the room.
func DoorOf(s State) wire.DoorView {
	return wire.DoorView{Workshop: s.Plan.Workshop.String(), Language: s.Plan.Language, State: wire.RoomDoor}
}
