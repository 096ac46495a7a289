package live

import (
	"context"

	"amends/server/app"
	"amends/server/room"
	"amends/server/wire"
)

// The door of a room for connections. The rules: a person at the door gets a view without anything of
// the room, and no patches; entering or leaving the door sends the whole new view; removed people are
// closed with 4410.

// threshold reports whether m must not get the room's patch: m is at the door, was just sent a whole
// view, or was closed.
func (r *liveRoom) threshold(m *member) bool {
	if m.seat.Role != wire.RoleParticipant {
		return false
	}
	if r.state.Removed(m.seat.Member) {
		m.conn.Close(wire.CloseRemoved, "taken out")
		return true
	}
	door := r.state.AtDoor(m.seat.Member)
	switch {
	case door != m.door:
		r.sendView(m)
		return true
	case door:
		r.sendMe(m)
	}
	return door
}

// letIn joins people connected here who wait at the door and may enter now. Joining calls letIn again
// through submit; opening stops that recursion.
func (r *liveRoom) letIn(ctx context.Context) {
	if r.opening || !r.loaded {
		return
	}
	r.opening = true
	defer func() { r.opening = false }()
	var requests []app.RoomRequest
	for _, who := range room.LetIn(r.state) {
		if r.phones[who] > 0 {
			requests = append(requests, app.RoomRequest{Member: who, Fact: app.PhoneJoined})
		}
	}
	r.joinAll(ctx, requests)
}
