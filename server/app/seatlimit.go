package app

import (
	"context"

	"amends/server/actor"
	"amends/server/fault"
	"amends/server/id"
)

// CountSeat counts one poll or command of a seat in a room without a socket, before anything else of the
// room is done. Faults: too_many, signin.needed.
func (a *App) CountSeat(ctx context.Context, operation string, which id.Workshop) error {
	who, ok := actor.From(ctx)
	if !ok {
		return fault.ErrUnauthenticated
	}
	seat := who.Member.String()
	if who.Kind == actor.Stage {
		seat = who.Stage.String()
	}
	for _, rule := range a.rules[operation].tries {
		if err := a.countTry(ctx, rule, seat+" "+which.String()); err != nil {
			return err
		}
	}
	return nil
}
