package live

import (
	"time"

	"amends/server/bus"
	"amends/server/id"
	"amends/server/wire"
)

// One connection a person. The rules: the newest wins, on whichever node; the older one is
// closed with 4409. A device that polls may be asked by several nodes in turn, so a node keeps
// what the same sign-in polls for. When the bus is away the older connection stays: a person
// with two open rooms loses nothing.

// sameMoment is how long apart two nodes may hear of one newcomer. Within it the nodes' clocks
// decide, and after it nothing does: who was here before the message came is older.
const sameMoment = 2 * time.Second

// takenOver says that a person came in on another node.
type takenOver struct{ bus.Entered }

// takeOver ends the older connections of a person on this node and tells the other nodes.
func (r *liveRoom) takeOver(by *member) {
	for m := range r.members {
		if m != by && m.seat.Member == by.seat.Member {
			m.conn.Close(wire.CloseTakenOver, "open on another device")
		}
	}
	r.tell(bus.Entered{Node: r.hub.Node, Workshop: r.key.Workshop, Member: by.seat.Member, Signin: by.seat.Signin, At: by.came})
}

// giveWay ends the connections here that are older than the one on the other node.
func (r *liveRoom) giveWay(to takenOver) {
	for m := range r.members {
		_, polls := m.conn.(*pollConn)
		if m.seat.Member != to.Member || !m.counted || polls && m.seat.Signin == to.Signin || !older(m.came, r.hub.Node, to.Entered) {
			continue
		}
		m.conn.Close(wire.CloseTakenOver, "open on another device")
	}
}

func older(came time.Time, here id.Node, to bus.Entered) bool {
	switch {
	case time.Since(came) > sameMoment:
		return true
	case !came.Truncate(time.Millisecond).Equal(to.At):
		return came.Before(to.At)
	}
	return here.String() < to.Node.String()
}
