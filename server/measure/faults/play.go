package faults

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/measure/bench"
	"amends/server/measure/stand"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// play is one room with people who go on talking while faults are injected.
type play struct {
	*theatre
	cast
	stand    *stand.Stand
	balancer *balancer
	house    *bench.House
	workshop string
	// members are the ids of the talkers, in the order of their screens.
	members []string
	seated  []*seatedNode
	// ghosts are sockets behind halfOpen, a relay that stops forwarding.
	halfOpen *relay
	ghosts   *bench.Swarm

	talking sync.WaitGroup
	hush    chan struct{}
	mu      sync.Mutex
	calls   []timedCall
	// turns counts each talker's commands; a person who said ready says unready next.
	turns []int
}

// seatedNode is a node with its own relays to the database and to Redis.
type seatedNode struct {
	*stand.Node
	database, redis *relay
}

// timedCall is a call with the times of request and answer.
type timedCall struct {
	call
	asked, answered time.Time
	code            string
}

// cast is the size of a play: leads and people talk, the other screens show the stage.
type cast struct{ nodes, leads, people, screens int }

func (c cast) talkers() int { return c.leads + c.people }

// Casts of the long play and of the short one with the full disk.
var (
	wholeCast = cast{nodes: 3, leads: 3, people: 12, screens: 200}
	smallCast = cast{nodes: 1, leads: 2, people: 3, screens: 20}
)

const (
	halfOpens = 5
	// frozenCount is how many phones stop reading.
	frozenCount = 10
	callLimit   = 90 * time.Second
)

// newNode starts a node, with fresh relays or those of the node that it replaces.
func (p *play) newNode(ctx context.Context, old *seatedNode) (*seatedNode, error) {
	n := &seatedNode{}
	var err error
	if old != nil {
		n.database, n.redis = old.database, old.redis
	} else if n.database, err = newRelay("unix", p.stand.DatabaseSocket()); err != nil {
		return nil, fmt.Errorf("open a relay: %w", err)
	} else if n.redis, err = newRelay("unix", p.stand.RedisSocket()); err != nil {
		return nil, fmt.Errorf("open a relay: %w", err)
	}
	// All screens but the talkers' show one stage, which has a few connections within the limits.
	n.Node, err = p.stand.Serve(ctx, stand.NodeOptions{Unlimited: true, DatabaseURL: p.stand.DatabaseVia(n.database.Address()), RedisURL: "redis://" + n.redis.Address()})
	if err != nil {
		return nil, err
	}
	p.balancer.put(n.Base)
	return n, nil
}

// open creates the facility, starts the workshop and connects everybody.
func (p *play) open(ctx context.Context) error {
	for range p.cast.nodes {
		n, err := p.newNode(ctx, nil)
		if err != nil {
			return err
		}
		p.seated = append(p.seated, n)
	}
	slip, err := p.stand.Slip(ctx)
	if err != nil {
		return err
	}
	if p.house, err = bench.Found(ctx, p.balancer.Base(), stand.PublicURL, slip, bench.Staffing{Leads: p.leads, People: p.cast.people}); err != nil {
		return err
	}
	p.members = p.house.Members
	if p.workshop, err = p.house.Plan(ctx); err != nil {
		return err
	}
	if err := p.seatAll(ctx); err != nil {
		return err
	}
	for _, verb := range []string{"open", "start"} {
		if f, answered := p.ask(ctx, p.theatre.screens[0], verb, "", -1); !answered || f != "" {
			return fmt.Errorf("%s the room: %s", verb, f)
		}
	}
	return p.calm(ctx, time.Minute)
}

func (p *play) ask(ctx context.Context, s *screen, verb, with string, expect int) (code string, answered bool) {
	fresh := id.New[id.Command]().String()
	f, answered := s.ask(ctx, fresh, client.CommandFrame(fresh, verb, with, expect), callLimit)
	if f.Error != nil {
		code = f.Error.Code
	}
	return code, answered
}

func (p *play) seatAll(ctx context.Context) error {
	for _, c := range p.house.Leads {
		if err := p.seatClient("facilitator", c); err != nil {
			return err
		}
	}
	for _, c := range p.house.People {
		if err := p.seatClient("participant", c); err != nil {
			return err
		}
	}
	wall, err := p.house.Stage(ctx, p.workshop)
	if err != nil {
		return err
	}
	for range p.cast.screens - p.talkers() {
		if err := p.seatClient("stage", wall); err != nil {
			return err
		}
	}
	return p.calm(ctx, time.Minute)
}

func (p *play) seatClient(role string, c *client.Client) error {
	door, err := bench.RoomDoor(c, p.workshop)
	if err == nil {
		p.seat(role, door)
	}
	return err
}

// errRestless says that the screens did not converge.
var errRestless = errors.New("not everybody came back to the same place")

// calm waits until everybody is connected and all screens of a role show the same room, for a while.
func (p *play) calm(ctx context.Context, patience time.Duration) error {
	same, before := 0, map[string]uint64{}
	for end := time.Now().Add(patience); time.Now().Before(end); {
		last, on := p.at()
		shown := map[string]uint64{}
		for _, one := range last {
			if first, seen := shown[one.Role]; seen && first != one.Digest {
				on = false
			}
			shown[one.Role] = one.Digest
		}
		if on && maps.Equal(shown, before) {
			if same++; same == 3 {
				return nil
			}
		} else {
			same = 0
		}
		before = shown
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return errRestless
}

// comeAnew reconnects one screen of each role, so that it gets the whole view.
func (p *play) comeAnew(ctx context.Context) error {
	seen := map[string]bool{}
	for _, s := range p.theatre.screens {
		if !seen[s.role] {
			seen[s.role] = true
			s.cut()
		}
	}
	if err := sleep(ctx, time.Second); err != nil {
		return err
	}
	return p.calm(ctx, time.Minute)
}

// talk makes facilitators extend the time and people say ready and not ready, each one command at a
// time, until hush is closed.
func (p *play) talk(ctx context.Context) {
	p.hush = make(chan struct{})
	if p.turns == nil {
		p.turns = make([]int, p.talkers())
	}
	for i, s := range p.theatre.screens[:p.talkers()] {
		p.talking.Add(1)
		go func() {
			defer p.talking.Done()
			every := 600 * time.Millisecond // within the rate limit of 20 in 10 s
			if s.role == "participant" {
				every = 2 * time.Second
			}
			tick := time.NewTicker(every + time.Duration(i)*7*time.Millisecond)
			defer tick.Stop()
			for ; ; p.turns[i]++ {
				select {
				case <-p.hush:
					return
				case <-ctx.Done():
					return
				case <-tick.C:
				}
				if !p.say(ctx, s, i, p.turns[i]) {
					return
				}
			}
		}()
	}
}

// say sends one command and records its outcome. Without an answer the talker stops, because the
// outcome of its next command would depend on it.
func (p *play) say(ctx context.Context, s *screen, actor, turn int) bool {
	verb, with, expect, kind := "extend", `{"seconds":60}`, 0, "timer.extended"
	if s.role == "participant" {
		verb, expect, with, kind = "ready", -1, `{"on":true}`, "person.ready"
		if turn%2 == 1 {
			with, kind = `{"on":false}`, "person.unready"
		}
	}
	fresh := id.New[id.Command]().String()
	c := timedCall{call: call{Actor: p.member(actor), Kind: kind}, asked: time.Now()}
	f, answered := s.ask(ctx, fresh, client.CommandFrame(fresh, verb, with, expect), callLimit)
	c.answered = time.Now()
	switch {
	case !answered:
	case f.Error != nil:
		c.Outcome, c.code = failed, f.Error.Code
	default:
		c.Outcome, c.Seq = ok, f.Seq
	}
	p.mu.Lock()
	p.calls = append(p.calls, c)
	p.mu.Unlock()
	return answered
}

// member is the id of the person at a talking screen, as stored in event rows.
func (p *play) member(screen int) string { return p.members[screen] }

// quiet stops the talkers; each finishes its present command.
func (p *play) quiet() {
	close(p.hush)
	p.talking.Wait()
}

// truth reads all events of the room from the database.
func (p *play) truth(ctx context.Context) ([]event, error) {
	db, err := postgres.Open(ctx, p.stand.DatabaseURL("app"), 2)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	facility, err1 := id.Parse[id.Facility](p.stand.Facility)
	workshop, err2 := id.Parse[id.Workshop](p.workshop)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	var events []event
	err = db.Reading(ctx, postgres.Scope{Facility: facility, Workshop: workshop}, func(ctx context.Context, tx *postgres.Tx) error {
		for last := int64(0); ; {
			rows, err := tx.RoomEventsAfter(ctx, dbgen.RoomEventsAfterParams{FacilityID: facility, WorkshopID: workshop, After: last})
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, row := range rows {
				e := event{Seq: row.Seq, Kind: row.Kind}
				if row.ActorID != nil {
					e.Actor = row.ActorID.String()
				}
				events, last = append(events, e), row.Seq
			}
		}
	})
	return events, err
}

func (p *play) end() {
	for _, n := range p.seated {
		n.Kill()
		n.database.Close()
		n.redis.Close()
	}
	if p.ghosts != nil {
		p.ghosts.Close()
	}
	if p.halfOpen != nil {
		p.halfOpen.Close()
	}
	if p.balancer != nil {
		p.balancer.Close()
	}
}
