package app

import (
	"context"
	"fmt"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// Where a person is, so that help can be sent: kept beside the events, in a table of its own,
// for a day. A skip forgets an earlier answer.

// placeKept is how long an answer is kept; older ones are not even read.
const placeKept = 24 * time.Hour

func (a *App) places(ctx context.Context, tx *postgres.Tx, key RoomKey) (map[id.Member]string, error) {
	rows, err := tx.RoomHereList(ctx, dbgen.RoomHereListParams{FacilityID: key.Facility, WorkshopID: key.Workshop, After: a.now().Add(-placeKept)})
	if err != nil {
		return nil, fmt.Errorf("read the places of workshop %s: %w", key.Workshop, err)
	}
	places := make(map[id.Member]string, len(rows))
	for _, r := range rows {
		places[r.MemberID] = r.Place
	}
	return places, nil
}

// SweepPlaces deletes what is older than a day, in every facility.
func (a *App) SweepPlaces(ctx context.Context) error {
	n, err := a.db.SweepPlaces(ctx)
	if err != nil {
		return fmt.Errorf("sweep places: %w", err)
	}
	if n > 0 {
		a.log.Info("places of yesterday are gone", "rows", n)
	}
	return nil
}
