package live

import (
	"context"
	"slices"
	"time"

	"amends/server/app"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/room"
	"amends/server/wire"
)

// How a room takes in a newer state: from the batch that it committed, or from the database when another
// node committed.

// refresh reads the room from the database unless the room's seq has reached last. last 0 always reads;
// this also repairs missed messages.
func (r *liveRoom) refresh(ctx context.Context, last int64) {
	if r.loaded && last > 0 && last <= r.state.Seq {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, dbPatience)
	defer cancel()
	s, names, err := r.hub.App.RoomNow(ctx, r.key)
	if err != nil {
		if fault.As(err).Kind == fault.NotFound {
			r.closeAll(wire.CloseNoRoom, "no such room")
			return
		}
		r.hub.Log.Warn("reading a room failed", "room", r.key.Workshop.String(), "err", err)
		return
	}
	opened := r.loaded && r.state.Phase == wire.RoomScheduled && s.Phase != wire.RoomScheduled
	r.name(names)
	r.askWords(s)
	r.show(s)
	if opened {
		r.joinWaiting(ctx)
	}
	r.letIn(ctx)
}

// adopt shows the state returned by a batch, with its words, and reads names again when a new person is
// in it.
func (r *liveRoom) adopt(ctx context.Context, out app.RoomOutcome) {
	s := out.State
	if r.loaded && s.Seq < r.state.Seq {
		if out.Words {
			r.askWords(r.state)
		}
		return
	}
	unknown := func(who id.Member) bool { _, known := r.names.Of[who]; return !known }
	for who := range s.People {
		if unknown(who) {
			r.nameless = true
			break
		}
	}
	r.nameless = r.nameless || slices.ContainsFunc(s.Doorway.Waits, func(k room.Knock) bool { return unknown(k.Member) })
	r.learnNames(ctx)
	r.learnTexts(ctx, s)
	r.batchWords(out)
	r.show(s)
}

// name stores names that were read, and keeps the check-in words, which are read separately.
func (r *liveRoom) name(names room.Names) {
	names.Said, names.SaidRun, names.SaidAway = r.names.Said, r.names.SaidRun, r.names.SaidAway
	r.names, r.named = names, time.Now()
}

// learnNames reads the names again when a new person is in the room (a guest, or a member of an open
// meeting), at most once a second; the next tick tries again.
func (r *liveRoom) learnNames(ctx context.Context) {
	if !r.nameless || time.Since(r.named) < time.Second {
		return
	}
	if _, names, err := r.hub.App.RoomNow(ctx, r.key); err == nil {
		r.name(names)
		r.nameless = false
	}
}
