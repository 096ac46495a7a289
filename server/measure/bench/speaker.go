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

// speaker is a facilitator who gives commands at a fixed pace and notes every answer.
type speaker struct {
	mu      sync.Mutex
	peer    *Peer
	sent    map[string]time.Time
	done    []published
	waits   []time.Duration
	refused []string
	// news wakes whoever waits for answers; a token is enough.
	news chan struct{}
	view bool
}

func newSpeaker() *speaker {
	return &speaker{sent: map[string]time.Time{}, news: make(chan struct{}, 1)}
}

// Text takes in the answers; views and patches are the crowd's matter.
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

// Ended wakes whoever waits: no answer will come.
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

// say sends one command; the time that counts is when it was due.
func (s *speaker) say(verb, with string, expect int, due time.Time) error {
	fresh := id.New[id.Command]().String()
	s.mu.Lock()
	s.sent[fresh] = due
	s.mu.Unlock()
	return s.peer.Send(client.CommandFrame(fresh, verb, with, expect))
}

// settle waits until every command has its answer.
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

// begin opens the room and starts it, and forgets that it did.
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

// extend is the command of a load: it may be said any number of times and is one event each.
func (s *speaker) extend(due time.Time) error { return s.say("extend", `{"seconds":60}`, 0, due) }

// pace says `extend`, one event each, every gap in bursts, until the time is over. It needs a
// running room, whose segment is the first.
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

// take empties the notes and gives them.
func (s *speaker) take() (done []published, waits []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, waits = s.done, s.waits
	s.done, s.waits = nil, nil
	return done, waits
}
