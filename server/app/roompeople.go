package app

import (
	"context"
	"slices"

	"amends/server/id"
	"amends/server/lookalike"
	"amends/server/room"
	"amends/server/wire"
)

// RoomPeople returns a page of the people of a room to its facilitators, also of those whom the view
// does not list: nobody can hide behind the others. A name is found by any part of it as it looks to a
// person, whatever characters it is written with.
func (a *App) RoomPeople(ctx context.Context, which id.Workshop, by wire.PeopleSearch) (wire.RoomPeople, error) {
	facility, err := do(ctx, a, "listRoomPeople", toFacilitate(which), func(_ context.Context, s *step) (id.Facility, error) {
		return s.actor.Facility, nil
	})
	if err != nil {
		return wire.RoomPeople{}, err
	}
	state, names, err := a.RoomNow(ctx, RoomKey{Facility: facility, Workshop: which})
	if err != nil {
		return wire.RoomPeople{}, err
	}
	found := room.People(state, names)
	if by.Name != "" {
		found = slices.DeleteFunc(found, func(p wire.RoomPerson) bool { return !lookalike.Contains(p.Name, by.Name) })
	}
	return pageOf(found, by.Page), nil
}

// pageOf is one page of people, the last one instead of those beyond it.
func pageOf(found []wire.RoomPerson, page int) wire.RoomPeople {
	const size = wire.PeoplePage
	pages := max(1, (len(found)+size-1)/size)
	page = min(page, pages)
	from := (page - 1) * size
	return wire.RoomPeople{People: append([]wire.RoomPerson{}, found[from:min(from+size, len(found))]...), Page: page, Pages: pages, Found: len(found)}
}
