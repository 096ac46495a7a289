package live

import (
	"encoding/json"
	"reflect"
	"time"

	"amends/server/room"
	"amends/server/wire"
)

// show makes s the current state. Each role's patch is encoded once and sent to all of that role; the
// personal part `me` is sent only to people whom the change may affect.
func (r *liveRoom) show(s room.State) {
	views := room.ViewsOf(s, r.names)
	old, before, had := r.views, r.state, r.loaded
	r.state, r.views, r.loaded = s, views, true
	clear(r.wholes)
	if !had {
		return
	}
	touches := r.touches(before)
	words := r.words.take()
	patches := r.patches(old)
	for m := range r.members {
		frame := patches.of(m.seat.Role)
		if !m.sent || r.threshold(m) {
			continue
		}
		if frame != nil {
			m.conn.Send(frame)
		}
		if touches(m) || words[m.seat.Member] {
			r.sendMe(m)
		}
	}
	patches.done()
}

// touches reports whose personal part may have changed: nobody's when the state is the same,
// everybody's when names were read again meanwhile.
func (r *liveRoom) touches(before room.State) func(*member) bool {
	if before.Seq == r.state.Seq {
		return func(*member) bool { return false }
	}
	everybody, who := room.Touched(before, r.state)
	named := r.meNamed.Equal(r.named)
	r.meNamed = r.named
	return func(m *member) bool { return everybody || !named || who[m.seat.Member] }
}

// patches encodes a role's frame when the first member of that role is reached: roles that are not
// connected cost nothing, and members are iterated once.
func (r *liveRoom) patches(old room.Views) *patches {
	return &patches{room: r, old: old, now: time.Now().UnixMilli(), frames: map[wire.RoomRole][]byte{}}
}

type patches struct {
	room   *liveRoom
	old    room.Views
	now    int64
	frames map[wire.RoomRole][]byte
	// role and frame cache the last lookup: most people have the same role.
	role  wire.RoomRole
	frame []byte
}

// of returns the frame of a role; nil when nothing changed.
func (p *patches) of(role wire.RoomRole) []byte {
	if role == p.role {
		return p.frame
	}
	frame, made := p.frames[role]
	if !made {
		frame = p.room.patch(role, p.old, p.now)
		p.frames[role] = frame
	}
	p.role, p.frame = role, frame
	return frame
}

// done deletes the shapes of roles that are not connected, because they are not kept up to date.
func (p *patches) done() {
	for role := range p.room.shapes {
		if _, here := p.frames[role]; !here {
			delete(p.room.shapes, role)
		}
	}
}

// patch compares the last sent shape of a role with the current one, and stores the current one.
func (r *liveRoom) patch(role wire.RoomRole, old room.Views, now int64) []byte {
	last, kept := r.shapes[role]
	if !kept {
		last = r.shapeOf(viewOf(old, role))
	}
	fresh := r.shapeOf(viewOf(r.views, role))
	r.shapes[role] = fresh
	patch, err := last.To(fresh)
	if err != nil || len(patch) == 0 {
		return nil
	}
	return encode(wire.RoomFrame{Patch: patch, Seq: r.state.Seq, Now: now})
}

// shapeOf encodes a view. It cannot fail: views are plain structs.
func (r *liveRoom) shapeOf(view any) room.Shape {
	shape, err := room.ShapeOf(view)
	if err != nil {
		panic("live: a view cannot be encoded: " + err.Error())
	}
	return shape
}

func viewOf(v room.Views, role wire.RoomRole) any {
	switch role {
	case wire.RoleFacilitator:
		return v.Facilitator
	case wire.RoleParticipant:
		return v.Participant
	}
	return v.Stage
}

// meOf builds the personal part of a connection.
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

// sendView sends a connection the whole view.
func (r *liveRoom) sendView(m *member) {
	var view any
	if m.seat.Role == wire.RoleParticipant {
		if m.door = r.state.AtDoor(m.seat.Member); m.door {
			view = room.DoorOf(r.state)
		}
	}
	if view == nil {
		view = r.whole(m.seat.Role)
	}
	m.me, m.sent = r.meOf(m), true
	m.conn.Send(encode(wire.RoomFrame{View: view, Me: m.me, Seq: r.state.Seq, Now: time.Now().UnixMilli()}))
	if m.seat.Role == wire.RoleFacilitator {
		m.conn.Send(encode(wire.RoomFrame{Live: &r.shown}))
	}
}

// whole returns a role's view, encoded once until the next change.
func (r *liveRoom) whole(role wire.RoomRole) json.RawMessage {
	text, kept := r.wholes[role]
	if !kept {
		var err error
		if text, err = json.Marshal(viewOf(r.views, role)); err != nil {
			panic("live: a view cannot be encoded: " + err.Error())
		}
		r.wholes[role] = text
	}
	return text
}
