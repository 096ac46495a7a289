package live

import (
	"context"

	"amends/server/app"
	"amends/server/room"
	"amends/server/wire"
)

// The door of a room as connections see it. The rules: who stands there gets a view with
// nothing of the room in it, and none of the patches; whoever crosses gets the whole view of
// where they are now; who is taken out is closed with 4410.

// threshold keeps a connection from what goes to everybody in the room, when it is not in it
// or only just came in; true when the connection has been told what there is to tell.
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

// letIn brings in those connected here who stand at the door and may walk in now. What it
// changes calls it again: opening keeps that to one round.
func (r *liveRoom) letIn(ctx context.Context) {
	if r.opening || !r.loaded {
		return
	}
	r.opening = true
	defer func() { r.opening = false }()
	for _, who := range room.LetIn(r.state) {
		if r.phones[who] == 0 {
			continue
		}
		if err := r.fact(ctx, app.RoomRequest{Member: who, Fact: app.PhoneJoined}); err != nil {
			return
		}
	}
}
