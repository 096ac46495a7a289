package live

import (
	"slices"

	"amends/server/wire"
)

// Lanes: where messages wait for a room's goroutine. The rule: facilitators have a lane of their own,
// which is emptied first, so that a counselor's command never waits behind a flood of participants'; at
// most one transaction is under way before it. All messages of one connection take the same lane, so
// their order is kept.

// lane is a queue of messages.
type lane chan any

// A lane's capacity bounds the messages waiting for a room. A reader that finds it full blocks, which
// slows only its own connection (back-pressure).
const (
	inboxCapacity = 256
	staffCapacity = 64
)

// laneOf returns the lane of a connection with this role. Facilitators are named by the workshop, so
// nobody gets into their lane by joining.
func (r *liveRoom) laneOf(role wire.RoomRole) lane {
	if role == wire.RoleFacilitator {
		return r.staff
	}
	return r.inbox
}

// post sends a message to the room's goroutine, blocking while the inbox is full; false when the room
// has ended.
func (r *liveRoom) post(what any) bool { return r.postIn(r.inbox, what) }

// postIn is post for a lane.
func (r *liveRoom) postIn(l lane, what any) bool {
	select {
	case l <- what:
		return true
	case <-r.ended:
		return false
	}
}

// offer is post for callers that must not block. A message is dropped when the inbox is full; the
// periodic compare repairs that.
func (r *liveRoom) offer(what any) {
	select {
	case r.inbox <- what:
	default:
	}
}

// next takes the next message that waits, a facilitator's first; false when none does.
func (r *liveRoom) next() (what any, is bool) {
	select {
	case what = <-r.staff:
		return what, true
	default:
	}
	select {
	case what = <-r.inbox:
		return what, true
	default:
		return nil, false
	}
}

// staffFirst orders a batch: what facilitators ask is decided before what participants asked meanwhile.
func staffFirst(commands []given) []given {
	slices.SortStableFunc(commands, func(a, b given) int { return rankOf(a) - rankOf(b) })
	return commands
}

func rankOf(g given) int {
	if g.member.seat.Role == wire.RoleFacilitator {
		return 0
	}
	return 1
}
