package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/measure/bench"
	"amends/server/wire"
)

// mob is the made-up guests of a drill. They break the rules of a page: they do not wait, and do not
// stop when they are refused.
type mob struct {
	number int
	swarm  *bench.Swarm
	doors  []bench.Doorway
	guests []*client.Client

	mu    sync.Mutex
	peers []*bench.Peer // by index of guests; nil while one has no connection

	asked, refused, connected, ended atomic.Int64
}

// Text ignores the frame.
func (m *mob) Text(*bench.Peer, []byte, time.Time) {}

// Ended forgets the connection.
func (m *mob) Ended(p *bench.Peer, _ int) {
	m.ended.Add(1)
	i := p.Door.Tag.(int)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.peers[i] == p {
		m.peers[i] = nil
	}
}

// entering is how many of the mob enter at the same time.
const entering = 16

// address of the i-th attacker: no two share one.
func (m *mob) address(i int) string { return fmt.Sprintf("198.18.%d.%d", 2*m.number+i/250, 1+i%250) }

// enter gets as many of the mob into the meeting as the server lets in, and connects them.
func (m *mob) enter(ctx context.Context, p *drillPlay) (err error) {
	if m.swarm, err = bench.NewSwarm(m, 2); err != nil {
		return err
	}
	var wait sync.WaitGroup
	slots := make(chan struct{}, entering)
	for i := range madeUp {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			c := p.guest(m.address(i))
			workshop, err := c.EnterAsGuest(ctx, p.code, fmt.Sprintf("Person  %d", i))
			if err != nil {
				return
			}
			if door, err := bench.RoomDoor(c, workshop); err == nil {
				m.mu.Lock()
				door.Tag = len(m.doors)
				m.doors, m.guests, m.peers = append(m.doors, door), append(m.guests, c), append(m.peers, nil)
				m.mu.Unlock()
			}
		})
	}
	wait.Wait()
	if len(m.doors) == 0 {
		return errors.New("none of the made-up guests got in: the drill would show nothing")
	}
	m.each(ctx, func(i int) { m.connect(ctx, i) })
	return nil
}

// each calls one function for everybody of the mob, a few at a time.
func (m *mob) each(ctx context.Context, one func(i int)) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, entering)
	for i := range m.doors {
		if ctx.Err() != nil {
			break
		}
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			one(i)
		})
	}
	wait.Wait()
}

func (m *mob) connect(ctx context.Context, i int) {
	opened, failed := m.swarm.Open(ctx, m.doors[i:i+1], 1)
	m.refused.Add(int64(len(failed)))
	if len(opened) == 1 {
		m.connected.Add(1)
		m.mu.Lock()
		m.peers[i] = opened[0]
		m.mu.Unlock()
	}
}

// peer is the present connection of one, nil for none.
func (m *mob) peer(i int) *bench.Peer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.peers[i]
}

// rounds calls one for everybody again and again, each every period, until ctx ends.
func (m *mob) rounds(ctx context.Context, every time.Duration, one func(i, round int)) {
	var wait sync.WaitGroup
	for i := range m.doors {
		wait.Go(func() {
			if sleep(ctx, time.Duration(rand.Int64N(int64(every)))) != nil { //nolint:gosec // spreads a load
				return
			}
			tick := time.NewTicker(every)
			defer tick.Stop()
			for round := 0; ctx.Err() == nil; round++ {
				one(i, round)
				select {
				case <-ctx.Done():
				case <-tick.C:
				}
			}
		})
	}
	wait.Wait()
}

func (m *mob) close() {
	if m.swarm != nil {
		m.swarm.Close()
	}
}

// trolling: everybody uses every button that a guest has, twice and a half as often as the limit of
// commands allows, and comes back when the connection is closed.
func trolling(ctx context.Context, p *drillPlay) {
	buttons := []struct{ verb, with string }{{"raise", ""}, {"word", `{"word":"nonsense"}`}, {"ready", `{"on":true}`}, {"help", ""}, {"lower", ""}, {"away", ""}, {"back", ""}, {"ready", `{"on":false}`}}
	m := p.mob
	m.rounds(ctx, 200*time.Millisecond, func(i, round int) {
		peer := m.peer(i)
		if peer == nil {
			m.connect(ctx, i)
			return
		}
		b := buttons[(i+round)%len(buttons)]
		m.asked.Add(1)
		_ = peer.Send(client.CommandFrame(id.New[id.Command]().String(), b.verb, b.with, -1))
	})
}

// flooding: what strangers can ask without an account, twice a second each.
func flooding(ctx context.Context, p *drillPlay) {
	m := p.mob
	big := bytes.Repeat([]byte{'x'}, 64<<10)
	m.rounds(ctx, 500*time.Millisecond, func(i, round int) {
		c := p.guest(m.address(i))
		c.HTTP.Timeout = 5 * time.Second
		var err error
		m.asked.Add(1)
		switch (i + round) % 5 {
		case 0:
			err = m.tryCode(ctx, c, fmt.Sprintf("AAA%03d", i))
		case 1:
			err = c.Do(ctx, "POST", "/auth/prelogin", map[string]string{"handle": fmt.Sprintf("nobody-%d", i)}, nil)
		case 2:
			err = c.Ask(ctx, "GET", "/me", http.Header{"Cookie": {"signin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}, nil, nil)
		case 3:
			err = m.tryCode(ctx, c, p.code)
		default:
			err = c.Do(ctx, "POST", "/guest/enter", map[string]string{"code": "AAAAAA", "name": string(big)}, nil)
		}
		if err != nil {
			m.refused.Add(1)
		}
	})
}

// tryCode tries a code as a script does, which solves no puzzle.
func (*mob) tryCode(ctx context.Context, c *client.Client, code string) error {
	return c.Do(ctx, "POST", "/guest/enter", wire.GuestEntryRequest{Code: code, Name: "Another"}, nil)
}

// storming: everybody drops the connection and comes back, twice a second. Halfway the real people's
// connections end too, as when a router restarts, and they come back as their pages do.
func storming(ctx context.Context, p *drillPlay) {
	m := p.mob
	halfway := time.AfterFunc(drillLength/2, func() {
		for _, s := range p.theatre.screens {
			s.cut()
		}
	})
	defer halfway.Stop()
	m.rounds(ctx, 500*time.Millisecond, func(i, _ int) {
		m.asked.Add(1)
		if peer := m.peer(i); peer != nil {
			peer.Close()
		}
		m.connect(ctx, i)
	})
}
