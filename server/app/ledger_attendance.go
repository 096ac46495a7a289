package app

import (
	"context"
	"slices"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"

	"github.com/google/uuid"
)

// attendanceLedger measures when people were in the room. The rules: an interval opens with a join and
// names the node of the connection; reconnecting to another node moves the open interval there. It is
// closed once, under the room's lock, with the time at which the phone was lost: by its own node, or by
// any other when that node has died. A guest has no interval; the node of their phone is in the guest's
// row.
type attendanceLedger struct {
	*roomTx
	people *peopleLedger
	// nodes are the nodes of the open intervals.
	nodes map[id.Member]id.Node
	out   []id.Member
	ended bool
}

func (l *attendanceLedger) asks(requests []RoomRequest) []postgres.Ask {
	l.nodes = map[id.Member]id.Node{}
	if !slices.ContainsFunc(requests, func(r RoomRequest) bool { return r.Fact != NoFact }) {
		return nil
	}
	return []postgres.Ask{func(ctx context.Context, q *dbgen.Queries) error {
		rows, err := q.AttendanceOpen(ctx, dbgen.AttendanceOpenParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop})
		for _, row := range rows {
			l.nodes[row.MemberID] = row.NodeID
		}
		return doing(err, "read open intervals")
	}}
}

func (l *attendanceLedger) takes(ctx context.Context, d decided) error {
	d.each(func(e room.Event) { l.out = append(l.out, e.Data.Member) }, room.Removed)
	d.each(func(room.Event) { l.ended = true }, room.Ended)
	if d.Fact == PhoneJoined && !l.stays(d) {
		return l.joined(ctx, d.Member)
	}
	return l.left(ctx, d)
}

// stays reports whether a join ends at the door: the person is not in the room, and no time is
// measured.
func (l *attendanceLedger) stays(d decided) bool {
	return l.state.AtDoor(d.Member) && len(d.events) == 0 || slices.ContainsFunc(d.events, func(e room.Event) bool { return e.Kind == room.Knocked })
}

// lost reports whether a drop counts: the person's open interval, if any, is on the node that reports
// the drop, or on the dead node it names.
func (l *attendanceLedger) lost(r RoomRequest) bool {
	at, open := l.nodes[r.Member]
	if r.Gone.IsZero() {
		return !open || at == l.node
	}
	return open && at == r.Gone
}

// joined opens an interval, or moves the open one to this node.
func (l *attendanceLedger) joined(ctx context.Context, who id.Member) error {
	if l.nodes[who] == l.node {
		return nil
	}
	l.nodes[who] = l.node
	if _, guest := l.people.guest(who); guest {
		here := dbgen.GuestHereParams{NodeID: &l.node, FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, ID: who}
		return doing(l.tx.Later().GuestHere(ctx, here), "note the node of a guest")
	}
	join := dbgen.AttendanceJoinParams{FacilityID: l.key.Facility, ID: uuid.Must(uuid.NewV7()), WorkshopID: l.key.Workshop, MemberID: who, NodeID: l.node, JoinedAt: l.now}
	return doing(l.tx.Later().AttendanceJoin(ctx, join), "open an interval")
}

// left closes the interval of a lost phone. One of a dead node is closed even when the room recorded
// the drop before.
func (l *attendanceLedger) left(ctx context.Context, d decided) error {
	abandoned := !d.Gone.IsZero() && l.lost(d.RoomRequest)
	if !abandoned && (len(d.events) == 0 || d.Fact != PhoneDropped && d.Fact != PhoneLeft && d.Fact != GuestLeft) {
		return nil
	}
	at := l.now
	if !d.Since.IsZero() && d.Since.Before(at) {
		at = d.Since
	}
	delete(l.nodes, d.Member)
	if _, guest := l.people.guest(d.Member); guest {
		return l.guestGone(ctx, d.Member)
	}
	leave := dbgen.AttendanceLeaveParams{At: at, FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, MemberID: d.Member}
	return doing(l.tx.Later().AttendanceLeave(ctx, leave), "close an interval")
}

func (l *attendanceLedger) guestGone(ctx context.Context, who id.Member) error {
	gone := dbgen.GuestGoneParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, ID: who}
	return doing(l.tx.Later().GuestGone(ctx, gone), "let go of a guest")
}

// writes closes the intervals of removed people, and all of them when the room ends.
func (l *attendanceLedger) writes(ctx context.Context) error {
	f, w := l.key.Facility, l.key.Workshop
	for _, who := range l.out {
		leave := dbgen.AttendanceLeaveParams{At: l.now, FacilityID: f, WorkshopID: w, MemberID: who}
		if err := l.tx.Later().AttendanceLeave(ctx, leave); err != nil {
			return doing(err, "close an interval")
		}
		if !l.open {
			continue
		}
		if err := l.guestGone(ctx, who); err != nil {
			return err
		}
	}
	if !l.ended {
		return nil
	}
	if err := l.tx.Later().AttendanceLeaveAll(ctx, dbgen.AttendanceLeaveAllParams{At: l.now, FacilityID: f, WorkshopID: w}); err != nil {
		return doing(err, "close the open intervals")
	}
	return doing(l.tx.Later().RoomSeenForget(ctx, dbgen.RoomSeenForgetParams{FacilityID: f, WorkshopID: w}), "forget who was connected")
}
