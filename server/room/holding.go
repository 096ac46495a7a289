package room

import (
	"slices"
	"time"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// Holding a room. The rules: facilitators are named with the workshop and one of them leads, at first
// the one it was planned with. A room under way is held when no facilitator has been connected for
// HoldAfter: timers stop, a calm card covers phones and stage, and writing and help calls go on. A
// facilitator who returns resumes with one tap; if it is not the lead, they become the lead. The first
// lead can take the lead back at any time. Calm and holding are independent covers: neither lifts the
// other.

// Faults of holding.
var (
	ErrLeadHere = fault.New(fault.Conflict, "lead.here", "The lead is in the room. They can hand over to you.")
	ErrNotLead  = fault.New(fault.Forbidden, "lead.only", "Only the lead can hand over.")
	ErrNotNamed = fault.New(fault.Conflict, "lead.not_named", "This person is not named as a counselor of this workshop.")
)

// HoldAfter is how long a room goes on without a connected facilitator.
const HoldAfter = 20 * time.Second

// Team is the current lead, and which facilitators are connected.
type Team struct {
	Lead id.Member
	Here map[id.Member]bool
}

func newTeam(lead id.Member) Team { return Team{Lead: lead, Here: map[id.Member]bool{}} }

func (t Team) clone() Team { return Team{Lead: t.Lead, Here: cloneSet(t.Here)} }

var teamRules = map[string]rule{
	"take_over": plain(builder.takeOver),
	"handover":  with(builder.handOver),
}

func (b builder) takeOver() ([]Event, error) {
	s, me := b.s, b.by.Member
	leads, first := s.Team.Lead == me, s.Plan.Lead == me
	if !s.Named(me) {
		return nil, ErrNotNamed
	}
	if !leads && !first && !s.Holding && s.Team.Here[s.Team.Lead] {
		return nil, ErrLeadHere
	}
	var events []Event
	if !leads {
		events = b.one(TookOver, Data{Member: me})
	}
	if s.Holding {
		events = append(events, b.one(Unheld, Data{})...)
	}
	return events, nil
}

func (b builder) handOver(w wire.HandoverWith) ([]Event, error) {
	s := b.s
	switch {
	case s.Team.Lead != b.by.Member:
		return nil, ErrNotLead
	case !s.Named(w.Member):
		return nil, ErrNotNamed
	case w.Member == s.Team.Lead:
		return nil, nil
	}
	return b.one(HandedOver, Data{Member: w.Member}), nil
}

// Named reports whether a person is a facilitator of this workshop.
func (s State) Named(who id.Member) bool { return slices.Contains(s.Plan.Staff, who) }

// StaffCame records that a facilitator is connected; it is idempotent.
func StaffCame(s State, who id.Member, d Deciding) []Event {
	if s.Phase == wire.RoomEnded || s.Team.Here[who] || !s.Named(who) {
		return nil
	}
	return builder{s: s, by: Actor{Member: who}, d: d}.one(StaffJoined, Data{Member: who})
}

// Unseen takes the people whose heartbeats were seen on any node during the last HoldAfter. It removes
// facilitators and people at the door who are not among them, and holds a room under way without a
// facilitator.
func Unseen(s State, seen map[id.Member]bool, d Deciding) []Event {
	if s.Phase == wire.RoomEnded {
		return nil
	}
	b := builder{s: s, d: d}
	var events []Event
	left := 0
	for _, who := range s.Plan.Staff {
		switch {
		case seen[who]:
			left++
		case s.Team.Here[who]:
			events = append(events, b.one(StaffLeft, Data{Member: who})...)
		}
	}
	for _, k := range s.Doorway.Waits {
		if !seen[k.Member] {
			events = append(events, b.one(DoorLeft, Data{Member: k.Member})...)
		}
	}
	if left == 0 && b.live() && !s.Holding {
		events = append(events, b.one(Held, Data{})...)
	}
	return events
}

// Watched lists the people whose heartbeats the room must look up: connected facilitators, and people
// at the door.
func Watched(s State) []id.Member {
	var who []id.Member
	for m := range s.Team.Here {
		who = append(who, m)
	}
	for _, k := range s.Doorway.Waits {
		who = append(who, k.Member)
	}
	return who
}

// Unwatched reports whether a room under way has no facilitator connected and is not held yet.
func Unwatched(s State) bool {
	return builder{s: s}.live() && !s.Holding && len(s.Team.Here) == 0
}

// Events of the team.
const (
	StaffJoined = "staff.joined"
	StaffLeft   = "staff.left"
	TookOver    = "lead.taken_over"
	HandedOver  = "lead.handed_over"
	Held        = "room.held"
	Unheld      = "room.unheld"
)

var teamKinds = map[string]kind{
	StaffJoined: {apply: func(s *State, e Event) { s.Team.Here[e.Data.Member] = true }},
	StaffLeft:   {apply: func(s *State, e Event) { delete(s.Team.Here, e.Data.Member) }},
	TookOver:    {apply: func(s *State, e Event) { s.Team.Lead = e.Data.Member }, audited: ofWorkshop},
	HandedOver:  {apply: func(s *State, e Event) { s.Team.Lead = e.Data.Member }, audited: ofPerson},
	Held:        {apply: resting(func(s *State) { s.Holding = true })},
	Unheld:      {apply: resting(func(s *State) { s.Holding = false })},
}

func teamOf(s State, names Names) []wire.TeamRow {
	out := []wire.TeamRow{}
	for _, who := range s.Plan.Staff {
		out = append(out, wire.TeamRow{Member: who.String(), Name: names.Of[who], Lead: who == s.Team.Lead, First: who == s.Plan.Lead, Here: s.Team.Here[who]})
	}
	return out
}
