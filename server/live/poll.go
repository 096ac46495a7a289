package live

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// A room over plain requests, for networks that block sockets. The rules: a device that polls
// is a connection like any other, with the same seat, limits and end; it lasts while a request
// is in flight and wire.PollGraceSeconds longer. An answer is the whole view. What a device has
// seen it says itself, by number and mark, so that each request may reach another node.

const (
	pollHold  = wire.PollSeconds * time.Second
	pollGrace = wire.PollGraceSeconds * time.Second
	// pollClaim: a device that was quiet for longer may have been on another node meanwhile.
	pollClaim = 3 * time.Second
	// takenFor is how long a device that was taken over hears so.
	takenFor = 10 * time.Minute
	// pollsKept bounds what one person's devices leave behind.
	pollsKept  = 8
	pollInbox  = 32
	answerWait = 15 * time.Second
)

type (
	// look asks a room to say the whole view to one connection again.
	look struct{ member *member }
	// claim says that a phone which counts already is on this node now.
	claim struct{ member *member }
)

// pollKey names a device of a person in a room.
type pollKey struct {
	workshop id.Workshop
	who      actor.Actor
	device   string
}

// polls are the devices of this node that poll, and those that were taken over a while ago.
type polls struct {
	mu  sync.Mutex
	all map[pollKey]*pollConn
}

// Poll answers as soon as the room is newer than what the device has seen, and at the latest
// after wire.PollSeconds. It fails with what a close code would say (faultOf).
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
			// Another node was further: this one reads the table, once.
			asked, clean = c.ask(rung{last: q.Seq}), false
		}
		if whole != nil && clean && (over || q.Fresh || whole.seq != q.Seq || q.Mark != "" && whole.mark != q.Mark) {
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

// PollCommand gives one command to the room and waits for its answer.
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

// polling finds the connection of a device, or makes it one.
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
		h.serve(actor.With(h.ctx, who), workshop, c, c.read, c.seated)
		c.Close(wire.CloseGoingAway, "quiet")
		h.polls.drop(key, c)
	}()
	return c, nil
}

// drop lets go of a connection that ended; one that was taken over stays to be told so.
func (p *polls) drop(key pollKey, c *pollConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all[key] == c && !c.takenOver() {
		delete(p.all, key)
	}
}

// forget makes room: what was taken over long ago goes, and so do the oldest of one person.
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

// claim says again that a phone is here, when its person may have polled another node.
func (r *liveRoom) claim(ctx context.Context, m *member) {
	if _, in := r.members[m]; in && m.counted {
		// A failure heals with the next claim, or with the sweep of nodes that are gone.
		_ = r.fact(ctx, app.RoomRequest{Member: m.seat.Member, Fact: app.PhoneJoined})
	}
}

// whole is what a connection would be told now.
type whole struct {
	view, me json.RawMessage
	live     *wire.RoomLive
	seq      int64
	mark     string
}

// heard is a frame of the room as a polling device takes it in.
type heard struct {
	View  json.RawMessage `json:"view"`
	Me    json.RawMessage `json:"me"`
	Live  *wire.RoomLive  `json:"live"`
	Ack   string          `json:"ack"`
	Error *wire.RoomError `json:"error"`
	Seq   int64           `json:"seq"`
}

// pollConn is the Conn of a device that polls: it keeps the newest whole view and wakes who
// waits for it.
type pollConn struct {
	inbox chan []byte
	stop  chan struct{}

	mu     sync.Mutex
	post   func(any) bool
	member *member
	latest *whole
	// dirty: something changed since latest; asking: the room has been asked for it.
	dirty, asking bool
	news          chan struct{}
	waiting       map[string][]chan heard
	// flights are the requests on their way, poll the newest of those that are held.
	flights, poll int
	quiet         time.Time
	code          wire.CloseCode
	refusal       *wire.RoomError
	ended         time.Time
}

func newPollConn() *pollConn {
	return &pollConn{inbox: make(chan []byte, pollInbox), stop: make(chan struct{}), news: make(chan struct{}), waiting: map[string][]chan heard{}, quiet: time.Now()}
}

// seated is called once the connection has a place in a room.
func (c *pollConn) seated(m *member, post func(any) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.member, c.post = m, post
}

// Send takes in one frame. It never blocks and never fails before the end.
func (c *pollConn) Send(frame []byte) bool {
	var f heard
	if err := json.Unmarshal(frame, &f); err != nil {
		return true // the room writes JSON only
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 {
		return false
	}
	switch {
	case f.View != nil:
		live := (*wire.RoomLive)(nil)
		if c.latest != nil {
			live = c.latest.live
		}
		c.latest, c.dirty, c.asking = (&whole{view: f.View, me: f.Me, live: live, seq: f.Seq}).marked(), false, false
	case f.Live != nil && c.latest != nil:
		with := *c.latest
		with.live = f.Live
		c.latest = with.marked()
	case f.Ack != "", f.Error != nil && f.Error.ID != "":
		c.answer(f)
		return true
	case f.Error != nil:
		c.refusal = f.Error
		return true
	default:
		c.dirty = true
	}
	c.wake()
	return true
}

// marked names exactly this answer.
func (w *whole) marked() *whole {
	live, err := json.Marshal(w.live)
	if err != nil {
		live = nil
	}
	sum := sha256.Sum256([]byte(string(w.view) + "\n" + string(w.me) + "\n" + string(live)))
	w.mark = base64.RawURLEncoding.EncodeToString(sum[:16])
	return w
}

func (c *pollConn) wake() {
	close(c.news)
	c.news = make(chan struct{})
}

func (c *pollConn) answer(f heard) {
	command := f.Ack
	if f.Error != nil {
		command = f.Error.ID
	}
	for _, to := range c.waiting[command] {
		to <- f // each has room for its one answer
	}
	delete(c.waiting, command)
}

func (c *pollConn) expect(command string) chan heard {
	answer := make(chan heard, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting[command] = append(c.waiting[command], answer)
	return answer
}

// Close ends the connection; whoever waits gets the code's fault.
func (c *pollConn) Close(code wire.CloseCode, _ string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.code, c.ended = code, time.Now()
		close(c.stop)
	}
}

// begin counts a request; a newer poll of a device ends the wait of the older one.
func (c *pollConn) begin(poll bool) int {
	c.mu.Lock()
	back, post, m := c.flights == 0 && time.Since(c.quiet) > pollClaim, c.post, c.member
	c.flights++
	if poll {
		c.poll++
		c.wake()
	}
	flight := c.poll
	c.mu.Unlock()
	// The room may be waiting for c.mu: nothing is posted under it.
	if back && post != nil {
		post(claim{m})
	}
	return flight
}

func (c *pollConn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flights--
	c.quiet = time.Now()
}

// now gives the newest view, whether it is up to date, and what to wait on. A poll that was
// overtaken is answered with what there is.
func (c *pollConn) now(flight int) (*whole, bool, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if flight != c.poll && c.latest != nil {
		overtaken := *c.latest
		overtaken.mark = ""
		return &overtaken, true, c.news
	}
	return c.latest, !c.dirty && !c.asking, c.news
}

// ask has the room say the whole view again, once for all who wait, after what is given first;
// false when that is under way already.
func (c *pollConn) ask(first ...any) bool {
	c.mu.Lock()
	if c.asking || c.post == nil || c.latest == nil {
		c.mu.Unlock()
		return false
	}
	c.asking = true
	post, m := c.post, c.member
	c.mu.Unlock()
	for _, what := range first {
		post(what)
	}
	post(look{m})
	return true
}

var errQuiet = errors.New("a device that polled has gone quiet")

// read gives the next command; it ends when the connection does, or has been quiet too long.
func (c *pollConn) read() ([]byte, error) {
	for {
		timer := time.NewTimer(c.left())
		select {
		case frame := <-c.inbox:
			timer.Stop()
			return frame, nil
		case <-c.stop:
			timer.Stop()
			return nil, errQuiet
		case <-timer.C:
			if c.left() <= 0 {
				return nil, errQuiet
			}
		}
	}
}

// left is how long the device may stay quiet from now on.
func (c *pollConn) left() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights > 0 {
		return pollGrace
	}
	return pollGrace - time.Since(c.quiet)
}

func (c *pollConn) over() bool { return !c.overSince().IsZero() }

func (c *pollConn) overSince() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

func (c *pollConn) takenOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code == wire.CloseTakenOver
}
