package live

import (
	"context"
	"time"

	"amends/server/app"
	"amends/server/room"
	"amends/server/wire"
)

// What follows from elapsed time, and from a node that died. The rules: every node with the room open
// asks and the room's lock decides, so each fact is written once. Any node can write the leave of a
// person on a dead node, with the time of that node's last heartbeat.

// careTick raises the check cards that are due, and reloads names and texts when events newer than the
// loaded ones changed them.
func (r *liveRoom) careTick(ctx context.Context, now time.Time) {
	if !r.loaded {
		return
	}
	for _, who := range room.ChecksDue(r.state, now) {
		if err := r.fact(ctx, app.RoomRequest{Member: who, Fact: app.PhoneMissed}); err != nil {
			break
		}
	}
	if max(r.state.Care.HereSeq, r.state.Voice.TextSeq) > r.names.AsOf {
		r.refresh(ctx, 0)
	}
}

// heal drops the people of this room whose node died, and rejoins people who are connected here but
// were dropped while this node could not send heartbeats.
func (r *liveRoom) heal(ctx context.Context) {
	abandoned, err := r.hub.App.RoomAbandoned(ctx, r.key)
	if err != nil {
		return
	}
	for _, fact := range abandoned {
		if r.phones[fact.Member] > 0 {
			continue
		}
		if err := r.fact(ctx, fact); err != nil {
			return
		}
	}
	for who, n := range r.phones {
		state := r.state.People[who].State
		if n > 0 && r.state.Phase != wire.RoomScheduled && (state == wire.PersonDropped || state == wire.PersonOut) {
			if err := r.fact(ctx, app.RoomRequest{Member: who, Fact: app.PhoneJoined}); err != nil {
				return
			}
		}
	}
}

// Heal writes the leaves of dead nodes in rooms that are not open on this node; open rooms do it
// themselves. Call it periodically.
func (h *Hub) Heal(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 3*dbPatience)
	defer cancel()
	keys, err := h.App.RoomsAbandoned(ctx)
	if err != nil {
		if ctx.Err() == nil {
			h.Log.Warn("finding rooms of dead nodes failed", "err", err)
		}
		return
	}
	for _, key := range keys {
		if h.open(key) {
			continue
		}
		facts, err := h.App.RoomAbandoned(ctx, key)
		for len(facts) > 0 && err == nil {
			n := min(len(facts), app.MaxBatch)
			var out app.RoomOutcome
			if out, err = h.App.Room(ctx, h.Node, key, facts[:n]); err == nil {
				h.App.Notify(ctx, h.Node, key, out)
			}
			facts = facts[n:]
		}
		if err != nil {
			h.Log.Warn("writing the leaves of a dead node failed", "room", key.Workshop.String(), "err", err)
		}
	}
}

func (h *Hub) open(key app.RoomKey) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, there := h.rooms[key.Workshop]
	return there
}
