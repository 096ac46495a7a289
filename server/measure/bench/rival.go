package bench

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Rival is another server that gets the same load, for comparison.
type Rival struct {
	// Door is how its listeners connect; it must answer each with a first frame.
	Door Doorway
	// Publish sends a burst of messages, each as a separate event.
	Publish func(ctx context.Context, messages []string) error
	// Bytes is the size of a message: that of the messages it is compared with.
	Bytes int
	PID   int
}

// Race puts the load on a rival. It has no commands and no commits: latency counts from when an event
// was due to be published.
func Race(ctx context.Context, rival Rival, o Options) (Result, error) {
	r := Result{People: o.People, Rate: o.Rate, Burst: o.Burst, Seconds: o.Length.Seconds(), Stalled: o.Stalled}
	m, err := against(rival, o)
	if err != nil {
		return r, err
	}
	defer m.close()
	if err := m.fill(ctx, &r); err != nil {
		return r, err
	}
	return r, m.speak(ctx, &r)
}

// against prepares a meeting at a rival, with nobody connected yet.
func against(rival Rival, o Options) (*meeting, error) {
	o.Base = "http://" + rival.Door.Address
	if err := o.Check(); err != nil {
		return nil, err
	}
	m := &meeting{o: o, server: &Process{rival.PID}, speaker: &herald{rival: rival}, door: rival.Door, audience: newAudience()}
	var err error
	m.swarm, err = NewSwarm(m.audience, readers)
	return m, err
}

// herald publishes numbered messages to a rival.
type herald struct {
	rival Rival
	seq   int64
	done  []published
}

func (h *herald) pace(ctx context.Context, rate, burst int, length time.Duration) error {
	return paced(ctx, time.Second*time.Duration(burst)/time.Duration(rate), length, func(due time.Time) error {
		var messages []string
		for range burst {
			h.seq++
			h.done = append(h.done, published{due, h.seq})
			messages = append(messages, h.message())
		}
		if err := h.rival.Publish(ctx, messages); err != nil {
			return fmt.Errorf("publish to a rival: %w", err)
		}
		return nil
	})
}

// message has the form and length of one of our patches.
func (h *herald) message() string {
	tail := fmt.Sprintf(`"},"seq":%d,"now":%d}`, h.seq, time.Now().UnixMilli())
	head := `{"patch":{"pad":"`
	return head + strings.Repeat("x", max(0, h.rival.Bytes-len(head)-len(tail))) + tail
}

func (h *herald) settle(context.Context) error { return nil }

func (h *herald) take() (done []published, _ []time.Duration) {
	done, h.done = h.done, nil
	return done, nil
}
