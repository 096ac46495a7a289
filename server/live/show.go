package live

import (
	"reflect"
	"time"

	"amends/server/room"
	"amends/server/wire"
)

// show makes a state the one that everybody sees: each role's patch is encoded once and sent
// to all of that role; only `me` is personal.
func (r *liveRoom) show(s room.State) {
	views := room.ViewsOf(s, r.names)
	old, had := r.views, r.loaded
	moved := !had || s.Seq != r.state.Seq
	r.state, r.views, r.loaded = s, views, true
	if !had {
		return
	}
	now := time.Now().UnixMilli()
	frames := map[wire.RoomRole][]byte{
		wire.RoleFacilitator: patchFrame(old.Facilitator, views.Facilitator, s.Seq, now),
		wire.RoleParticipant: patchFrame(old.Participant, views.Participant, s.Seq, now),
		wire.RoleStage:       patchFrame(old.Stage, views.Stage, s.Seq, now),
	}
	for m := range r.members {
		if !m.sent || r.threshold(m) {
			continue
		}
		if frame := frames[m.seat.Role]; frame != nil {
			m.conn.Send(frame)
		}
		if moved {
			r.sendMe(m)
		}
	}
}

// patchFrame is nil when nothing changed for a role.
func patchFrame(old, new any, seq, now int64) []byte {
	patch, err := room.Patch(old, new)
	if err != nil || len(patch) == 0 {
		return nil
	}
	return encode(wire.RoomFrame{Patch: patch, Seq: seq, Now: now})
}

// meOf is the personal part of a connection.
func (r *liveRoom) meOf(m *member) wire.RoomMe {
	if m.seat.Role == wire.RoleParticipant {
		return room.MeOf(r.state, m.seat.Member, r.names)
	}
	me := wire.RoomMe{Role: m.seat.Role, Hand: wire.HandDown}
	if m.seat.Role == wire.RoleFacilitator {
		me.Member, me.Name = m.seat.Member.String(), r.names.Of[m.seat.Member]
	}
	return me
}

func (r *liveRoom) sendMe(m *member) {
	me := r.meOf(m)
	if reflect.DeepEqual(me, m.me) {
		return
	}
	patch, err := room.Patch(m.me, me)
	m.me = me
	if err == nil && len(patch) > 0 {
		m.conn.Send(encode(wire.RoomFrame{Me: patch}))
	}
}

// sendView gives a connection the whole truth.
func (r *liveRoom) sendView(m *member) {
	var view any
	switch m.seat.Role {
	case wire.RoleFacilitator:
		view = r.views.Facilitator
	case wire.RoleParticipant:
		view = r.participantView(m)
	default:
		view = r.views.Stage
	}
	m.me, m.sent = r.meOf(m), true
	m.conn.Send(encode(wire.RoomFrame{View: view, Me: m.me, Seq: r.state.Seq, Now: time.Now().UnixMilli()}))
	if m.seat.Role == wire.RoleFacilitator {
		m.conn.Send(encode(wire.RoomFrame{Live: &r.shown}))
	}
}
