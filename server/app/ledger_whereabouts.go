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
	*sitting
	told []dbgen.RoomHerePutParams
}

func (*whereaboutsLedger) asks([]RoomRequest) []postgres.Ask { return nil }

func (l *whereaboutsLedger) takes(_ context.Context, d decided) error {
	if here, told := d.Command.With.(wire.HereWith); told {
		l.told = append(l.told, dbgen.RoomHerePutParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, MemberID: d.Member, Whereabouts: here.Whereabouts, At: l.now})
	}
	return nil
}

func (l *whereaboutsLedger) writes(ctx context.Context) error {
	for _, told := range l.told {
		var err error
		if told.Whereabouts == "" {
			err = l.tx.Later().RoomHereForget(ctx, dbgen.RoomHereForgetParams{FacilityID: told.FacilityID, WorkshopID: told.WorkshopID, MemberID: told.MemberID})
		} else {
			err = l.tx.Later().RoomHerePut(ctx, told)
		}
		if err != nil {
			return doing(err, "keep where a person is")
		}
	}
	return nil
}
