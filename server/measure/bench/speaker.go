package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// speaker is a facilitator who sends commands at a fixed rate and records every answer.
type speaker struct {
	mu      sync.Mutex
	peer    *Peer
	sent    map[string]time.Time
	done    []published
	waits   []time.Duration
	refused []string
	// news wakes whoever waits for answers; it holds at most one signal.
	news chan struct{}
	view bool
}

func newSpeaker() *speaker {
	return &speaker{sent: map[string]time.Time{}, news: make(chan struct{}, 1)}
}

// Text records answers; views and patches are recorded by audience.
func (s *speaker) Text(_ *Peer, payload []byte, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	switch {
	case bytes.HasPrefix(payload, []byte(`{"view":`)):
		s.view = true
	case bytes.HasPrefix(payload, []byte(`{"ack":`)), bytes.HasPrefix(payload, []byte(`{"error":`)):
		var f wire.RoomFrame
		if json.Unmarshal(payload, &f) != nil {
			return
		}
		command := f.Ack
		if f.Error != nil {
			command = f.Error.ID
			s.refused = append(s.refused, f.Error.Code)
		}
		sent, known := s.sent[command]
		if !known {
			return
		}
		delete(s.sent, command)
		if f.Error == nil {
			s.done = append(s.done, published{sent, f.Seq})
			s.waits = append(s.waits, at.Sub(sent))
		}
	}
}

// Ended wakes the waiter: no answer will come.
func (s *speaker) Ended(_ *Peer, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, fmt.Sprintf("closed with %d", code))
	s.wake()
}

func (s *speaker) wake() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// say sends one command; its latency counts from when it was due.
func (s *speaker) say(verb, with string, expect int, due time.Time) error {
	fresh := id.New[id.Command]().String()
	s.mu.Lock()
	s.sent[fresh] = due
	s.mu.Unlock()
	return s.peer.Send(client.CommandFrame(fresh, verb, with, expect))
}

// settle waits until every command is answered.
func (s *speaker) settle(ctx context.Context) error {
	for {
		s.mu.Lock()
		open, refused, view := len(s.sent), s.refused, s.view
		s.mu.Unlock()
		if len(refused) > 0 {
			return fmt.Errorf("the server refused a command: %s", refused[0])
		}
		if open == 0 && view {
			return nil
		}
		select {
		case <-s.news:
		case <-ctx.Done():
			return errors.New("commands were left without an answer")
		}
	}
}

// begin opens and starts the room, and discards the records of that.
func (s *speaker) begin(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, viewPatience)
	defer cancel()
	for _, verb := range []string{"open", "start"} {
		if err := s.say(verb, "", -1, time.Now()); err != nil {
			return fmt.Errorf("%s the room: %w", verb, err)
		}
		if err := s.settle(bounded); err != nil {
			return fmt.Errorf("%s the room: %w", verb, err)
		}
	}
	s.take()
	return nil
}

// extend is the load's command: it may be sent any number of times and makes one event each.
func (s *speaker) extend(due time.Time) error { return s.say("extend", `{"seconds":60}`, 0, due) }

// pace sends `extend` commands in bursts until length has passed; each makes one event. The room must
// run its first segment.
func (s *speaker) pace(ctx context.Context, rate, burst int, length time.Duration) error {
	return paced(ctx, time.Second*time.Duration(burst)/time.Duration(rate), length, func(due time.Time) error {
		for range burst {
			if err := s.extend(due); err != nil {
				return fmt.Errorf("send a command: %w", err)
			}
		}
		return nil
	})
}

// take returns the records and clears them.
func (s *speaker) take() (done []published, waits []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, waits = s.done, s.waits
	s.done, s.waits = nil, nil
	return done, waits
}
