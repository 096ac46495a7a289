package room

import (
	"maps"
	"slices"
	"time"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// The door. The rules: a person who comes to a locked or full room waits at the door and gets a kind
// message; only the facilitators see who waits. A waiting person enters when a facilitator admits them,
// the room is unlocked, or a seat becomes free. Admission overrides the lock and the planned capacity,
// but not the hard cap. A removed person cannot come back into this workshop until a facilitator lets
// them (sweep.go). While guests are admitted by hand, those who have not been in the room wait; so do
// always those who are too many from one network (Crowd, decision 0026). People with an account, and
// with a room pass that a counselor gave them, are held by the lock only.

// Faults of the door.
var (
	ErrRemoved = fault.New(fault.Forbidden, "room.removed", "You cannot come back into this workshop. Please speak to a counselor.")
	ErrHardCap = fault.New(fault.Conflict, "room.hard_cap", "The room holds as many people as a workshop can have.")
)

// Doorway is who waits at the door, who was admitted whatever the lock says, and who was removed.
type Doorway struct {
	Waits []Knock
	// Admitted: true for a person who was let in by name, false for one of many.
	Admitted map[id.Member]bool
	Removed  map[id.Member]bool
	// ByHand: new guests wait until they are let in.
	ByHand bool
	// Listen: guests only listen. Aside are their raised hands meanwhile.
	Listen bool
	Aside  []Aside
	// Swept are the people who were removed together last and are still out; SweptAt is when.
	Swept   []id.Member
	SweptAt time.Time
}

// Knock is one person waiting at the door.
type Knock struct {
	Member       id.Member
	At           time.Time
	Guest, Crowd bool
}

// coming is what the room must know of a person who comes.
type coming struct{ guest, crowd bool }

func newDoorway() Doorway {
	return Doorway{Admitted: map[id.Member]bool{}, Removed: map[id.Member]bool{}}
}

func (d Doorway) clone() Doorway {
	d.Waits, d.Admitted, d.Removed = slices.Clone(d.Waits), maps.Clone(d.Admitted), cloneSet(d.Removed)
	d.Aside, d.Swept = slices.Clone(d.Aside), slices.Clone(d.Swept)
	return d
}

// admits reports whether a person may enter whatever the lock says.
func (d Doorway) admits(who id.Member) bool {
	_, admitted := d.Admitted[who]
	return admitted
}

func cloneSet(set map[id.Member]bool) map[id.Member]bool {
	out := make(map[id.Member]bool, len(set))
	for k := range set {
		out[k] = true
	}
	return out
}

// AtDoor reports whether a person waits at the door.
func (s State) AtDoor(who id.Member) bool { return s.atDoor(who) >= 0 }

func (s State) atDoor(who id.Member) int {
	return slices.IndexFunc(s.Doorway.Waits, func(k Knock) bool { return k.Member == who })
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
func (s State) lets(who id.Member, comes coming) error {
	switch newcomer := !s.People[who].Came; {
	case s.Taken() >= s.Plan.size():
		return ErrFull
	case s.Doorway.admits(who):
		return nil
	case s.Locked, newcomer && comes.crowd, newcomer && comes.guest && s.Doorway.ByHand:
		return ErrLocked
	case s.Taken() >= s.Plan.Capacity:
		return ErrFull
	}
	return nil
}

var doorRules = map[string]rule{
	"admit":         with(builder.admit),
	"admit_all":     plain(builder.admitAll),
	"admit_by_hand": with(builder.admitByHand),
	"remove":        with(builder.remove),
}

func (b builder) admitByHand(w wire.AdmitByHandWith) ([]Event, error) {
	on := wire.On(w.On)
	kind := map[bool]string{true: ByHand, false: Freely}[on]
	return b.unless(b.s.Doorway.ByHand == on, kind, Data{})
}

// knock puts the person at the door; it is idempotent.
func (b builder) knock(who id.Member, comes coming) []Event {
	if b.s.AtDoor(who) {
		return nil
	}
	return b.one(Knocked, Data{Member: who, Guest: comes.guest, Crowd: comes.crowd})
}

func (b builder) admit(w wire.AdmitWith) ([]Event, error) {
	s, who := b.s, w.Member
	switch {
	case s.Removed(who):
		return nil, ErrNoSuch
	case s.Doorway.admits(who), s.Present(who):
		return nil, nil
	case !s.AtDoor(who):
		return nil, ErrNoSuch
	case s.Taken()+s.promised() >= s.Plan.size():
		return nil, ErrHardCap
	}
	return b.one(Admitted, Data{Member: who}), nil
}

// admitAll admits those at the door in the order in which they came, as many as the room can hold.
func (b builder) admitAll() ([]Event, error) {
	s := b.s
	free := s.Plan.size() - s.Taken() - s.promised()
	var events []Event
	for _, k := range s.Doorway.Waits {
		if s.Doorway.admits(k.Member) {
			continue
		}
		if free--; free < 0 {
			break
		}
		events = append(events, b.one(Admitted, Data{Member: k.Member, All: true})...)
	}
	if len(events) == 0 && free < 0 {
		return nil, ErrHardCap
	}
	return events, nil
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
	ByHand   = "door.by_hand"
	Freely   = "door.freely"
	Removed  = "person.removed"
	Returned = "person.returned"
)

var doorKinds = map[string]kind{
	Knocked: {apply: func(s *State, e Event) {
		s.Doorway.Waits = append(s.Doorway.Waits, Knock{Member: e.Data.Member, At: e.At, Guest: e.Data.Guest, Crowd: e.Data.Crowd})
	}},
	DoorLeft: {apply: func(s *State, e Event) { s.leaveDoor(e.Data.Member) }},
	Admitted: {apply: func(s *State, e Event) { s.Doorway.Admitted[e.Data.Member] = !e.Data.All }, audited: ofPerson},
	ByHand:   {apply: func(s *State, _ Event) { s.Doorway.ByHand = true }, audited: ofWorkshop},
	Freely:   {apply: func(s *State, _ Event) { s.Doorway.ByHand = false }, audited: ofWorkshop},
	Removed:  {apply: (*State).removed, turn: settledForThem, audited: ofPersonAndWhy},
	Returned: {apply: (*State).returned, audited: ofPerson},
}

func (s *State) removed(e Event) {
	who := e.Data.Member
	s.leaveDoor(who)
	delete(s.Doorway.Admitted, who)
	s.Doorway.Removed[who] = true
	delete(s.Ready, who)
	s.unqueue(func(w Waiting) bool { return w.Member == who })
	s.sweep(e)
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
		if s.lets(k.Member, coming{guest: k.Guest, crowd: k.Crowd}) == nil {
			in = append(in, k.Member)
		}
	}
	return in
}

// doorOf adds the door to the view: who waits, those who came first, and how it is kept.
func doorOf(v *wire.FacilitatorView, s State, names Names) {
	waits := s.Doorway.Waits[:min(len(s.Doorway.Waits), MaxListed)]
	v.Door, v.DoorMore = []wire.DoorRow{}, len(s.Doorway.Waits)-len(waits)
	for _, k := range waits {
		v.Door = append(v.Door, wire.DoorRow{Member: k.Member.String(), Name: names.Of[k.Member], At: k.At.UnixMilli(), Guest: k.Guest, Crowd: k.Crowd})
	}
	v.ByHand, v.GuestsListen = s.Doorway.ByHand, s.Doorway.Listen
	v.Arrivals = arrivalsOf(s)
	takenOf(v, s, names)
}

// DoorOf is the view of a person at the door; it shows nothing of the room.
func DoorOf(s State) wire.DoorView {
	return wire.DoorView{Workshop: s.Plan.Workshop.String(), Language: s.Plan.Language, State: wire.RoomDoor}
}
