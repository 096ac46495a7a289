package app

import (
	"context"
	"fmt"

	"amends/roles"
	"amends/server/actor"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
	"amends/server/wire"
)

// Guests in the room. For the state machine they are people like others; they have no sign-in and no
// attendance intervals. The node of their phone is stored in the guest's own row.

// rereadGuest checks that a guest has not ended and is not older than guestLife.
func (a *App) rereadGuest(ctx context.Context, s *step) error {
	row, err := s.GuestGet(ctx, dbgen.GuestGetParams{FacilityID: s.actor.Facility, ID: s.actor.Member})
	if postgres.NotThere(err) {
		return fault.ErrUnauthenticated.Because(err)
	}
	if err != nil {
		return fmt.Errorf("re-read guest %s: %w", s.actor.Member, err)
	}
	if row.EndedAt != nil || row.WorkshopID != s.actor.Workshop || s.now.After(row.CreatedAt.Add(guestLife)) {
		return fault.ErrUnauthenticated
	}
	s.name, s.held = row.Name, []roles.Role{roles.Guest}
	return nil
}

// boundSeat is the seat of a guest or of a member with a room pass: a participant's.
func (a *App) boundSeat(ctx context.Context, who actor.Actor, which id.Workshop) (Seat, error) {
	return do(ctx, a, "joinRoom", toWorkshop(which), func(ctx context.Context, s *step) (Seat, error) {
		seat := Seat{Key: RoomKey{who.Facility, which}, Role: wire.RoleParticipant, Member: who.Member, Signin: who.Signin}
		if who.Kind == actor.Guest {
			return seat, nil
		}
		return seat, s.SigninTouch(ctx, dbgen.SigninTouchParams{FacilityID: who.Facility, ID: who.Signin, At: s.now})
	})
}

// openNames reads the names of an open meeting: facilitators, members who came, these others, and guests.
// Nobody is listed before they come.
func openNames(ctx context.Context, tx *postgres.Tx, key RoomKey, others []id.Member) (room.Names, error) {
	n := room.Names{Of: map[id.Member]string{}, Expected: map[id.Member]bool{}, Guests: map[id.Member]bool{}}
	people, err := tx.RoomPeopleOpen(ctx, dbgen.RoomPeopleOpenParams{WorkshopID: key.Workshop, FacilityID: key.Facility, Others: id.UUIDs(others...)})
	if err != nil {
		return n, fmt.Errorf("read the people of workshop %s: %w", key.Workshop, err)
	}
	for _, p := range people {
		n.Of[p.ID] = p.RoomName
		if p.Facilitates {
			n.Staff = append(n.Staff, p.ID)
		}
	}
	guests, err := tx.GuestNames(ctx, dbgen.GuestNamesParams{FacilityID: key.Facility, WorkshopID: key.Workshop})
	if err != nil {
		return n, fmt.Errorf("read the guests of workshop %s: %w", key.Workshop, err)
	}
	for _, g := range guests {
		n.Of[g.ID], n.Guests[g.ID] = g.Name, true
	}
	return n, nil
}
