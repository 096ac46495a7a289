package app

import (
	"context"

	"amends/server/actor"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
)

// What one seat in a room does is counted by person and room, over all devices, or by stage.

// CountSeat counts one poll or command of a seat in a room without a socket, before anything else of the
// room is done. Faults: too_many, signin.needed.
func (a *App) CountSeat(ctx context.Context, operation string, which id.Workshop) error {
	seat, err := seatKey(ctx, which)
	if err != nil {
		return err
	}
	for _, rule := range a.rules[operation].tries {
		if err := a.countTry(ctx, rule, seat); err != nil {
			return err
		}
	}
	return nil
}

// CountJoin counts one entry into a room, by socket or poll. Faults: too_many, signin.needed.
func (a *App) CountJoin(ctx context.Context, which id.Workshop) error {
	seat, err := seatKey(ctx, which)
	if err != nil {
		return err
	}
	return a.countTry(ctx, bus.JoinPerSeat(), seat)
}

// seatKey is the key of a seat. Who is bound to one room is counted there, also when they name another:
// made-up rooms bring no new limit.
func seatKey(ctx context.Context, which id.Workshop) (string, error) {
	who, ok := actor.From(ctx)
	if !ok {
		return "", fault.ErrUnauthenticated
	}
	if !who.Workshop.IsZero() {
		which = who.Workshop
	}
	seat := who.Member.String()
	if who.Kind == actor.Stage {
		seat = who.Stage.String()
	}
	return seat + " " + which.String(), nil
}
