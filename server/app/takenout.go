package app

import (
	"context"
	"fmt"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
)

// Who was taken out of an open meeting does not come back as another guest in the same browser.
// The rule: a browser shows what it holds (its guest's token, its sign-in, the mark of a meeting
// it was taken out of) and is refused when any of these was taken out of that meeting. There is
// no other way to know a device, and none is tried: another browser comes in as anybody else,
// and the counselor, who is told so, has the lock.

// Browser is what a browser that wants to come in as a guest is known by: the meeting its mark
// names, and who it is signed in as. Both may be zero.
type Browser struct {
	Out    id.Workshop
	Member id.Member
}

// TakenOut tells which meeting the person of a guest's token was taken out of; zero for none.
func (a *App) TakenOut(ctx context.Context, token string) (id.Workshop, error) {
	who, err := a.IdentifyGuest(ctx, token)
	if err != nil {
		if fault.As(err).Kind == fault.Unauthenticated {
			err = nil
		}
		return id.Workshop{}, err
	}
	scope := postgres.Scope{Facility: who.Facility, Workshop: who.Workshop}
	return doPublic(ctx, a, scope, func(ctx context.Context, s *step) (id.Workshop, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: who.Facility, ID: who.Workshop})
		if err != nil {
			if postgres.NotThere(err) {
				err = nil
			}
			return id.Workshop{}, err
		}
		out, err := a.wasTakenOut(ctx, s, w, who.Member)
		if err != nil || !out {
			return id.Workshop{}, err
		}
		return who.Workshop, nil
	})
}

// MemberOf is who a sign-in cookie belongs to; zero for nobody.
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
		return false, fmt.Errorf("look who was taken out of workshop %s: %w", w.ID, err)
	}
	return state.Removed(who), nil
}

// refuses says whether a browser may not come into a meeting any more.
func (a *App) refuses(ctx context.Context, s *step, w dbgen.Workshop, b Browser) error {
	if b.Out == w.ID {
		return room.ErrRemoved
	}
	if b.Member.IsZero() {
		return nil
	}
	out, err := a.wasTakenOut(ctx, s, w, b.Member)
	if err == nil && out {
		err = room.ErrRemoved
	}
	return err
}
