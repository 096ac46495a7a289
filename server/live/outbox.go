package live

import (
	"context"
	"sync"

	"amends/server/app"
	"amends/server/bus"
)

// How other nodes are told. The rules: the own people never wait for it, however slow Redis is.
// Rings that wait become one, for a ring says no more than "read again". All else is said in its
// order; its loss loses no fact, so of too much the oldest goes.

// maxPost is how many messages wait for the bus beside a ring: more than people can come in at
// once.
const maxPost = 8192

// outbox is what a room has to tell other nodes; the zero value is empty.
type outbox struct {
	mu sync.Mutex
	// rung is what the others are owed a ring for; none when its First is 0.
	rung app.RoomOutcome
	post []packed
	// busy says that somebody is on the way with what was here.
	busy bool
}

type packed interface{ Pack() []byte }

// ring tells the other nodes of a batch.
func (r *liveRoom) ring(out app.RoomOutcome) {
	if out.First == 0 {
		if out.Words {
			r.tell(bus.Spoken{Node: r.hub.Node, Workshop: r.key.Workshop})
		}
		return
	}
	r.outbox.mu.Lock()
	defer r.outbox.mu.Unlock()
	if r.outbox.rung.First == 0 {
		r.outbox.rung.First = out.First
	}
	r.outbox.rung.State = out.State
	r.send()
}

// tell tells the other nodes something passing.
func (r *liveRoom) tell(message packed) {
	r.outbox.mu.Lock()
	defer r.outbox.mu.Unlock()
	if len(r.outbox.post) == maxPost {
		r.outbox.post = r.outbox.post[1:]
	}
	r.outbox.post = append(r.outbox.post, message)
	r.send()
}

// send starts whoever goes, unless they are on the way; called with the lock held.
func (r *liveRoom) send() {
	if !r.outbox.busy {
		r.outbox.busy = true
		r.hub.wait.Go(r.deliver)
	}
}

// deliver goes until nothing is left. It outlives the room, so that the last ring is heard.
func (r *liveRoom) deliver() {
	for {
		rung, post := r.outbox.take()
		if rung.First == 0 && len(post) == 0 {
			return
		}
		r.carry(rung, post)
	}
}

// carry tells the other nodes. A defect in it loses what it carries, and nothing that comes after.
func (r *liveRoom) carry(rung app.RoomOutcome, post []packed) {
	defer r.hub.caught("telling other nodes", r.key)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.hub.ctx), dbPatience)
	defer cancel()
	if rung.First > 0 {
		r.hub.App.Ring(ctx, r.hub.Node, r.key, rung)
	}
	for _, message := range post {
		// What is lost is said again by the next count, or is no fact.
		_ = r.hub.Bus.Publish(ctx, bus.Room(r.key.Workshop), message.Pack())
	}
}

// take empties the outbox; nobody is on the way any more when nothing was in it.
func (o *outbox) take() (rung app.RoomOutcome, post []packed) {
	o.mu.Lock()
	defer o.mu.Unlock()
	rung, post = o.rung, o.post
	o.rung, o.post = app.RoomOutcome{}, nil
	o.busy = rung.First > 0 || len(post) > 0
	return rung, post
}
