package app

import (
	"context"

	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// whereaboutsLedger stores where people say they are (care.go). Skipping the question deletes an earlier
// answer.
type whereaboutsLedger struct {
	*roomTx
	given []dbgen.RoomHerePutParams
}

func (*whereaboutsLedger) asks([]RoomRequest) []postgres.Ask { return nil }

func (l *whereaboutsLedger) takes(_ context.Context, d decided) error {
	if here, given := d.Command.With.(wire.HereWith); given {
		l.given = append(l.given, dbgen.RoomHerePutParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, MemberID: d.Member, Whereabouts: here.Whereabouts, At: l.now})
	}
	return nil
}

func (l *whereaboutsLedger) writes(ctx context.Context) error {
	for _, row := range l.given {
		var err error
		if row.Whereabouts == "" {
			err = l.tx.Later().RoomHereForget(ctx, dbgen.RoomHereForgetParams{FacilityID: row.FacilityID, WorkshopID: row.WorkshopID, MemberID: row.MemberID})
		} else {
			err = l.tx.Later().RoomHerePut(ctx, row)
		}
		if err != nil {
			return doing(err, "keep where a person is")
		}
	}
	return nil
}
