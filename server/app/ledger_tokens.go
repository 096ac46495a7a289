package app

import (
	"context"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
)

// tokenLedger ends tokens bound to a workshop: with the room its projectors, guests and room passes;
// with a removed person their room pass.
type tokenLedger struct {
	*roomTx
	out   []id.Member
	ended bool
}

func (*tokenLedger) asks([]RoomRequest) []postgres.Ask { return nil }

func (l *tokenLedger) takes(_ context.Context, d decided) error {
	d.each(func(e room.Event) { l.out = append(l.out, e.Data.Member) }, room.Removed)
	d.each(func(room.Event) { l.ended = true }, room.Ended)
	return nil
}

func (l *tokenLedger) writes(ctx context.Context) error {
	f, w := l.key.Facility, l.key.Workshop
	if len(l.out) > 0 {
		if err := l.tx.SigninEndPass(ctx, dbgen.SigninEndPassParams{At: &l.now, FacilityID: f, WorkshopID: w, Members: id.UUIDs(l.out...)}); err != nil {
			return doing(err, "end room passes")
		}
	}
	if !l.ended {
		return nil
	}
	if err := l.tx.Later().StageEndAll(ctx, dbgen.StageEndAllParams{At: &l.now, FacilityID: f, WorkshopID: w}); err != nil {
		return doing(err, "end stages")
	}
	if err := l.tx.Later().GuestEndAll(ctx, dbgen.GuestEndAllParams{At: &l.now, FacilityID: f, WorkshopID: w}); err != nil {
		return doing(err, "end the guests")
	}
	if err := l.tx.Later().SigninEndPasses(ctx, dbgen.SigninEndPassesParams{At: &l.now, FacilityID: f, WorkshopID: w}); err != nil {
		return doing(err, "end the room passes")
	}
	if err := l.tx.GuestTokensForget(ctx, w, id.Member{}); err != nil {
		return err
	}
	return l.tx.StageTokensForget(ctx, w)
}
