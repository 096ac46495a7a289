package bench

import (
	"math"
	"slices"
	"time"
)

// Spread is a distribution of times in milliseconds.
type Spread struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

// SpreadOf sorts times in place and takes percentiles by nearest rank.
func SpreadOf(times []time.Duration) Spread {
	if len(times) == 0 {
		return Spread{}
	}
	slices.Sort(times)
	at := func(q float64) float64 {
		rank := int(math.Ceil(q*float64(len(times)))) - 1
		return float64(times[max(0, rank)]) / float64(time.Millisecond)
	}
	return Spread{at(0.5), at(0.99), at(1)}
}

// published is one event that a publisher sent: its time and sequence number.
type published struct {
	sent time.Time
	seq  int64
}

// Tally compares what listeners received with what was published.
type Tally struct {
	// Deliveries are events that reached a listener; one frame may carry several.
	Deliveries int64 `json:"deliveries"`
	Frames     int64 `json:"frames"`
	Bytes      int64 `json:"bytes"`
	Lost       int64 `json:"lost"`
	Duplicated int64 `json:"duplicated"`
	Reordered  int64 `json:"reordered"`
	// FromSend is the latency from sending the command to the listener, including the commit.
	FromSend Spread `json:"from_send"`
	// FromMade is the latency from the server making the frame to the listener. The server's timestamp
	// has whole milliseconds, so this is up to one too many.
	FromMade Spread `json:"from_made"`
}

// count compares the listeners. Lost: a frame that some listener got and another did not, or an event
// that reached nobody. Reordered: a number smaller than the one before.
func count(events []published, rows []*row) Tally {
	var t Tally
	var fromSend, fromMade []time.Duration
	frames, newest := map[int64]bool{}, int64(0)
	for _, r := range rows {
		for _, h := range r.patches {
			frames[h.seq], newest = true, max(newest, h.seq)
		}
	}
	slices.SortFunc(events, func(a, b published) int { return int(a.seq - b.seq) })
	for _, r := range rows {
		t.Bytes += r.bytes
		last, seen := int64(0), map[int64]bool{}
		for _, h := range r.patches {
			if !h.joined {
				t.Frames++
			}
			switch {
			case seen[h.seq]:
				t.Duplicated++
			case h.seq < last:
				t.Reordered++
			}
			seen[h.seq], last = true, max(last, h.seq)
			if h.made > 0 {
				fromMade = append(fromMade, max(0, h.at.Sub(time.UnixMilli(h.made))))
			}
		}
		t.Lost += int64(len(frames) - len(seen))
		for _, e := range events {
			if e.seq > newest {
				t.Lost++
			}
		}
		fromSend = t.deliver(events, r, last, fromSend)
	}
	t.FromSend, t.FromMade = SpreadOf(fromSend), SpreadOf(fromMade)
	return t
}

// deliver merges the events and one listener's frames, both in order of sequence numbers.
func (t *Tally) deliver(events []published, r *row, last int64, times []time.Duration) []time.Duration {
	at := 0
	for _, e := range events {
		if e.seq > last {
			break
		}
		for r.patches[at].seq < e.seq { // terminates: the last number is not smaller
			at++
		}
		t.Deliveries++
		times = append(times, r.patches[at].at.Sub(e.sent))
	}
	return times
}
