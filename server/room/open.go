package room

import (
	"slices"

	"amends/server/id"
	"amends/server/wire"
)

// Open meetings can have thousands of people. The counselor's list there has only people who are in the
// room, at most MaxListed: first those who speak, wait or tapped for help, then the others by name. The
// counts show how many there are.

// MaxListed is the most people that the counselor's screen lists in an open meeting.
const MaxListed = 200

// listed limits the people of an open meeting, given in order of names, and keeps that order.
func listed(s State, people []wire.RoomPerson) []wire.RoomPerson {
	if !s.Plan.Open {
		return people
	}
	people = slices.DeleteFunc(people, func(p wire.RoomPerson) bool {
		return p.State == wire.PersonOut || p.State == wire.PersonRemoved // those removed have a list of their own
	})
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

// wanted are the people whom a counselor must be able to find on the list, by id.
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
