package live

import (
	"context"
	"sync"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// A room by long polling, for networks that block websockets. The rules: a polling device is a
// connection like any other, with the same seat, limits and end; it lasts while a request is in flight
// and wire.PollGraceSeconds longer. An answer is always the whole view. The device sends what it has
// seen (seq and mark), so each request may reach another node.

const (
	pollHold  = wire.PollSeconds * time.Second
	pollGrace = wire.PollGraceSeconds * time.Second
	// pollClaim: a device without a request for longer than this may have polled another node
	// meanwhile.
	pollClaim = 3 * time.Second
	// takenFor is how long a device that was taken over is told so.
	takenFor = 10 * time.Minute
	// pollsKept bounds the ended connections remembered per person.
	pollsKept  = 8
	pollInbox  = 32
	answerWait = 15 * time.Second
)

type (
	// look asks the room to send the whole view to one connection again.
	look struct{ member *member }
	// claim tells the room that a device polls this node again.
	claim struct{ member *member }
)

// pollKey identifies a device of a person in a room.
type pollKey struct {
	workshop id.Workshop
	who      actor.Actor
	device   string
}

// polls are the devices that poll this node, and those that were recently taken over.
type polls struct {
	mu  sync.Mutex
	all map[pollKey]*pollConn
}

// Poll answers when the room is newer than what the device has seen, at the latest after
// wire.PollSeconds. Errors are those of faultOf, ErrUnavailable, and refusals to enter.
func (h *Hub) Poll(ctx context.Context, workshop id.Workshop, q wire.PollQuery) (wire.RoomPoll, error) {
	came := time.Now()
	c, err := h.polling(ctx, workshop, q.Device)
	if err != nil {
		return wire.RoomPoll{}, err
	}
	flight := c.begin(true)
	defer c.end()
	hold := time.NewTimer(pollHold)
	defer hold.Stop()
	asked := false
	for over := false; ; {
		whole, clean, news := c.now(flight)
		if whole != nil && clean && whole.seq < q.Seq && !asked {
			// The device saw a newer state on another node: read the table, once.
			asked, clean = c.ask(committed{last: q.Seq}), false
		}
		if whole != nil && clean && (over || q.Fresh || whole.mark == "" || whole.seq != q.Seq || q.Mark != "" && whole.mark != q.Mark) {
			now := time.Now()
			return wire.RoomPoll{View: whole.view, Me: whole.me, Live: whole.live, Seq: whole.seq, Mark: whole.mark, Now: now.UnixMilli(), HeldMs: now.Sub(came).Milliseconds()}, nil
		}
		if !clean {
			c.ask()
		}
		select {
		case <-news:
		case <-c.stop:
			return wire.RoomPoll{}, c.fault()
		case <-ctx.Done():
			return wire.RoomPoll{}, fault.ErrUnavailable.Because(ctx.Err())
		case <-hold.C:
			over = true
		}
		if over && whole == nil {
			return wire.RoomPoll{}, fault.ErrUnavailable
		}
	}
}

// PollCommand runs one command and waits for its answer. Errors: the command's own, those of faultOf,
// too_many, ErrUnavailable.
func (h *Hub) PollCommand(ctx context.Context, workshop id.Workshop, device string, frame []byte) (wire.RoomAck, error) {
	command, err := wire.ParseCommand(frame)
	if err != nil {
		return wire.RoomAck{}, err
	}
	c, err := h.polling(ctx, workshop, device)
	if err != nil {
		return wire.RoomAck{}, err
	}
	c.begin(false)
	defer c.end()
	answer := c.expect(command.ID.String())
	patience := time.NewTimer(answerWait)
	defer patience.Stop()
	select {
	case c.inbox <- frame:
	default:
		return wire.RoomAck{}, errTooFast.After(time.Second)
	}
	select {
	case a := <-answer:
		if a.Error != nil {
			return wire.RoomAck{}, refusalOf(*a.Error)
		}
		return wire.RoomAck{Ack: a.Ack, Seq: a.Seq, Now: time.Now().UnixMilli()}, nil
	case <-c.stop:
		return wire.RoomAck{}, c.fault()
	case <-patience.C:
	case <-ctx.Done():
	}
	return wire.RoomAck{}, fault.ErrUnavailable
}

// polling returns the connection of a device, creating it if needed.
func (h *Hub) polling(ctx context.Context, workshop id.Workshop, device string) (*pollConn, error) {
	who, _ := actor.From(ctx)
	who.Request = ""
	key := pollKey{workshop, who, device}
	h.polls.mu.Lock()
	defer h.polls.mu.Unlock()
	c := h.polls.all[key]
	if c != nil && !c.over() {
		return c, nil
	}
	if c != nil && c.takenOver() && time.Since(c.overSince()) < takenFor {
		return nil, c.fault()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, fault.ErrUnavailable
	}
	c = newPollConn()
	if h.polls.all == nil {
		h.polls.all = map[pollKey]*pollConn{}
	}
	h.polls.forget(key)
	h.polls.all[key] = c
	h.wait.Add(1)
	go func() {
		defer h.wait.Done()
		if visit := h.enterAs(app.WithAddress(actor.With(h.ctx, who), app.AddressOf(ctx)), workshop, c, c.seated); visit != nil {
			visit.Serve(c.read)
		}
		c.Close(wire.CloseGoingAway, "quiet")
		h.polls.drop(key, c)
	}()
	return c, nil
}

// drop removes a connection that ended. One that was taken over stays, so that its device can be told.
func (p *polls) drop(key pollKey, c *pollConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all[key] == c && !c.takenOver() {
		delete(p.all, key)
	}
}

// forget removes expired entries, and the oldest ended one when a person has too many.
func (p *polls) forget(by pollKey) {
	var oldest pollKey
	kept := 0
	for key, c := range p.all {
		if !c.over() {
			continue
		}
		if time.Since(c.overSince()) >= takenFor {
			delete(p.all, key)
			continue
		}
		if key.workshop == by.workshop && key.who == by.who {
			if kept++; kept == 1 || c.overSince().Before(p.all[oldest].overSince()) {
				oldest = key
			}
		}
	}
	if kept >= pollsKept {
		delete(p.all, oldest)
	}
}

// claim records again that a phone is here, because its person may have polled another node.
func (r *liveRoom) claim(ctx context.Context, m *member) {
	if _, in := r.members[m]; in && m.counted {
		// Errors are ignored: the next claim or the sweep of dead nodes repairs it.
		_ = r.fact(ctx, app.RoomRequest{Member: m.seat.Member, Fact: app.PhoneJoined})
	}
}
