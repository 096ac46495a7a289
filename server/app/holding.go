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

// Who holds a room, who stands at its door, and what the audit log keeps of both. The rule of
// connections: a node that has the screen of a facilitator, or somebody at the door, says so
// every few seconds in a table that all nodes read, by the clock of Postgres. Nobody says that
// somebody is gone: who was not seen for room.HoldAfter is, on whichever node they were and
// whatever became of that node.

// staffOf reads the named facilitators of a workshop, the same for all nodes.
func staffOf(ctx context.Context, tx *postgres.Tx, w dbgen.Workshop) ([]id.Member, error) {
	rows, err := tx.WorkshopFacilitators(ctx, dbgen.WorkshopFacilitatorsParams{FacilityID: w.FacilityID, WorkshopID: w.ID})
	if err != nil {
		return nil, fmt.Errorf("read the facilitators of workshop %s: %w", w.ID, err)
	}
	var staff []id.Member
	for _, row := range rows {
		staff = append(staff, row.MemberID)
	}
	return staff, nil
}

// RoomSeen says that these people are connected here and now.
func (a *App) RoomSeen(ctx context.Context, key RoomKey, who []id.Member) error {
	return a.db.Within(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		return seen(ctx, tx, key, who)
	})
}

func seen(ctx context.Context, tx *postgres.Tx, key RoomKey, who []id.Member) error {
	if err := tx.RoomSeenPut(ctx, dbgen.RoomSeenPutParams{FacilityID: key.Facility, WorkshopID: key.Workshop, Members: id.UUIDs(who...)}); err != nil {
		return fmt.Errorf("say who is connected to workshop %s: %w", key.Workshop, err)
	}
	return nil
}

// RoomLastSeen tells how long ago each person was connected anywhere.
func (a *App) RoomLastSeen(ctx context.Context, key RoomKey) (ago map[id.Member]time.Duration, err error) {
	err = a.db.Reading(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		ago, err = lastSeenOf(ctx, tx, key)
		return err
	})
	return ago, err
}

func lastSeenOf(ctx context.Context, tx *postgres.Tx, key RoomKey) (map[id.Member]time.Duration, error) {
	rows, err := tx.RoomSeenList(ctx, dbgen.RoomSeenListParams{FacilityID: key.Facility, WorkshopID: key.Workshop})
	if err != nil {
		return nil, fmt.Errorf("read who is connected to workshop %s: %w", key.Workshop, err)
	}
	ago := make(map[id.Member]time.Duration, len(rows))
	for _, row := range rows {
		ago[row.MemberID] = time.Duration(row.AgoMs) * time.Millisecond
	}
	return ago, nil
}

// unseen takes in who of those that a room has to know of was seen lately.
func (b *batch) unseen(ctx context.Context, d room.Deciding) ([]room.Event, error) {
	ago, err := lastSeenOf(ctx, b.tx, b.key)
	if err != nil {
		return nil, err
	}
	lately := map[id.Member]bool{}
	for who, since := range ago {
		lately[who] = since < room.HoldAfter
	}
	return room.Unseen(b.state, lately, d), nil
}
