package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/bus"
	"amends/server/id"
	"amends/server/wire"
)

// Options are the dependencies of a hub.
type Options struct {
	App  *app.App
	Bus  bus.Bus
	Node id.Node
	Log  *slog.Logger
	// Unlimited switches the limits of commands and of a stage's connections off, for load tests on loopback only
	// (config.Unlimited).
	Unlimited bool
}

// Hub has the rooms of this node. A room runs while somebody is connected to it, and lingers a while
// after.
type Hub struct {
	Options
	ctx    context.Context
	stop   context.CancelFunc
	kicks  bus.Subscription
	wait   sync.WaitGroup
	mu     sync.Mutex
	rooms  map[id.Workshop]*liveRoom
	polls  polls
	closed bool
	// gapSeen is when a gap in the kicks was last acted upon.
	gapSeen time.Time
}

// NewHub starts a hub that listens for kicks. The caller must call Close.
func NewHub(o Options) (*Hub, error) {
	ctx, stop := context.WithCancel(context.Background())
	h := &Hub{Options: o, ctx: ctx, stop: stop, rooms: map[id.Workshop]*liveRoom{}}
	var err error
	h.kicks, err = o.Bus.Subscribe(ctx, bus.Kick, h.onKick, h.onKickGap)
	if err != nil {
		stop()
		return nil, err
	}
	return h, nil
}

// Visit is one connection's stay in its room.
type Visit struct {
	hub    *Hub
	room   *liveRoom
	member *member
}

// Enter puts a connection into a room; ctx has the actor. Nil means that the connection was refused and
// closed; otherwise the caller must call Serve.
func (h *Hub) Enter(ctx context.Context, workshop id.Workshop, conn Conn) *Visit {
	return h.enterAs(ctx, workshop, conn, func(*member, func(any) bool) {})
}

// enterAs is Enter; it calls seated with the new member before the room learns of it. Each entry costs:
// who enters again and again is refused before anything is asked of the database.
func (h *Hub) enterAs(ctx context.Context, workshop id.Workshop, conn Conn, seated func(*member, func(any) bool)) *Visit {
	if err := h.App.CountJoin(ctx, workshop); err != nil {
		conn.Close(CloseFor(err))
		return nil
	}
	seat, err := h.App.TakeSeat(ctx, workshop)
	if err != nil {
		conn.Close(CloseFor(err))
		return nil
	}
	who, _ := actor.From(ctx)
	room := h.enter(seat.Key)
	if room == nil {
		conn.Close(wire.CloseGoingAway, "restarting")
		return nil
	}
	var mine any = seat.Member
	if seat.Role == wire.RoleStage {
		mine = who.Stage
	}
	m := &member{conn: conn, seat: seat, window: room.paces.window(mine), lane: room.laneOf(seat.Role)}
	seated(m, func(what any) bool { return room.postIn(m.lane, what) })
	room.postIn(m.lane, entered{member: m, actor: who})
	select {
	case <-room.ended: // the room may have ended before it saw the member; a room that ends later closes what is in its inbox
		conn.Close(wire.CloseGoingAway, "try again")
	default:
	}
	return &Visit{hub: h, room: room, member: m}
}

// Serve passes frames from read to the room until read fails, then removes the connection. When it
// returns, the room no longer refers to the connection.
func (v *Visit) Serve(read func() ([]byte, error)) {
	defer v.leave() // deferred, so that a panic in read does not leave the member in the room
	for {
		frame, err := read()
		if err != nil || !v.hub.take(v.room, v.member, frame) {
			return
		}
	}
}

func (v *Visit) leave() {
	done := make(chan struct{})
	if v.room.postIn(v.member.lane, left{member: v.member, done: done}) {
		select {
		case <-done:
		case <-v.room.ended: // an ended room has no members
		}
	}
	v.hub.exit(v.room)
}

// take handles one frame in the reader's goroutine; false ends the connection.
func (h *Hub) take(room *liveRoom, m *member, frame []byte) bool {
	pace := fine
	if !h.Unlimited {
		pace = m.window.count(time.Now())
	}
	if pace == farTooMany {
		m.conn.Close(wire.CloseTooMany, "too many")
		return false
	}
	c, err := wire.ParseCommand(frame)
	if pace == tooMany {
		m.conn.Send(errorFrame(c.ID.String(), errTooFast))
		return true
	}
	if err != nil {
		m.conn.Send(errorFrame(c.ID.String(), err))
		return true
	}
	if c.Do == wire.CommandClock {
		m.conn.Send(encode(wire.RoomFrame{Ack: c.ID.String(), Now: time.Now().UnixMilli()}))
		return true
	}
	if m.seat.Role == wire.RoleStage {
		m.conn.Send(errorFrame(c.ID.String(), errStage))
		return true
	}
	return room.postIn(m.lane, given{member: m, command: c})
}

// enter finds or starts a room and counts a user of it; nil when the hub is closing.
func (h *Hub) enter(key app.RoomKey) *liveRoom {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	r, ok := h.rooms[key.Workshop]
	if !ok {
		r = newRoom(h, key)
		h.rooms[key.Workshop] = r
		h.wait.Add(1)
		go func() {
			defer h.wait.Done()
			r.run(h.ctx)
		}()
	}
	r.users++
	return r
}

// lingering is how long an empty room keeps running, so that the timers of dropped people can expire.
const lingering = 2 * time.Minute

func (h *Hub) exit(r *liveRoom) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.users--
	r.emptySince = time.Now()
}

// retire removes a room that has been empty for lingering; the room calls it and then ends.
func (h *Hub) retire(r *liveRoom) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.users > 0 || time.Since(r.emptySince) < lingering {
		return false
	}
	delete(h.rooms, r.key.Workshop)
	return true
}

func (h *Hub) eachRoom(f func(*liveRoom)) {
	h.mu.Lock()
	rooms := make([]*liveRoom, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	h.mu.Unlock()
	for _, r := range rooms {
		f(r)
	}
}

// onKickGap rechecks everybody, because kicks may have been missed. During an outage it is called every
// second and acts at most four times a minute.
func (h *Hub) onKickGap() {
	h.mu.Lock()
	due := time.Since(h.gapSeen) > recheckMax/4
	if due {
		h.gapSeen = time.Now()
	}
	h.mu.Unlock()
	if due {
		h.eachRoom(func(r *liveRoom) { r.offer(recheck{}) })
	}
}

func (h *Hub) onKick(payload []byte) {
	message, err := bus.Unpack(payload)
	kicked, ok := message.(bus.Kicked)
	if err != nil || !ok {
		h.onKickGap()
		return
	}
	h.eachRoom(func(r *liveRoom) { r.post(recheck{only: kicked.Member}) })
}

// Close disconnects everybody with 1012, a few at a time, while rooms keep working for the others. It
// returns when all rooms have ended; when ctx ends first, the rest are disconnected at once.
func (h *Hub) Close(ctx context.Context) {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	h.eachRoom(func(r *liveRoom) { r.post(goingAway{}) })
	done := make(chan struct{})
	go func() { h.wait.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	h.kicks.Close()
	h.stop()
}
