package live

import (
	"fmt"
	"runtime/debug"
	"time"

	"amends/server/app"
	"amends/server/wire"
)

// How a room ends on this node. The rules: when the node goes down, people are sent away in
// small steps, so that the other nodes do not get all of them in one moment; the room works on
// for those who are still here. A defect in a room ends it on this node only: everybody comes
// back, and the room is read anew.

const (
	partEvery = 20 * time.Millisecond
	// partPace is how many people a second at least are sent away; partMost is how long a room
	// of any size may take.
	partPace = 200
	partMost = 4 * time.Second
)

// parting is the sending away of a room; the zero value is none.
type parting struct {
	tick *time.Ticker
	// each is how many go in one step.
	each int
}

func (p *parting) begin(people int) {
	if p.tick == nil {
		p.tick, p.each = time.NewTicker(partEvery), stepOf(people)
	}
}

// stepOf is how many people go in one step, so that all are gone in partMost at the latest.
func stepOf(people int) int {
	steps := int(partMost / partEvery)
	return max(int(partPace*partEvery/time.Second), (people+steps-1)/steps)
}

// step waits for the next step; for ever while nobody is sent away.
func (p *parting) step() <-chan time.Time {
	if p.tick == nil {
		return nil
	}
	return p.tick.C
}

func (p *parting) stop() {
	if p.tick != nil {
		p.tick.Stop()
	}
}

// part sends the next few away, whoever they are; true once nobody is left. Whoever was sent
// away but is still being read does not count.
func (r *liveRoom) part() (done bool) {
	left := r.parting.each
	for m := range r.members { // in no order: no kind of person goes first
		if m.parted {
			continue
		}
		if left--; left < 0 {
			return false
		}
		m.parted = true
		m.conn.Close(wire.CloseGoingAway, "restarting")
	}
	return left > 0
}

// over ends a room, in good order or by a panic. Readers that still wait for it see that it
// ended.
func (r *liveRoom) over() {
	if p := recover(); p != nil {
		r.hub.Log.Error("a room panicked", "room", r.key.Workshop.String(), "err", fmt.Sprint(p), "stack", string(debug.Stack()))
		r.hub.forget(r)
		r.closeAll(wire.CloseGoingAway, "try again")
	}
	close(r.ended)
	for {
		select {
		case what := <-r.inbox:
			if e, ok := what.(entered); ok {
				e.member.conn.Close(wire.CloseGoingAway, "try again")
			}
		default:
			return
		}
	}
}

// forget makes room for the room to be read anew.
func (h *Hub) forget(r *liveRoom) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[r.key.Workshop] == r {
		delete(h.rooms, r.key.Workshop)
	}
}

// caught keeps a defect in a goroutine from ending the process; defer it.
func (h *Hub) caught(doing string, key app.RoomKey) {
	if p := recover(); p != nil {
		h.Log.Error(doing+" panicked", "room", key.Workshop.String(), "err", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
}
