package room

import (
	"slices"

	"amends/server/id"
	"amends/server/wire"
)

// Open meetings can hold thousands. The rule for the counselor's list there: only people who
// are in the room, and at most MaxListed of them. Who speaks, waits or tapped for help is
// always on it; the rest follows in the order of names. The counts say how many there are.

// MaxListed is how many people of an open meeting the counselor's screen lists.
const MaxListed = 200

// listed cuts the people of an open meeting, who come in the order of names.
func listed(s State, people []wire.RoomPerson) []wire.RoomPerson {
	if !s.Plan.Open {
		return people
	}
	people = slices.DeleteFunc(people, func(p wire.RoomPerson) bool { return p.State == wire.PersonOut })
	if len(people) <= MaxListed {
		return people
	}
	first := s.wanted()
	room := MaxListed
	for _, p := range people {
		if first[p.Member] {
			room--
		}
	}
	return slices.DeleteFunc(people, func(p wire.RoomPerson) bool {
		if first[p.Member] {
			return false
		}
		room--
		return room < 0
	})
}

// wanted are those whom the counselor has to find on the list.
func (s State) wanted() map[string]bool {
	first := map[string]bool{}
	want := func(m id.Member) { first[m.String()] = true }
	for _, w := range s.Queue {
		want(w.Member)
	}
	for _, h := range s.Help {
		want(h.Member)
	}
	if s.Turn != nil {
		want(s.Turn.Member)
	}
	return first
}
