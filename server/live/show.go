package live

import (
	"encoding/json"
	"reflect"
	"time"

	"amends/server/room"
	"amends/server/wire"
)

// show makes a state the one that everybody sees: each role's patch is encoded once and sent
// to all of that role; only `me` is personal, and told to those whom the change may touch.
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

// touches says whose personal part may have changed: that of nobody when the state is the same
// one, of everybody when the names were read again meanwhile.
func (r *liveRoom) touches(before room.State) func(*member) bool {
	if before.Seq == r.state.Seq {
		return func(*member) bool { return false }
	}
	everybody, who := room.Touched(before, r.state)
	named := r.meNamed.Equal(r.named)
	r.meNamed = r.named
	return func(m *member) bool { return everybody || !named || who[m.seat.Member] }
}

// patches makes the frame of a role when the first of that role is met: there are none of roles
// that nobody here has, and members are gone through once.
func (r *liveRoom) patches(old room.Views) *patches {
	return &patches{room: r, old: old, now: time.Now().UnixMilli(), frames: map[wire.RoomRole][]byte{}}
}

type patches struct {
	room   *liveRoom
	old    room.Views
	now    int64
	frames map[wire.RoomRole][]byte
	// role and frame are those that were asked for last: most people have the same one.
	role  wire.RoomRole
	frame []byte
}

// of is the frame of a role; nil where nothing changed.
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

// done forgets the shapes of roles that nobody here has: they are not kept up to date.
func (p *patches) done() {
	for role := range p.room.shapes {
		if _, here := p.frames[role]; !here {
			delete(p.room.shapes, role)
		}
	}
}

// patch compares the shape that was shown last with the one of now, and keeps that.
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

// shapeOf writes a view. Views are made of plain structs: it cannot fail.
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

// whole is a role's view, encoded once until the next change however many come in.
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
