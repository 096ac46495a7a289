package room

import (
	"cmp"
	"slices"

	"amends/server/id"
	"amends/server/wire"
)

// The people of a room for its counselors. An open meeting can have thousands of them, and each change
// is sent to every counselor's screen. So no list of the view names more than MaxListed, with a count of
// those that follow, and the list of people has only those who are in the room: first those who speak,
// wait or tapped for help, then the others by name. Everybody is in the pages (People) that a screen asks
// for, so that nobody can hide behind the others.

// MaxListed is the most rows that a list of the counselor's screen has.
const MaxListed = 200

// first returns the rows of a list that a screen gets.
func first[T any](list []T) []T { return list[:min(len(list), MaxListed)] }

// People lists everybody who is expected, came, was removed or waits at the door, in order of names. A
// guest who said goodbye is not listed: their name is deleted.
func People(s State, names Names) []wire.RoomPerson {
	waits := map[id.Member]bool{}
	for _, k := range s.Doorway.Waits {
		waits[k.Member] = true
	}
	return byName(rowsOf(s, names, waits))
}

// peopleOf lists everybody who is expected or came, in order of names.
func peopleOf(s State, names Names) []wire.RoomPerson {
	return byName(rowsOf(s, names, nil))
}

func byName(people []wire.RoomPerson) []wire.RoomPerson {
	slices.SortFunc(people, func(a, b wire.RoomPerson) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Member, b.Member))
	})
	return people
}

// rowsOf has a row for everybody with a name who is expected, came, or is one of those who wait.
func rowsOf(s State, names Names, waits map[id.Member]bool) []wire.RoomPerson {
	out := []wire.RoomPerson{}
	for m, name := range names.Of {
		_, came := s.People[m]
		listed := came || names.Expected[m] || waits[m]
		// The name of a guest who left is deleted, and so empty.
		if name == "" || !listed || slices.Contains(names.Staff, m) {
			continue
		}
		row := s.personRow(m, names)
		if waits[m] {
			row.State = wire.PersonAtDoor
		}
		out = append(out, row)
	}
	return out
}

func (s State) personRow(who id.Member, names Names) wire.RoomPerson {
	p, came := s.People[who]
	row := wire.RoomPerson{Guest: names.Guests[who], Member: who.String(), Name: names.Of[who], State: wire.PersonOut, Ready: s.Ready[who], Whereabouts: names.Whereabouts[who]}
	if came {
		out := p.State == wire.PersonOut
		row.State, row.Left, row.NoPhone = p.State, out && p.Came, out && !p.Came && p.Spoken > 0
	}
	if came && s.sweepable(who, p.Guest, p.Since) {
		row.CameAt = p.Since.UnixMilli()
	}
	if s.Removed(who) {
		row.State, row.Left, row.NoPhone = wire.PersonRemoved, false, false
	}
	if !p.DroppedAt.IsZero() {
		row.DroppedAt = p.DroppedAt.UnixMilli()
	}
	return row
}

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
	urgent := s.urgent()
	ranked := slices.Clone(people)
	slices.SortStableFunc(ranked, func(a, b wire.RoomPerson) int { return cmp.Compare(urgent[b.Member], urgent[a.Member]) })
	kept := map[string]bool{}
	for _, p := range first(ranked) {
		kept[p.Member] = true
	}
	return slices.DeleteFunc(people, func(p wire.RoomPerson) bool { return !kept[p.Member] })
}

// urgency is how soon a counselor looks for a person on the list, by id.
type urgency map[string]int

// urgent ranks who speaks before who tapped for help, and both before who waits to speak.
func (s State) urgent() urgency {
	u := urgency{}
	for _, w := range s.Queue {
		u[w.Member.String()] = 1
	}
	for _, h := range s.Help {
		u[h.Member.String()] = 2
	}
	if s.Turn != nil {
		u[s.Turn.Member.String()] = 3
	}
	return u
}
