package live

import (
	"context"
	"time"

	"amends/server/app"
	"amends/server/room"
	"amends/server/wire"
)

// What time brings to single people, and to rooms whose node is gone. The rules: every node
// that has the room asks, the room's lock decides, so each fact is written once. A leave of a
// node that is gone is written by whichever node finds it, with the time the node was last seen.

// careTick asks to look after people whose phones have been quiet for too long, and reads the
// whereabouts again when somebody answered "where are you now".
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

// heal drops the people of this room whose node is gone, and counts in again those who are
// connected here and were dropped while this node could not speak.
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

// Heal writes the leaves of gone nodes in rooms that nobody has open on this node; rooms that
// are open here do it themselves. Call it every now and then.
func (h *Hub) Heal(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 3*dbPatience)
	defer cancel()
	keys, err := h.App.RoomsAbandoned(ctx)
	if err != nil {
		if ctx.Err() == nil {
			h.Log.Warn("rooms of nodes that are gone could not be looked for", "err", err)
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
				h.App.Ring(ctx, h.Node, key, out)
			}
			facts = facts[n:]
		}
		if err != nil {
			h.Log.Warn("a room of a node that is gone could not be put right", "room", key.Workshop.String(), "err", err)
		}
	}
}

func (h *Hub) open(key app.RoomKey) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, there := h.rooms[key.Workshop]
	return there
}
