package bench

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Rooms is the cost of commands when many rooms are active at once.
type Rooms struct {
	Rooms     int     `json:"rooms"`
	PerSecond float64 `json:"commands_per_second"`
	Command   Spread  `json:"command"`
	FlushP50  float64 `json:"flush_p50_ms,omitempty"`
}

const maxRooms = 500

// Rooms starts n workshops, each with its facilitator, who together send o.Rate commands per second,
// round-robin over the rooms. There are no listeners.
func (h *House) Rooms(ctx context.Context, o Options, n int) (Rooms, error) {
	r := Rooms{Rooms: n}
	if n < 1 || n > maxRooms {
		return r, fmt.Errorf("rooms are 1 to %d", maxRooms)
	}
	if err := o.Check(); err != nil {
		return r, err
	}
	street := &street{speakers: map[*Peer]*speaker{}}
	swarm, err := NewSwarm(street, readers)
	if err != nil {
		return r, err
	}
	defer swarm.Close()
	o.say("%d rooms start", n)
	var all []*speaker
	for range n {
		s, err := h.startRoom(ctx, swarm, street)
		if err != nil {
			return r, err
		}
		all = append(all, s)
	}
	o.say("%d commands a second in %d rooms for %s", o.Rate, n, o.Length)
	if err := street.pace(ctx, all, o.Rate, o.Length); err != nil {
		return r, err
	}
	var waits []time.Duration
	for _, s := range all {
		_, took := s.take()
		waits = append(waits, took...)
	}
	r.Command, r.PerSecond = SpreadOf(waits), float64(len(waits))/o.Length.Seconds()
	if o.FlushDir != "" {
		flush, err := FlushTime(o.FlushDir)
		if err != nil {
			return r, err
		}
		r.FlushP50 = flush.P50
	}
	return r, nil
}

func (h *House) startRoom(ctx context.Context, swarm *Swarm, street *street) (*speaker, error) {
	workshop, err := h.Plan(ctx)
	if err != nil {
		return nil, err
	}
	door, err := RoomDoor(h.Leads[0], workshop)
	if err != nil {
		return nil, err
	}
	peers, failed := swarm.Open(ctx, []Doorway{door}, 1)
	if len(failed) > 0 {
		return nil, fmt.Errorf("open the facilitator's socket: %w", failed[0])
	}
	s := street.speaker(peers[0])
	s.peer = peers[0]
	return s, s.begin(ctx)
}

// street holds the facilitators of many rooms.
type street struct {
	mu       sync.Mutex
	speakers map[*Peer]*speaker
}

func (s *street) speaker(p *Peer) *speaker {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.speakers[p]
	if one == nil {
		one = newSpeaker()
		s.speakers[p] = one
	}
	return one
}

// Text passes the frame to the facilitator whose socket it is.
func (s *street) Text(p *Peer, payload []byte, at time.Time) { s.speaker(p).Text(p, payload, at) }

// Ended does the same with a close.
func (s *street) Ended(p *Peer, code int) { s.speaker(p).Ended(p, code) }

// pace sends commands to the rooms in turn, and waits for every answer.
func (s *street) pace(ctx context.Context, all []*speaker, rate int, length time.Duration) error {
	turn := 0
	err := paced(ctx, time.Second/time.Duration(rate), length, func(due time.Time) error {
		turn++
		return all[turn%len(all)].extend(due)
	})
	if err != nil {
		return fmt.Errorf("send commands: %w", err)
	}
	bounded, cancel := context.WithTimeout(ctx, viewPatience)
	defer cancel()
	for _, one := range all {
		if err := one.settle(bounded); err != nil {
			return err
		}
	}
	return nil
}
