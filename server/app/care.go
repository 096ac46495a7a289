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

// placeKept is the TTL of an answer; older ones are not read either.
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

// SweepPlaces deletes answers older than placeKept, in every facility.
func (a *App) SweepPlaces(ctx context.Context) error {
	n, err := a.db.SweepPlaces(ctx)
	if err != nil {
		return fmt.Errorf("sweep places: %w", err)
	}
	if n > 0 {
		a.log.Info("deleted expired places", "rows", n)
	}
	return nil
}
