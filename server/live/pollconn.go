package live

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"amends/server/wire"
)

// whole is the current answer to a poll.
type whole struct {
	view, me json.RawMessage
	live     *wire.RoomLive
	seq      int64
	mark     string
}

// heard is a decoded frame of the room.
type heard struct {
	View  json.RawMessage `json:"view"`
	Me    json.RawMessage `json:"me"`
	Live  *wire.RoomLive  `json:"live"`
	Ack   string          `json:"ack"`
	Error *wire.RoomError `json:"error"`
	Seq   int64           `json:"seq"`
}

// pollConn is the Conn of a polling device: it keeps only the newest whole view and wakes waiting
// requests.
type pollConn struct {
	inbox chan []byte
	stop  chan struct{}

	mu     sync.Mutex
	post   func(any) bool
	member *member
	latest *whole
	// dirty: something changed since latest. asking: the room has been asked for a whole view.
	dirty, asking bool
	news          chan struct{}
	waiting       map[string][]chan heard
	// flights counts requests in flight; poll is the number of the newest poll.
	flights, poll int
	quiet         time.Time
	code          wire.CloseCode
	refusal       *wire.RoomError
	ended         time.Time
}

func newPollConn() *pollConn {
	return &pollConn{inbox: make(chan []byte, pollInbox), stop: make(chan struct{}), news: make(chan struct{}), waiting: map[string][]chan heard{}, quiet: time.Now()}
}

// seated stores the member before the room learns of it.
func (c *pollConn) seated(m *member, post func(any) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.member, c.post = m, post
}

// Send processes one frame. It never blocks, and returns false only after Close.
func (c *pollConn) Send(frame []byte) bool {
	var f heard
	if err := json.Unmarshal(frame, &f); err != nil {
		return true // cannot happen: the room writes JSON only
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

// SendPassing is Send: there is no queue, only the newest state is kept.
func (c *pollConn) SendPassing(frame []byte) bool { return c.Send(frame) }

// marked sets the mark, a hash of the answer.
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
		to <- f // never blocks: each channel has capacity for its one answer
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

// Close ends the connection; waiting requests get the fault of the code.
func (c *pollConn) Close(code wire.CloseCode, _ string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.code, c.ended = code, time.Now()
		close(c.stop)
	}
}

// begin counts a request and returns the number of the newest poll. A newer poll of the same device
// answers the older one at once.
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
	// Post without the lock: the room may be waiting for c.mu in Send.
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

// now returns the newest view, whether it is current, and a channel that is closed by the next change.
// A poll superseded by a newer one gets the view at once, without a mark.
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

// ask posts first and then asks the room for a whole view, once for all waiting requests; false when
// that was asked already or the connection is not in a room yet.
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

var errQuiet = errors.New("a polling device made no request in time")

// read returns the next command. It fails when the connection ends or the device has not polled for
// pollGrace.
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

// left is how long the device may still be without a request.
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
