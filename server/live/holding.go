package live

import (
	"context"
	"time"

	"amends/server/app"
	"amends/server/id"
	"amends/server/room"
	"amends/server/wire"
)

// Who watches a room. The rules: a node says every few seconds which facilitators and which
// people at the door are connected to it; a node that lacks one of them asks how long ago they
// were seen anywhere, and has the room's lock decide who is gone and whether the room is held.
// After an outage of the database nobody is believed to be gone before every node has had the
// time to speak again.

const (
	seenEvery = 5 * time.Second
	askEvery  = 2 * time.Second
	// steadyFor is longer than seenEvery: reads have to have worked for so long.
	steadyFor = 6 * time.Second
)

// lookout is what a room remembers of asking and saying who is connected.
type lookout struct {
	sayAt, askAt time.Time
	// steady is since when asking has worked without a break; zero while nobody had to ask.
	steady time.Time
	// went are those whose last screen was closed since this node last spoke.
	went map[id.Member]bool
}

// screenJoined tells at once that a facilitator is here; a failure heals with the next tick.
func (r *liveRoom) screenJoined(ctx context.Context, m *member) {
	who := m.seat.Member
	if m.seat.Role == wire.RoleFacilitator && r.state.Phase != wire.RoomEnded && r.state.Named(who) && !r.state.Team.Here[who] {
		_ = r.fact(ctx, app.RoomRequest{Member: who, Fact: app.ScreenJoined})
	}
}

// screenLeft: the last moment of a screen is said with the next tick.
func (r *liveRoom) screenLeft(m *member) {
	if m.seat.Role == wire.RoleStage {
		return
	}
	if r.lookout.went == nil {
		r.lookout.went = map[id.Member]bool{}
	}
	r.lookout.went[m.seat.Member], r.lookout.sayAt = true, time.Time{}
}

// connected lists the facilitators and the people at the door who are connected here.
func (r *liveRoom) connected() map[id.Member]bool {
	own := map[id.Member]bool{}
	for m := range r.members {
		if m.seat.Role == wire.RoleFacilitator || m.door {
			own[m.seat.Member] = true
		}
	}
	return own
}

func (r *liveRoom) lookoutTick(ctx context.Context, now time.Time) {
	if !r.loaded || r.state.Phase == wire.RoomEnded {
		return
	}
	own := r.connected()
	r.say(ctx, own, now)
	if !r.mustAsk(own) {
		r.lookout.steady = time.Time{}
		return
	}
	if now.After(r.lookout.askAt) {
		r.lookout.askAt = now.Add(askEvery)
		r.ask(ctx, now)
	}
}

// say keeps this node's people among those who were seen.
func (r *liveRoom) say(ctx context.Context, own map[id.Member]bool, now time.Time) {
	for m := range r.members {
		r.screenJoined(ctx, m)
	}
	var who []id.Member
	for m := range own {
		who = append(who, m)
	}
	for m := range r.lookout.went {
		if !own[m] && (r.state.Team.Here[m] || r.state.AtDoor(m)) {
			who = append(who, m)
		}
	}
	if len(who) == 0 {
		r.lookout.went = nil
	}
	if len(who) == 0 || now.Before(r.lookout.sayAt) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, dbPatience)
	defer cancel()
	if err := r.hub.App.RoomSeen(ctx, r.key, who); err != nil {
		return
	}
	r.lookout.sayAt, r.lookout.went = now.Add(seenEvery), nil
}

// mustAsk: somebody whom the room has to know of is not connected here.
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
		r.lookout.steady = time.Time{}
		return
	}
	if r.lookout.steady.IsZero() {
		r.lookout.steady = now
	}
	if now.Sub(r.lookout.steady) < steadyFor {
		return
	}
	due := room.Unwatched(r.state)
	for _, who := range room.Watched(r.state) {
		since, seen := ago[who]
		due = due || !seen || since >= room.HoldAfter
	}
	if due {
		_ = r.fact(ctx, app.RoomRequest{Fact: app.Lookout})
	}
}
