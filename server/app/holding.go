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

// Who holds a room and who waits at its door. The rule of presence: a node with a facilitator's screen
// or a person at the door writes a heartbeat every few seconds to a table that all nodes read, with
// Postgres's clock. Absence is inferred: no heartbeat for room.HoldAfter, whichever node the person was
// on and whatever happened to that node.

// staffOf reads the named facilitators of a workshop, in the same order on all nodes.
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

// RoomSeen writes the heartbeat of people connected to this node.
func (a *App) RoomSeen(ctx context.Context, key RoomKey, who []id.Member) error {
	return a.db.Within(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		return seen(ctx, tx, key, who)
	})
}

func seen(ctx context.Context, tx *postgres.Tx, key RoomKey, who []id.Member) error {
	if err := tx.RoomSeenPut(ctx, dbgen.RoomSeenPutParams{FacilityID: key.Facility, WorkshopID: key.Workshop, Members: id.UUIDs(who...)}); err != nil {
		return fmt.Errorf("write heartbeats in workshop %s: %w", key.Workshop, err)
	}
	return nil
}

// RoomLastSeen returns the time since each person's last heartbeat from any node.
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
		return nil, fmt.Errorf("read heartbeats of workshop %s: %w", key.Workshop, err)
	}
	ago := make(map[id.Member]time.Duration, len(rows))
	for _, row := range rows {
		ago[row.MemberID] = time.Duration(row.AgoMs) * time.Millisecond
	}
	return ago, nil
}

// unseen infers from the heartbeats which facilitators and people at the door are gone.
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
