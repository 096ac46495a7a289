package bench

import (
	"bytes"
	"strconv"
	"sync"
	"time"
)

// heard is one message that one listener got: the sequence number it carries, its arrival, and when the
// server made it (Unix milliseconds). joined says that it arrived in one frame with the message before.
type heard struct {
	seq    int64
	at     time.Time
	made   int64
	joined bool
}

// audience records what every listener of a room receives. A peer's row is written by the goroutine that
// reads the peer; read it after Close, or when nothing is sent any more.
type audience struct {
	mu   sync.Mutex
	rows map[*Peer]*row
}

type row struct {
	mu sync.Mutex
	// viewAt is when the whole view arrived; viewSeq is its sequence number.
	viewAt  time.Time
	viewSeq int64
	patches []heard
	bytes   int64
	ended   int
}

func newAudience() *audience { return &audience{rows: map[*Peer]*row{}} }

func (c *audience) row(p *Peer) *row {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rows[p]
	if r == nil {
		r = &row{}
		c.rows[p] = r
	}
	return r
}

// Text records one frame.
func (c *audience) Text(p *Peer, payload []byte, at time.Time) {
	r := c.row(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes += int64(len(payload))
	// One line is one message; a rival may join several in a frame, our server never does.
	joined := false
	for line := range bytes.SplitSeq(payload, []byte("\n")) {
		switch {
		case bytes.HasPrefix(line, []byte(`{"patch":`)), bytes.HasPrefix(line, []byte(`{"push":`)):
			r.patches = append(r.patches, heard{numberOf(line, "seq"), at, numberOf(line, "now"), joined})
			joined = true
		case bytes.HasPrefix(line, []byte(`{"view":`)), bytes.HasPrefix(line, []byte(`{"id":2,"subscribe":`)):
			r.viewAt, r.viewSeq = at, numberOf(line, "seq")
		case string(line) == "{}": // Centrifugo's ping, answered with the same
			_ = p.Send("{}")
		}
	}
}

// Ended records the close code.
func (c *audience) Ended(p *Peer, code int) {
	r := c.row(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = code
}

// numberOf parses a top-level number near the end of a frame, where the server writes it.
func numberOf(frame []byte, name string) int64 {
	at := bytes.LastIndex(frame, []byte(`"`+name+`":`))
	if at < 0 {
		return 0
	}
	digits := frame[at+len(name)+3:]
	end := 0
	for end < len(digits) && digits[end] >= '0' && digits[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(string(digits[:end]), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (r *row) view() (time.Time, int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.viewAt, r.viewSeq
}

// reached returns the highest sequence number that the listener has received.
func (r *row) reached() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.patches); n > 0 {
		return max(r.viewSeq, r.patches[n-1].seq)
	}
	return r.viewSeq
}

// start discards what was recorded so far.
func (r *row) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.patches, r.bytes = nil, 0
}
