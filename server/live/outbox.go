package live

import (
	"context"
	"sync"

	"amends/server/app"
	"amends/server/bus"
)

// Publishing to other nodes. The rules: a room never waits for it, however slow Redis is. Pending
// notifications are merged, since one only says "read again". Other messages keep their order;
// none of them is the only copy of a fact, so when there are too many the oldest is dropped.

// maxPost bounds the messages waiting for the bus beside a notification; more people than this cannot
// join at once.
const maxPost = 8192

// outbox has what a room has yet to publish; the zero value is empty.
type outbox struct {
	mu sync.Mutex
	// committed is the merged batch to notify of; none when its First is 0.
	committed app.RoomOutcome
	post      []packed
	// busy means that deliver is running.
	busy bool
}

type packed interface{ Pack() []byte }

// notify publishes that a batch was committed.
func (r *liveRoom) notify(out app.RoomOutcome) {
	if out.First == 0 {
		if out.Words {
			r.tell(bus.Spoken{Node: r.hub.Node, Workshop: r.key.Workshop})
		}
		return
	}
	r.outbox.mu.Lock()
	defer r.outbox.mu.Unlock()
	if r.outbox.committed.First == 0 {
		r.outbox.committed.First = out.First
	}
	r.outbox.committed.State = out.State
	r.send()
}

// tell publishes an ephemeral message.
func (r *liveRoom) tell(message packed) {
	r.outbox.mu.Lock()
	defer r.outbox.mu.Unlock()
	if len(r.outbox.post) == maxPost {
		r.outbox.post = r.outbox.post[1:]
	}
	r.outbox.post = append(r.outbox.post, message)
	r.send()
}

// send starts deliver unless it is running; the caller holds mu.
func (r *liveRoom) send() {
	if !r.outbox.busy {
		r.outbox.busy = true
		r.hub.wait.Go(r.deliver)
	}
}

// deliver publishes until the outbox is empty. It may outlive the room, so that the last notification is still
// published.
func (r *liveRoom) deliver() {
	for {
		committed, post := r.outbox.take()
		if committed.First == 0 && len(post) == 0 {
			return
		}
		r.carry(committed, post)
	}
}

// carry publishes one batch of messages. A panic loses these messages and none of the later ones.
func (r *liveRoom) carry(committed app.RoomOutcome, post []packed) {
	defer r.hub.caught("publishing to other nodes", r.key)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.hub.ctx), dbPatience)
	defer cancel()
	if committed.First > 0 {
		r.hub.App.Notify(ctx, r.hub.Node, r.key, committed)
	}
	for _, message := range post {
		// Errors are ignored: the next count replaces a lost one, and no other message is the only copy
		// of a fact.
		_ = r.hub.Bus.Publish(ctx, bus.Room(r.key.Workshop), message.Pack())
	}
}

// take empties the outbox; when it was empty, deliver ends and busy is cleared.
func (o *outbox) take() (committed app.RoomOutcome, post []packed) {
	o.mu.Lock()
	defer o.mu.Unlock()
	committed, post = o.committed, o.post
	o.committed, o.post = app.RoomOutcome{}, nil
	o.busy = committed.First > 0 || len(post) > 0
	return committed, post
}
