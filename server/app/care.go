package app

import (
	"context"
	"fmt"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// Where people are, so that help can be sent: stored outside the events, in a table of its own, for a
// day. Skipping the question deletes an earlier answer.

// whereaboutsKept is the TTL of an answer; older ones are not read either.
const whereaboutsKept = 24 * time.Hour

func (a *App) whereabouts(ctx context.Context, tx *postgres.Tx, key RoomKey) (map[id.Member]string, error) {
	rows, err := tx.RoomHereList(ctx, dbgen.RoomHereListParams{FacilityID: key.Facility, WorkshopID: key.Workshop, After: a.now().Add(-whereaboutsKept)})
	if err != nil {
		return nil, fmt.Errorf("read the whereabouts in workshop %s: %w", key.Workshop, err)
	}
	whereabouts := make(map[id.Member]string, len(rows))
	for _, r := range rows {
		whereabouts[r.MemberID] = r.Whereabouts
	}
	return whereabouts, nil
}
