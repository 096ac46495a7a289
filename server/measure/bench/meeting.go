package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// meeting is one running workshop with its speaker and its listeners.
type meeting struct {
	o       Options
	server  *Process
	speaker publisher
	// stand holds the facilitator's socket; nil for a rival.
	stand *Swarm
	// door is the stage's Doorway; each guest has their own, and reconnects with it.
	door     Doorway
	guests   []Doorway
	house    *House
	code     string
	audience *audience
	swarm    *Swarm
	people   []*Peer
}

// publisher sends events at a given rate and records their results.
type publisher interface {
	pace(ctx context.Context, rate, burst int, length time.Duration) error
	settle(ctx context.Context) error
	take() (done []published, waits []time.Duration)
}

// Timeouts of a load.
const (
	viewPatience  = 30 * time.Second
	quietPatience = 10 * time.Second
	settleIdle    = 2 * time.Second
	parallelDials = 64
	readers       = 2
)

// gather schedules a workshop and starts it.
func (h *House) gather(ctx context.Context, o Options) (*meeting, error) {
	plan := h.Plan
	if o.Guests {
		plan = func(ctx context.Context) (string, error) { return h.Meet(ctx, maxPeople) }
	}
	workshop, err := plan(ctx)
	if err != nil {
		return nil, err
	}
	speaker := newSpeaker()
	m := &meeting{o: o, house: h, server: o.process(), speaker: speaker, audience: newAudience()}
	if m.stand, err = NewSwarm(speaker, 1); err != nil {
		return nil, err
	}
	if err := m.start(ctx, h, workshop, speaker); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *meeting) start(ctx context.Context, h *House, workshop string, speaker *speaker) error {
	door, err := RoomDoor(h.Leads[0], workshop)
	if err != nil {
		return err
	}
	peers, failed := m.stand.Open(ctx, []Doorway{door}, 1)
	if len(failed) > 0 {
		return fmt.Errorf("open the facilitator's socket: %w", failed[0])
	}
	speaker.peer = peers[0]
	if err := speaker.begin(ctx); err != nil {
		return err
	}
	if m.o.Guests {
		if m.code, err = h.Code(ctx, workshop); err != nil {
			return err
		}
	}
	screen, err := h.Stage(ctx, workshop)
	if err != nil {
		return err
	}
	if m.door, err = RoomDoor(screen, workshop); err != nil {
		return err
	}
	m.swarm, err = NewSwarm(m.audience, readers)
	return err
}

func (m *meeting) close() {
	if m.swarm != nil {
		m.swarm.Close()
	}
	if m.stand != nil {
		m.stand.Close()
	}
}

// doors returns n Doorways: the stage's repeated, or one for each guest.
func (m *meeting) doors(ctx context.Context, n int) ([]Doorway, error) {
	if m.code == "" {
		return slices.Repeat([]Doorway{m.door}, n), nil
	}
	if missing := n - len(m.guests); missing > 0 {
		m.o.say("%d guests are let in", missing)
		fresh, err := m.house.guests(ctx, m.code, len(m.guests), missing)
		if err != nil {
			return nil, err
		}
		m.guests = append(m.guests, fresh...)
	}
	return m.guests[:n], nil
}

// fill connects the people and measures the memory per idle connection.
func (m *meeting) fill(ctx context.Context, r *Result) error {
	doors, err := m.doors(ctx, m.o.People)
	if err != nil {
		return err
	}
	m.o.say("%d people come in", m.o.People)
	before, err := m.memory(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	peers, failed := m.swarm.Open(ctx, doors, parallelDials)
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d could not come in: %w", len(failed), m.o.People, failed[0])
	}
	m.people = peers
	views, err := m.views(ctx, peers, viewPatience)
	if err != nil {
		return err
	}
	r.Open = SpreadOf(since(began, views))
	if err := pause(ctx, settleIdle); err != nil {
		return err
	}
	after, err := m.memory(ctx)
	if err != nil {
		return err
	}
	each := float64(after-before) / 1024 / float64(len(peers))
	switch {
	case before <= 0 || after <= before:
	case m.o.Live != nil:
		r.LiveKiB = each
	default:
		r.IdleKiB = each
	}
	return nil
}

func since(began time.Time, at []time.Time) []time.Duration {
	out := make([]time.Duration, len(at))
	for i, t := range at {
		out[i] = t.Sub(began)
	}
	return out
}

// memory returns the server's live memory if it can be asked, else its resident memory; 0 when neither
// is known.
func (m *meeting) memory(ctx context.Context) (int64, error) {
	if m.o.Live != nil {
		return m.o.Live(ctx)
	}
	if m.server == nil {
		return 0, nil
	}
	n, err := m.server.Resident()
	if err != nil {
		return 0, nil //nolint:nilerr // other systems have no such file; the figure is omitted
	}
	return n, nil
}

// views waits until every peer has its whole view, and returns when each got it.
func (m *meeting) views(ctx context.Context, peers []*Peer, patience time.Duration) ([]time.Time, error) {
	at := make([]time.Time, len(peers))
	missing := func() (n int) {
		for i, p := range peers {
			if at[i], _ = m.audience.row(p).view(); at[i].IsZero() {
				n++
			}
		}
		return n
	}
	if !poll(ctx, patience, func() bool { return missing() == 0 }) {
		return at, fmt.Errorf("%d of %d had no view after %s", missing(), len(peers), patience)
	}
	return at, nil
}

// poll repeats ok until it is true or patience has passed; false for the latter.
func poll(ctx context.Context, patience time.Duration, ok func() bool) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; {
		if ok() {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
			if time.Now().After(end) {
				return ok()
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// speak sends the commands and tallies what every reading listener received.
func (m *meeting) speak(ctx context.Context, r *Result) error {
	m.o.say("%d events a second in bursts of %d for %s", m.o.Rate, m.o.Burst, m.o.Length)
	healthy := m.people[m.o.Stalled:]
	for _, p := range m.people[:m.o.Stalled] {
		p.Stall()
	}
	rows := make([]*row, len(healthy))
	for i, p := range healthy {
		rows[i] = m.audience.row(p)
		rows[i].start()
	}
	before := m.cpu()
	if err := m.speaker.pace(ctx, m.o.Rate, m.o.Burst, m.o.Length); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, viewPatience)
	defer cancel()
	if err := m.speaker.settle(bounded); err != nil {
		return err
	}
	done, waits := m.speaker.take()
	last := int64(0)
	for _, e := range done {
		last = max(last, e.seq)
	}
	poll(ctx, quietPatience, func() bool {
		for _, one := range rows {
			if one.reached() < last {
				return false
			}
		}
		return true
	})
	after := m.cpu()
	for _, p := range healthy {
		if row := m.audience.row(p); row.closed() != 0 {
			return fmt.Errorf("a listener was closed with %d", row.closed())
		}
	}
	r.Tally, r.Command = count(done, rows), SpreadOf(waits)
	if m.server != nil && r.Tally.Deliveries > 0 {
		used := float64((after - before).Microseconds())
		r.CPUMicros, r.CPUFrame = used/float64(r.Tally.Deliveries), used/float64(r.Tally.Frames)
	}
	if m.o.FlushDir != "" {
		flush, err := FlushTime(m.o.FlushDir)
		if err != nil {
			return err
		}
		r.FlushP50 = flush.P50
	}
	return nil
}

func (m *meeting) cpu() time.Duration {
	if m.server == nil {
		return 0
	}
	used, err := m.server.CPU()
	if err != nil {
		return 0
	}
	return used
}

// reconnect drops all connections at the same moment and lets everybody reconnect at once, as after an
// outage of a meeting house's wifi.
func (m *meeting) reconnect(ctx context.Context, r *Result) error {
	doors, err := m.doors(ctx, m.o.Reconnect)
	if err != nil {
		return err
	}
	m.o.say("%d people come back at once", m.o.Reconnect)
	for _, p := range m.people {
		p.Close()
	}
	if err := pause(ctx, settleIdle); err != nil {
		return err
	}
	first, failed := m.swarm.Open(ctx, doors, parallelDials)
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	if _, err := m.views(ctx, first, viewPatience); err != nil {
		return err
	}
	for _, p := range first {
		p.Close()
	}
	began := time.Now()
	back, failed := m.swarm.Open(ctx, doors, m.o.Reconnect)
	at, err := m.views(ctx, back, viewPatience)
	r.Back = &Back{People: m.o.Reconnect, Errors: len(failed)}
	if err != nil {
		r.Back.Errors++
	}
	r.Back.Each = SpreadOf(since(began, at))
	r.Back.AllMs = r.Back.Each.Max
	m.people = back
	return nil
}

func (r *row) closed() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended
}
