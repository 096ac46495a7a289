package app

import (
	"context"
	"fmt"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"

	"github.com/google/uuid"
)

// When a person was in the room, as facts. The rules: an interval opens with a join and names
// the node that saw it; coming back on another node takes the open interval along. It is closed
// once, under the room's lock, at the moment the phone was lost: by its own node, or by any
// other once that node is gone.

// lost says whether a drop is to be believed: the person's open interval, if any, is on the
// node that lost them.
func (b *batch) lost(r RoomRequest) bool {
	at, open := b.nodes[r.Member]
	if r.Gone.IsZero() {
		return !open || at == b.node
	}
	return open && at == r.Gone
}

// dropped is the fact that a phone is gone, or its guest.
func (b *batch) dropped(r RoomRequest) []room.Event {
	if events := b.departed(r.Member); events != nil {
		return events
	}
	d := b.deciding()
	d.Since = r.Since
	return room.Drop(b.state, r.Member, d)
}

// joined opens an interval, or takes the open one to this node.
func (b *batch) joined(ctx context.Context, who id.Member) error {
	if b.nodes[who] == b.node {
		return nil
	}
	b.nodes[who] = b.node
	if _, guest := b.guests[who]; guest {
		return b.guestHere(ctx, who)
	}
	err := b.tx.Later().AttendanceJoin(ctx, dbgen.AttendanceJoinParams{FacilityID: b.key.Facility, ID: uuid.Must(uuid.NewV7()), WorkshopID: b.key.Workshop,
		MemberID: who, NodeID: b.node, JoinedAt: b.now})
	if err != nil {
		return fmt.Errorf("open an interval: %w", err)
	}
	return nil
}

// left closes the interval of a phone that is lost; one of a node that is gone is closed even
// when the room noticed the drop before.
func (b *batch) left(ctx context.Context, r RoomRequest, happened bool) error {
	abandoned := !r.Gone.IsZero() && b.lost(r)
	if !abandoned && (!happened || r.Fact != PhoneDropped && r.Fact != PhoneLeft && r.Fact != GuestLeft) {
		return nil
	}
	at := b.now
	if !r.Since.IsZero() && r.Since.Before(at) {
		at = r.Since
	}
	delete(b.nodes, r.Member)
	if _, guest := b.guests[r.Member]; guest {
		return b.guestGone(ctx, r.Member)
	}
	leave := dbgen.AttendanceLeaveParams{At: at, FacilityID: b.key.Facility, WorkshopID: b.key.Workshop, MemberID: r.Member}
	if err := b.tx.Later().AttendanceLeave(ctx, leave); err != nil {
		return fmt.Errorf("close an interval: %w", err)
	}
	return nil
}

// RoomAbandoned gives the drops that are due in a room: of people whose open interval is on a
// node that is gone.
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
		return nil, fmt.Errorf("look for nodes that are gone: %w", err)
	}
	var facts []RoomRequest
	for _, row := range open {
		if seen, is := gone[row.NodeID]; is {
			facts = append(facts, RoomRequest{Member: row.MemberID, Fact: PhoneDropped, Gone: row.NodeID, Since: lastSeen(seen)})
		}
	}
	return facts, nil
}

// lastSeen of a node that was never listed is not known: the leave is then written as of now.
func lastSeen(at time.Time) time.Time {
	if at.Unix() <= 0 {
		return time.Time{}
	}
	return at.UTC()
}

// RoomsAbandoned lists the rooms of all facilities that hold an open interval of a node that
// is gone.
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
			return nil, fmt.Errorf("look for nodes that are gone: %w", err)
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
