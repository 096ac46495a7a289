package live

import (
	"context"
	"time"

	"amends/server/app"
	"amends/server/id"
	"amends/server/room"
	"amends/server/wire"
)

// Heartbeats of facilitators and people at the door. The rules: a node publishes every few seconds who
// of them is connected to it. A node that misses one of them reads when they were last seen on any
// node; under the room's lock it is decided who is gone and whether the room is held. After a database
// outage nobody counts as gone until every node has had time to send a heartbeat again.

const (
	seenEvery = 5 * time.Second
	askEvery  = 2 * time.Second
	// steadyFor: reads must have worked for this long, which is longer than seenEvery, before anybody
	// counts as gone.
	steadyFor = 6 * time.Second
)

// heartbeat is when a room last sent and read heartbeats.
type heartbeat struct {
	sayAt, askAt time.Time
	// steady is since when reads have worked without an error; zero while no read was needed.
	steady time.Time
	// went are people whose last connection closed since this node's last heartbeat.
	went map[id.Member]bool
}

// screenJoined records at once that a facilitator is connected. Errors are ignored: the next tick tries
// again.
func (r *liveRoom) screenJoined(ctx context.Context, m *member) {
	who := m.seat.Member
	if m.seat.Role == wire.RoleFacilitator && r.state.Phase != wire.RoomEnded && r.state.Named(who) && !r.state.Team.Here[who] {
		_ = r.fact(ctx, app.RoomRequest{Member: who, Fact: app.ScreenJoined})
	}
}

// screenLeft makes the next tick send a heartbeat with the time of disconnection.
func (r *liveRoom) screenLeft(m *member) {
	if m.seat.Role == wire.RoleStage {
		return
	}
	if r.heartbeat.went == nil {
		r.heartbeat.went = map[id.Member]bool{}
	}
	r.heartbeat.went[m.seat.Member], r.heartbeat.sayAt = true, time.Time{}
}

// connected lists the facilitators and the people at the door who are connected to this node.
func (r *liveRoom) connected() map[id.Member]bool {
	own := map[id.Member]bool{}
	for m := range r.members {
		if m.seat.Role == wire.RoleFacilitator || m.door {
			own[m.seat.Member] = true
		}
	}
	return own
}

func (r *liveRoom) heartbeatTick(ctx context.Context, now time.Time) {
	if !r.loaded || r.state.Phase == wire.RoomEnded {
		return
	}
	own := r.connected()
	r.say(ctx, own, now)
	if !r.mustAsk(own) {
		r.heartbeat.steady = time.Time{}
		return
	}
	if now.After(r.heartbeat.askAt) {
		r.heartbeat.askAt = now.Add(askEvery)
		r.ask(ctx, now)
	}
}

// say sends the heartbeat of this node's people.
func (r *liveRoom) say(ctx context.Context, own map[id.Member]bool, now time.Time) {
	for m := range r.members {
		r.screenJoined(ctx, m)
	}
	var who []id.Member
	for m := range own {
		who = append(who, m)
	}
	for m := range r.heartbeat.went {
		if !own[m] && (r.state.Team.Here[m] || r.state.AtDoor(m)) {
			who = append(who, m)
		}
	}
	if len(who) == 0 {
		r.heartbeat.went = nil
	}
	if len(who) == 0 || now.Before(r.heartbeat.sayAt) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, dbPatience)
	defer cancel()
	if err := r.hub.App.RoomSeen(ctx, r.key, who); err != nil {
		return
	}
	r.heartbeat.sayAt, r.heartbeat.went = now.Add(seenEvery), nil
}

// mustAsk reports whether somebody of room.Watched is not connected here, or no facilitator is.
func (r *liveRoom) mustAsk(own map[id.Member]bool) bool {
	for _, who := range room.Watched(r.state) {
		if !own[who] {
			return true
		}
	}
	return room.Unwatched(r.state)
}

func (r *liveRoom) ask(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, dbPatience)
	defer cancel()
	ago, err := r.hub.App.RoomLastSeen(ctx, r.key)
	if err != nil {
		r.heartbeat.steady = time.Time{}
		return
	}
	if r.heartbeat.steady.IsZero() {
		r.heartbeat.steady = now
	}
	if now.Sub(r.heartbeat.steady) < steadyFor {
		return
	}
	due := room.Unwatched(r.state)
	for _, who := range room.Watched(r.state) {
		since, seen := ago[who]
		due = due || !seen || since >= room.HoldAfter
	}
	if due {
		_ = r.fact(ctx, app.RoomRequest{Fact: app.CheckHeartbeats})
	}
}
