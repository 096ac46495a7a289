package app

import (
	"context"
	"fmt"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
)

// Where a person is, so that help can be sent: kept beside the events, in a table of its own,
// for a day. A skip forgets an earlier answer.

// placeKept is how long an answer is kept; older ones are not even read.
const placeKept = 24 * time.Hour

// placeSaid is one answer of a batch; an empty place is a skip.
type placeSaid struct {
	member id.Member
	place  string
}

// hear notes where a person says they are, when their answer was accepted.
func (b *batch) hear(r RoomRequest, events []room.Event) {
	for _, e := range events {
		if e.Kind == room.HereTold {
			b.places = append(b.places, placeSaid{r.Member, r.Command.Place})
		}
	}
}

func (b *batch) savePlaces(ctx context.Context) error {
	for _, said := range b.places {
		var err error
		if said.place == "" {
			err = b.tx.Later().RoomHereForget(ctx, dbgen.RoomHereForgetParams{FacilityID: b.key.Facility, WorkshopID: b.key.Workshop, MemberID: said.member})
		} else {
			err = b.tx.Later().RoomHerePut(ctx, dbgen.RoomHerePutParams{FacilityID: b.key.Facility, WorkshopID: b.key.Workshop, MemberID: said.member, Place: said.place, At: b.now})
		}
		if err != nil {
			return fmt.Errorf("keep where a person is: %w", err)
		}
	}
	return nil
}

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
		a.Log.Info("places of yesterday are gone", "rows", n)
	}
	return nil
}
