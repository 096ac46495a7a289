package live

import (
	"context"
	"encoding/json"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/room"
	"amends/server/wire"
)

var (
	errTooFast = fault.New(fault.TooMany, "too_many", "Too many messages. Please wait a moment.")
	errStage   = fault.New(fault.Forbidden, "access.refused", "A stage only shows the room.")
)

// Messages to a room's goroutine.
type (
	entered struct {
		member *member
		actor  actor.Actor
	}
	left struct {
		member *member
		done   chan struct{}
	}
	given struct {
		member  *member
		command wire.Command
	}
	committed struct{ last int64 }
	// spoken means that check-in words changed, and nothing else.
	spoken    struct{}
	liveFacts struct {
		node  id.Node
		facts wire.RoomLive
	}
	recheck struct{ only id.Member }
	checked struct {
		member *member
		seat   app.Seat
		err    error
	}
	goingAway struct{}
)

// liveRoom is one room on this node. One goroutine owns all fields below users, emptySince and paces, except
// outbox.
type liveRoom struct {
	hub *Hub
	key app.RoomKey
	// inbox and staff are lanes (lane.go).
	inbox, staff lane
	ended        chan struct{}
	// users and emptySince are guarded by the hub's lock.
	users      int
	emptySince time.Time
	paces      paces

	members map[*member]actor.Actor
	phones  map[id.Member]int
	gone    map[id.Member]time.Time
	state   room.State
	names   room.Names
	views   room.Views
	loaded  bool
	named   time.Time
	// meNamed is the value of named when personal parts were last sent.
	meNamed time.Time
	// shapes are the last views sent, for roles that are connected; wholes are the current views,
	// encoded on demand.
	shapes map[wire.RoomRole]room.Shape
	wholes map[wire.RoomRole]json.RawMessage
	words  wordsHere
	// nameless means that the name of somebody in the room is not loaded yet.
	nameless  bool
	checkAt   time.Time
	sweepAt   time.Time
	others    map[id.Node]heardLive
	counts    wire.RoomLive
	shown     wire.RoomLive
	shownAt   time.Time
	ownSent   time.Time
	heartbeat heartbeat
	// opening means that letIn is running.
	opening       bool
	disconnecting disconnecting
	// outbox is shared with deliver and has its own lock.
	outbox outbox
}

type heardLive struct {
	facts wire.RoomLive
	at    time.Time
}

// Intervals and timeouts of a room.
const (
	tickEvery   = 500 * time.Millisecond
	compareMax  = 15 * time.Second
	recheckMax  = 60 * time.Second
	sweepMax    = 10 * time.Second
	liveExpires = 3 * time.Second
	liveRefresh = time.Second
	liveAgain   = 10 * time.Second
	dbPatience  = 10 * time.Second
)

func newRoom(h *Hub, key app.RoomKey) *liveRoom {
	return &liveRoom{hub: h, key: key, inbox: make(lane, inboxCapacity), staff: make(lane, staffCapacity), ended: make(chan struct{}), emptySince: time.Now(),
		members: map[*member]actor.Actor{}, phones: map[id.Member]int{}, gone: map[id.Member]time.Time{}, others: map[id.Node]heardLive{},
		shapes: map[wire.RoomRole]room.Shape{}, wholes: map[wire.RoomRole]json.RawMessage{}}
}

func (r *liveRoom) run(ctx context.Context) {
	defer r.over()
	subscription, err := r.hub.Bus.Subscribe(ctx, bus.Room(r.key.Workshop), r.onMessage, func() { r.offer(committed{}) })
	if err != nil {
		r.hub.Log.Warn("Redis pub/sub is unavailable; this room polls the database instead", "room", r.key.Workshop.String(), "err", err)
	} else {
		defer subscription.Close()
	}
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	defer func() { r.disconnecting.stop() }()
	compareAt := time.Now().Add(compareMax)
	for {
		select {
		case <-ctx.Done():
			r.closeAll(wire.CloseGoingAway, "restarting")
			return
		case what := <-r.staff:
			r.handleAll(ctx, what)
		case what := <-r.inbox:
			r.handleAll(ctx, what)
		case <-r.disconnecting.step():
			if r.disconnectSome() {
				return
			}
		case now := <-tick.C:
			if now.After(compareAt) {
				r.refresh(ctx, 0)
				compareAt = now.Add(compareMax)
			}
			r.onTick(ctx, now)
			if len(r.members) == 0 && r.hub.retire(r) {
				return
			}
		}
	}
}

// onMessage runs in the goroutine of the subscription.
func (r *liveRoom) onMessage(payload []byte) {
	message, err := bus.Unpack(payload)
	if err != nil {
		r.offer(committed{})
		return
	}
	switch m := message.(type) {
	case bus.Committed:
		if m.Node != r.hub.Node {
			r.offer(committed{last: m.Last})
		}
	case bus.Entered:
		if m.Node != r.hub.Node {
			r.offer(takenOver{m})
		}
	case bus.Spoken:
		if m.Node != r.hub.Node {
			r.offer(spoken{})
		}
	case bus.Live:
		if m.Node != r.hub.Node {
			r.offer(liveFacts{node: m.Node, facts: unpackLive(m.Facts)})
		}
	}
}

// handleAll takes all messages that wait, so that commands that came during the last commit share one
// transaction, and so do joins.
func (r *liveRoom) handleAll(ctx context.Context, first any) {
	var commands []given
	var came []entered
	words := false
	flush := func() {
		r.arrive(ctx, came)
		r.commit(ctx, staffFirst(commands))
		came, commands = nil, nil
	}
	for what, more := first, true; more; what, more = r.next() {
		switch w := what.(type) {
		case given:
			if len(came) > 0 {
				flush()
			}
			if w.command.Spec.Ephemeral {
				r.status(w)
			} else {
				commands = append(commands, w)
			}
		case entered:
			if len(commands) > 0 {
				flush()
			}
			came = append(came, w)
		case spoken:
			words = true // any number of these needs one read
		default:
			flush()
			r.handle(ctx, what)
		}
		if len(commands) >= app.MaxBatch || len(came) >= app.MaxBatch {
			flush()
		}
	}
	flush()
	if words && r.loaded {
		r.askWords(r.state)
	}
}

func (r *liveRoom) handle(ctx context.Context, what any) {
	switch w := what.(type) {
	case left:
		r.leave(w)
	case look:
		r.sendView(w.member)
	case claim:
		r.claim(ctx, w.member)
	case committed:
		r.refresh(ctx, w.last)
	case liveFacts:
		r.others[w.node] = heardLive{w.facts, time.Now()}
	case takenOver:
		r.giveWay(w)
	case wordsRead:
		r.onWords(w)
	case recheck:
		r.startRecheck(ctx, w.only)
	case checked:
		r.onChecked(w)
	case goingAway:
		r.disconnecting.begin(len(r.members))
	}
}

func (r *liveRoom) closeAll(code wire.CloseCode, reason string) {
	for m := range r.members {
		m.conn.Close(code, reason)
	}
	clear(r.members)
}

// commit runs a batch and answers each command, after the new state was sent.
func (r *liveRoom) commit(ctx context.Context, commands []given) {
	if len(commands) == 0 {
		return
	}
	requests := make([]app.RoomRequest, len(commands))
	for i, c := range commands {
		requests[i] = app.RoomRequest{Member: c.member.seat.Member, Signin: c.member.seat.Signin, Command: c.command}
	}
	out, err := r.submit(ctx, requests)
	for i, c := range commands {
		command := c.command.ID.String()
		switch {
		case err != nil:
			c.member.conn.Send(errorFrame(command, err))
		case out.Results[i].Err != nil:
			c.member.conn.Send(errorFrame(command, out.Results[i].Err))
		default:
			c.member.conn.Send(encode(wire.RoomFrame{Ack: command, Seq: out.Results[i].Seq}))
		}
	}
}

// submit runs requests in one transaction and shows the resulting state.
func (r *liveRoom) submit(ctx context.Context, requests []app.RoomRequest) (app.RoomOutcome, error) {
	ctx, cancel := context.WithTimeout(ctx, dbPatience)
	defer cancel()
	out, err := r.hub.App.Room(ctx, r.hub.Node, r.key, requests)
	if err != nil {
		r.hub.Log.Error("committing a batch of a room failed", "room", r.key.Workshop.String(), "err", err)
		return out, err
	}
	opened := r.loaded && r.state.Phase == wire.RoomScheduled && out.State.Phase != wire.RoomScheduled
	func() {
		defer r.notify(out) // publish even if adopt panics
		r.adopt(ctx, out)
	}()
	if opened {
		r.joinWaiting(ctx)
	}
	r.letIn(ctx)
	return out, nil
}

// fact records one fact about a connection.
func (r *liveRoom) fact(ctx context.Context, of app.RoomRequest) error {
	out, err := r.submit(ctx, []app.RoomRequest{of})
	if err != nil {
		return err
	}
	return out.Results[0].Err
}

// joinWaiting joins everybody who was connected before the room opened.
func (r *liveRoom) joinWaiting(ctx context.Context) {
	var requests []app.RoomRequest
	for who, n := range r.phones {
		if n > 0 {
			requests = append(requests, app.RoomRequest{Member: who, Fact: app.PhoneJoined})
		}
	}
	r.joinAll(ctx, requests)
}

// joinAll records joins, app.MaxBatch in one transaction.
func (r *liveRoom) joinAll(ctx context.Context, requests []app.RoomRequest) {
	for len(requests) > 0 {
		n := min(len(requests), app.MaxBatch)
		if _, err := r.submit(ctx, requests[:n]); err != nil {
			return
		}
		requests = requests[n:]
	}
}
