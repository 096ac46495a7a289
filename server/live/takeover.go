package live

import (
	"time"

	"amends/server/bus"
	"amends/server/id"
	"amends/server/wire"
)

// One connection per person. The rules: the newest wins, on any node; the older one is closed with
// 4409. A polling device may reach several nodes in turn, so a node keeps the polling connections of
// the same sign-in. While the bus is unavailable the older connection stays open, which loses nothing.

// sameMoment bounds the delay between nodes. Connections younger than this are ordered by the nodes'
// clocks; older ones always give way.
const sameMoment = 2 * time.Second

// takenOver means that a person connected to another node.
type takenOver struct{ bus.Entered }

// takeOver closes the person's older connections on this node and tells the other nodes.
func (r *liveRoom) takeOver(by *member) {
	for m := range r.members {
		if m != by && m.seat.Member == by.seat.Member {
			m.conn.Close(wire.CloseTakenOver, "open on another device")
		}
	}
	r.tell(bus.Entered{Node: r.hub.Node, Workshop: r.key.Workshop, Member: by.seat.Member, Signin: by.seat.Signin, At: by.came})
}

// giveWay closes the connections here that are older than the one on the other node.
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
