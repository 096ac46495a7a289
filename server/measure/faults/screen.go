package faults

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"amends/server/measure/bench"
	"amends/server/wire"
)

// screen is one person's page: it reconnects as the browser does, applies views and patches, and
// records everything it showed.
type screen struct {
	theatre *theatre
	id      int
	role    string
	door    bench.Doorway

	mu         sync.Mutex
	peer       *bench.Peer
	frozen     *bench.Peer
	connection int
	view       map[string]any
	seq        int64
	digest     uint64
	on         bool
	lostAt     time.Time
	tries      int
	// pending is the one command that awaits its answer.
	pending *asked
}

// asked is a command in flight; the same frame is sent again until it is answered.
type asked struct {
	id, frame string
	answer    chan wire.RoomFrame
}

// theatre is all screens of the room.
type theatre struct {
	swarm   *bench.Swarm
	ctx     context.Context
	wait    sync.WaitGroup
	screens []*screen

	mu        sync.Mutex
	sightings []sighting
	shown     []time.Time
	back      []time.Duration
	codes     map[int]int
	resent    int
	// excuses counts the error codes for which commands were retried.
	excuses map[string]int
}

// Reconnect back-off as in frontend/src/lib/room: half a second, doubling to 15, with jitter.
const (
	firstWait = 500 * time.Millisecond
	lastWait  = 15 * time.Second
)

func newTheatre(ctx context.Context) (*theatre, error) {
	t := &theatre{ctx: ctx, codes: map[int]int{}, excuses: map[string]int{}}
	var err error
	t.swarm, err = bench.NewSwarm(t, 2)
	return t, err
}

// seat adds a screen and connects it.
func (t *theatre) seat(role string, door bench.Doorway) *screen {
	s := &screen{theatre: t, id: len(t.screens), role: role, lostAt: time.Now()}
	s.door = door
	s.door.Tag = s
	t.screens = append(t.screens, s)
	t.connect(s, 0)
	return s
}

func (t *theatre) connect(s *screen, wait time.Duration) {
	t.wait.Add(1)
	go func() {
		defer t.wait.Done()
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-t.ctx.Done():
			return
		}
		s.mu.Lock()
		s.connection++
		s.mu.Unlock()
		if _, failed := t.swarm.Open(t.ctx, []bench.Doorway{s.door}, 1); len(failed) > 0 && t.ctx.Err() == nil {
			t.later(s)
		}
	}()
}

// later reconnects after the next back-off.
func (t *theatre) later(s *screen) {
	s.mu.Lock()
	wait := min(lastWait, firstWait<<min(s.tries, 10))
	s.tries++
	s.mu.Unlock()
	t.connect(s, time.Duration(float64(wait)*(0.5+rand.Float64()/2))) //nolint:gosec // jitter
}

// Ended counts the close code and reconnects.
func (t *theatre) Ended(p *bench.Peer, code int) {
	s := p.Door.Tag.(*screen)
	t.mu.Lock()
	t.codes[code]++
	t.mu.Unlock()
	s.mu.Lock()
	if s.on {
		s.on, s.lostAt = false, time.Now()
	}
	s.peer = nil
	s.mu.Unlock()
	if t.ctx.Err() == nil {
		t.later(s)
	}
}

// Text handles a frame.
func (t *theatre) Text(p *bench.Peer, payload []byte, at time.Time) {
	var f struct {
		View  map[string]any  `json:"view"`
		Patch map[string]any  `json:"patch"`
		Ack   string          `json:"ack"`
		Error *wire.RoomError `json:"error"`
		Seq   int64           `json:"seq"`
	}
	if json.Unmarshal(payload, &f) != nil {
		return
	}
	s := p.Door.Tag.(*screen)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case f.View != nil:
		s.view, s.seq, s.peer = f.View, f.Seq, p
		s.came(at)
	case f.Patch != nil && s.view != nil:
		// A page that is ahead ignores older patches; see room.svelte.ts.
		if f.Seq >= s.seq {
			s.view = merge(s.view, f.Patch)
		}
		s.seq = f.Seq
		s.sees(at)
	case f.Ack != "":
		s.answered(f.Ack, wire.RoomFrame{Ack: f.Ack, Seq: f.Seq})
	case f.Error != nil:
		s.answered(f.Error.ID, wire.RoomFrame{Error: f.Error})
	}
}

// came handles a whole view: a pending command is retried under the same id.
func (s *screen) came(at time.Time) {
	if !s.on {
		s.theatre.mu.Lock()
		s.theatre.back = append(s.theatre.back, at.Sub(s.lostAt))
		if s.pending != nil {
			s.theatre.resent++
		}
		s.theatre.mu.Unlock()
	}
	s.on, s.tries = true, 0
	s.sees(at)
	if s.pending != nil {
		_ = s.peer.Send(s.pending.frame) // if this is lost too, the next view retries it
	}
}

// sees records what is on the screen now.
func (s *screen) sees(at time.Time) {
	text, err := json.Marshal(s.view) // encoding/json sorts map keys
	if err != nil {
		return
	}
	sum := fnv.New64a()
	_, _ = sum.Write(text)
	s.digest = sum.Sum64()
	s.theatre.mu.Lock()
	defer s.theatre.mu.Unlock()
	s.theatre.sightings = append(s.theatre.sightings, sighting{s.id, s.connection, s.role, s.seq, s.digest})
	s.theatre.shown = append(s.theatre.shown, at)
}

func (s *screen) answered(id string, f wire.RoomFrame) {
	if s.pending == nil || s.pending.id != id {
		return
	}
	select {
	case s.pending.answer <- f:
	default: // answered twice: both answers are the same, the first is used
	}
}

// ask sends a command and returns its answer, or false when none came in time. Answers with a temporary
// error are retried under the same id.
func (s *screen) ask(ctx context.Context, id, frame string, patience time.Duration) (wire.RoomFrame, bool) {
	a := &asked{id, frame, make(chan wire.RoomFrame, 1)}
	s.mu.Lock()
	s.pending = a
	s.sendLocked()
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.pending = nil
		s.mu.Unlock()
	}()
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		select {
		case f := <-a.answer:
			if f.Error == nil || !again(f.Error.Code) {
				return f, true
			}
			s.theatre.mu.Lock()
			s.theatre.resent++
			s.theatre.excuses[f.Error.Code]++
			s.theatre.mu.Unlock()
			if sleep(ctx, 300*time.Millisecond) != nil {
				return f, false
			}
			s.mu.Lock()
			s.sendLocked()
			s.mu.Unlock()
		case <-end.C:
			return wire.RoomFrame{}, false
		case <-ctx.Done():
			return wire.RoomFrame{}, false
		}
	}
}

func (s *screen) sendLocked() {
	if s.on && s.peer != nil {
		_ = s.peer.Send(s.pending.frame)
	}
}

// again reports codes that say nothing about the command itself, so it may be retried.
func again(code string) bool {
	return code == "server.unavailable" || code == "server.broken" || code == "too_many"
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// merge applies a merge patch (RFC 7396).
func merge(into, patch map[string]any) map[string]any {
	out := make(map[string]any, len(into))
	for k, v := range into {
		out[k] = v
	}
	for k, v := range patch {
		inner, object := v.(map[string]any)
		switch {
		case v == nil:
			delete(out, k)
		case object:
			old, _ := out[k].(map[string]any)
			out[k] = merge(old, inner)
		default:
			out[k] = v
		}
	}
	return out
}

// at returns every screen's present state; on reports whether all are connected.
func (t *theatre) at() (last []sighting, on bool) {
	on = true
	for _, s := range t.screens {
		s.mu.Lock()
		last = append(last, sighting{s.id, s.connection, s.role, s.seq, s.digest})
		on = on && s.on
		s.mu.Unlock()
	}
	return last, on
}

func (t *theatre) close() {
	t.wait.Wait()
	t.swarm.Close()
}

// cut drops a screen's connection, as a network does; it reconnects by itself.
func (s *screen) cut() {
	s.mu.Lock()
	peer := s.peer
	s.mu.Unlock()
	if peer != nil {
		peer.Close()
	}
}

// freeze stops reading; thaw makes a new connection.
func (s *screen) freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.peer != nil {
		s.frozen = s.peer
		s.peer.Stall()
	}
}

// thaw drops the frozen connection, if it still exists; the screen reconnects by itself.
func (s *screen) thaw() {
	s.mu.Lock()
	frozen := s.frozen
	s.frozen = nil
	s.mu.Unlock()
	if frozen != nil {
		frozen.Close()
	}
}
