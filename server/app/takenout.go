package app

import (
	"cmp"
	"context"
	"fmt"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
)

// A person removed from an open meeting cannot come back as another guest in the same browser. The
// rule: a browser presents its guest token, its sign-in and its removal mark, and is refused when any
// of them was removed from that meeting and not let back in. Nothing else identifies a device, and no fingerprinting is
// tried: another browser can enter like anybody else; the counselor is told so and can lock the room.

// Out is a removal: from which meeting, and as whom. Marks of older builds do not say as whom.
type Out struct {
	Workshop id.Workshop
	Person   id.Member
}

// Browser is what identifies a browser that wants to enter as a guest: the removals named by its mark,
// and the member it is signed in as. There may be none of them.
type Browser struct {
	Outs   []Out
	Member id.Member
}

// TakenOut returns the removal of the person of a guest token; zero for none.
func (a *App) TakenOut(ctx context.Context, token string) (Out, error) {
	who, err := a.IdentifyGuest(ctx, token)
	if err != nil {
		if fault.As(err).Kind == fault.Unauthenticated {
			err = nil
		}
		return Out{}, err
	}
	scope := postgres.Scope{Facility: who.Facility, Workshop: who.Workshop}
	return doPublic(ctx, a, scope, func(ctx context.Context, s *step) (Out, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: who.Facility, ID: who.Workshop})
		if err != nil {
			if postgres.NotThere(err) {
				err = nil
			}
			return Out{}, err
		}
		out, err := a.wasTakenOut(ctx, s, w, who.Member)
		if err != nil || !out {
			return Out{}, err
		}
		return Out{who.Workshop, who.Member}, nil
	})
}

// MemberOf returns the member of a sign-in cookie; zero for none.
func (a *App) MemberOf(ctx context.Context, token string) (id.Member, error) {
	who, err := a.Identify(ctx, token)
	switch {
	case err == nil:
		return who.Member, nil
	case fault.As(err).Kind == fault.Unauthenticated:
		return id.Member{}, nil
	}
	return id.Member{}, err
}

func (a *App) wasTakenOut(ctx context.Context, s *step, w dbgen.Workshop, who id.Member) (bool, error) {
	state, err := a.rooms.state(ctx, s.Tx, RoomKey{Facility: w.FacilityID, Workshop: w.ID}, w.Seq)
	if err != nil {
		return false, fmt.Errorf("read who was removed from workshop %s: %w", w.ID, err)
	}
	return state.Removed(who), nil
}

// refuses returns room.ErrRemoved when a browser may not enter a meeting again.
func (a *App) refuses(ctx context.Context, s *step, w dbgen.Workshop, b Browser) error {
	people := []id.Member{b.Member}
	for _, out := range b.Outs {
		switch {
		case out.Workshop != w.ID:
		case out.Person.IsZero():
			return room.ErrRemoved
		default:
			people = append(people, out.Person)
		}
	}
	for _, who := range people {
		if who.IsZero() {
			continue
		}
		if out, err := a.wasTakenOut(ctx, s, w, who); err != nil || out {
			return cmp.Or(err, error(room.ErrRemoved))
		}
	}
	return nil
}
