package app

import (
	"context"
	"fmt"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// RoomAbandoned returns the drops due in a room: of people whose open interval is on a dead node.
func (a *App) RoomAbandoned(ctx context.Context, key RoomKey) ([]RoomRequest, error) {
	var open []dbgen.AttendanceOpenRow
	err := a.db.Reading(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		open, err = tx.AttendanceOpen(ctx, dbgen.AttendanceOpenParams{FacilityID: key.Facility, WorkshopID: key.Workshop})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read open intervals of workshop %s: %w", key.Workshop, err)
	}
	nodes := make([]id.Node, 0, len(open))
	for _, row := range open {
		nodes = append(nodes, row.NodeID)
	}
	gone, err := a.db.NodesGone(ctx, nodes)
	if err != nil {
		return nil, fmt.Errorf("find dead nodes: %w", err)
	}
	var facts []RoomRequest
	for _, row := range open {
		if seen, is := gone[row.NodeID]; is {
			facts = append(facts, RoomRequest{Member: row.MemberID, Fact: PhoneDropped, Gone: row.NodeID, Since: lastSeen(seen)})
		}
	}
	return facts, nil
}

// lastSeen returns zero for a node that was never listed; the leave is then written with the current
// time.
func lastSeen(at time.Time) time.Time {
	if at.Unix() <= 0 {
		return time.Time{}
	}
	return at.UTC()
}

// RoomsAbandoned lists the rooms of all facilities that have an open interval on a dead node.
func (a *App) RoomsAbandoned(ctx context.Context) ([]RoomKey, error) {
	facilities, err := a.db.FacilityIDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("list facilities: %w", err)
	}
	var keys []RoomKey
	for _, f := range facilities {
		var open []dbgen.AttendanceOpenAnywhereRow
		err := a.db.Reading(ctx, postgres.Scope{Facility: f}, func(ctx context.Context, tx *postgres.Tx) (err error) {
			open, err = tx.AttendanceOpenAnywhere(ctx, f)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read open intervals of facility %s: %w", f, err)
		}
		var nodes []id.Node
		for _, row := range open {
			nodes = append(nodes, row.NodeID)
		}
		gone, err := a.db.NodesGone(ctx, nodes)
		if err != nil {
			return nil, fmt.Errorf("find dead nodes: %w", err)
		}
		seen := map[id.Workshop]bool{}
		for _, row := range open {
			if _, is := gone[row.NodeID]; is && !seen[row.WorkshopID] {
				seen[row.WorkshopID] = true
				keys = append(keys, RoomKey{f, row.WorkshopID})
			}
		}
	}
	return keys, nil
}
