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

// Options is what a hub is made of.
type Options struct {
	App  *app.App
	Bus  bus.Bus
	Node id.Node
	Log  *slog.Logger
	// Unlimited counts no commands; for measurements on one machine only (config.Unlimited).
	Unlimited bool
}

// Hub holds the rooms of this node. A room lives while somebody is connected to it.
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
	// gapSeen is when a gap of the kicks was last acted upon.
	gapSeen time.Time
}

// NewHub makes a hub that listens for kicks. Close it to end every connection.
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

// Visit is a connection's time in its room.
type Visit struct {
	hub    *Hub
	room   *liveRoom
	member *member
}

// Enter puts a connection into its room. Nil says that it was refused and closed; otherwise
// the caller owes a Serve. The actor is in ctx.
func (h *Hub) Enter(ctx context.Context, workshop id.Workshop, conn Conn) *Visit {
	return h.enterAs(ctx, workshop, conn, func(*member, func(any) bool) {})
}

// enterAs is Enter; seated is told of the connection's seat before the room is.
func (h *Hub) enterAs(ctx context.Context, workshop id.Workshop, conn Conn, seated func(*member, func(any) bool)) *Visit {
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
	m := &member{conn: conn, seat: seat}
	seated(m, room.post)
	room.post(entered{member: m, actor: who})
	select {
	case <-room.ended: // perhaps before it saw us; a room that ends later looks who waits
		conn.Close(wire.CloseGoingAway, "try again")
	default:
	}
	return &Visit{hub: h, room: room, member: m}
}

// Serve feeds the room what read gives until that ends, and takes the connection out again. It
// returns when the room no longer holds the connection.
func (v *Visit) Serve(read func() ([]byte, error)) {
	defer v.leave() // a defect in reading leaves nobody behind in the room
	for {
		frame, err := read()
		if err != nil || !v.hub.take(v.room, v.member, frame) {
			return
		}
	}
}

func (v *Visit) leave() {
	done := make(chan struct{})
	if v.room.post(left{member: v.member, done: done}) {
		select {
		case <-done:
		case <-v.room.ended: // a room that ended holds nobody
		}
	}
	v.hub.exit(v.room)
}

// take checks one frame in the reader's goroutine; false ends the connection.
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
	return room.post(given{member: m, command: c})
}

// enter finds or starts a room and counts its new user; nil when the hub is closing.
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

// lingering is how long an empty room stays, so that grace and kept positions run out.
const lingering = 2 * time.Minute

func (h *Hub) exit(r *liveRoom) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.users--
	r.emptySince = time.Now()
}

// retire ends a room that has been empty for long; asked by the room itself.
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

// onKickGap: kicks may have been missed, so everybody is looked at again; in an outage, which
// says so every second, at most four times a minute.
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

// Close sends everybody away with 1012, a few at a time, while the rooms work on for those who
// are still here; it returns when all rooms have ended. When ctx ends first, all go at once.
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
