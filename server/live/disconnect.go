package live

import (
	"fmt"
	"runtime/debug"
	"time"

	"amends/server/app"
	"amends/server/wire"
)

// How a room ends on this node. The rules: when the node shuts down, people are disconnected in small
// steps so that they do not all reconnect to other nodes at the same moment; the room keeps working for
// the rest. A panic in a room ends only that room on this node: its clients reconnect, and the room is
// loaded anew.

const (
	disconnectEvery = 20 * time.Millisecond
	// disconnectPace is the minimum number of disconnections per second; disconnectMost is the maximum
	// time for a room of any size.
	disconnectPace = 200
	disconnectMost = 4 * time.Second
)

// disconnecting is the progress of disconnecting a room; zero before it starts.
type disconnecting struct {
	tick *time.Ticker
	// each is how many people are disconnected per step.
	each int
}

func (p *disconnecting) begin(people int) {
	if p.tick == nil {
		p.tick, p.each = time.NewTicker(disconnectEvery), stepOf(people)
	}
}

// stepOf returns how many people to disconnect per step, so that the last one leaves within
// disconnectMost.
func stepOf(people int) int {
	steps := int(disconnectMost / disconnectEvery)
	return max(int(disconnectPace*disconnectEvery/time.Second), (people+steps-1)/steps)
}

// step returns the ticker of steps, or a nil channel before disconnecting starts.
func (p *disconnecting) step() <-chan time.Time {
	if p.tick == nil {
		return nil
	}
	return p.tick.C
}

func (p *disconnecting) stop() {
	if p.tick != nil {
		p.tick.Stop()
	}
}

// disconnectSome disconnects the next few people. It returns true when nobody is left; people who were
// disconnected but whose reader still runs do not count.
func (r *liveRoom) disconnectSome() (done bool) {
	left := r.disconnecting.each
	for m := range r.members { // random map order: no role goes first
		if m.disconnected {
			continue
		}
		if left--; left < 0 {
			return false
		}
		m.disconnected = true
		m.conn.Close(wire.CloseGoingAway, "restarting")
	}
	return left > 0
}

// over ends a room, also after a panic. It closes connections that were about to enter; readers waiting
// for the room see that it has ended.
func (r *liveRoom) over() {
	if p := recover(); p != nil {
		r.hub.Log.Error("a room panicked", "room", r.key.Workshop.String(), "err", fmt.Sprint(p), "stack", string(debug.Stack()))
		r.hub.forget(r)
		r.closeAll(wire.CloseGoingAway, "try again")
	}
	close(r.ended)
	for what, more := r.next(); more; what, more = r.next() {
		if e, ok := what.(entered); ok {
			e.member.conn.Close(wire.CloseGoingAway, "try again")
		}
	}
}

// forget removes a room, so that the next visitor loads it anew.
func (h *Hub) forget(r *liveRoom) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[r.key.Workshop] == r {
		delete(h.rooms, r.key.Workshop)
	}
}

// caught recovers a panic and logs it, so that it does not end the process. Defer it.
func (h *Hub) caught(doing string, key app.RoomKey) {
	if p := recover(); p != nil {
		h.Log.Error(doing+" panicked", "room", key.Workshop.String(), "err", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
}
