package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"amends/server/client"
	"amends/server/measure/bench"
	"amends/server/measure/stand"
	"amends/server/wire"
)

// Drills: attacks on open meetings, by made-up guests beside real people, on one node with its limits
// on. Each attacker comes from an address of their own; the real people share one, as in a treatment
// center. While an attack lasts, counselors and real guests talk, and more real people come in. Then the
// whole history is checked as after a fault.

// drill is one attack. The mob is in the meeting when attack is called; attack returns when ctx ends.
type drill struct {
	name   string
	attack func(ctx context.Context, d *drillPlay)
}

func drills() []drill {
	return []drill{
		{"troll: hands, words, help taps and more from all of them", trolling},
		{"flood: codes, passwords, cookies and bodies from all of them", flooding},
		{"reconnect storm: their sockets come back twice a second, the real ones once", storming},
	}
}

const (
	madeUp     = 400
	lateComers = 10
	// drillCapacity is a large open meeting: everybody fits.
	drillCapacity = 500
	drillLength   = 15 * time.Second
	// tapWithin is what 99 of 100 commands of a counselor must keep to while an attack lasts.
	tapWithin = 250 * time.Millisecond
)

// drillCast is the real people: counselors, guests who are there when the attack begins, and no stage.
var drillCast = cast{nodes: 1, leads: 2, people: 18, screens: 20}

// drillPlay is one drill: a play in an open meeting, and the mob in it.
type drillPlay struct {
	*play
	mob  *mob
	code string
	// late are the real people who come in while the attack lasts.
	late    []arrival
	sockets []*client.Socket
}

// arrival is how long one person needed from the typed code to the room, or why they did not get in.
type arrival struct {
	took time.Duration
	err  error
}

// runDrills plays all drills whose name holds only, on one stand.
func runDrills(ctx context.Context, binary, only string) (rows []drillRow, err error) {
	list := slices.DeleteFunc(drills(), func(d drill) bool { return !matches(d.name, only) })
	if len(list) == 0 {
		return nil, nil
	}
	folder, err := os.MkdirTemp("", "amends-drills-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(folder)
	s, err := stand.New(ctx, binary, filepath.Clean(folder))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	node, err := s.Serve(ctx, stand.NodeOptions{BehindProxy: true})
	if err != nil {
		return nil, err
	}
	slip, err := s.Slip(ctx)
	if err != nil {
		return nil, err
	}
	house, err := bench.Found(ctx, node.Base, stand.PublicURL, slip, bench.Staffing{Leads: drillCast.leads})
	if err != nil {
		return nil, err
	}
	for i, d := range list {
		row, err := runDrill(ctx, s, house, d, i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.name, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func runDrill(ctx context.Context, s *stand.Stand, house *bench.House, d drill, number int) (row drillRow, err error) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format("15:04:05"), d.name)
	p := &drillPlay{play: &play{stand: s, cast: drillCast, house: house}, mob: &mob{number: number}}
	watching, leave := context.WithCancel(ctx)
	if p.theatre, err = newTheatre(watching); err != nil {
		leave()
		return row, err
	}
	defer func() { leave(); p.theatre.close() }()
	if err = p.meet(ctx); err != nil {
		return row, err
	}
	if err = p.mob.enter(ctx, p); err != nil {
		return row, err
	}
	defer p.leaveAll()
	row = drillRow{play: p, scene: p.underAttack(ctx, d)}
	err = p.calm(ctx, time.Minute)
	if row.scene.rested = err == nil; err != nil && !errors.Is(err, errRestless) {
		return row, err
	}
	row.events, row.found, err = p.judge(ctx)
	return row, err
}

func (p *drillPlay) leaveAll() {
	p.mob.close()
	for _, s := range p.sockets {
		s.Close()
	}
}

// meet opens a meeting with the counselors and the first real guests in it.
func (p *drillPlay) meet(ctx context.Context) (err error) {
	if p.workshop, err = p.house.Meet(ctx, drillCapacity); err != nil {
		return err
	}
	if p.code, err = p.house.Code(ctx, p.workshop); err != nil {
		return err
	}
	p.members = append(p.members, p.house.Members...)
	for _, c := range p.house.Leads {
		if err := p.seatClient("facilitator", c); err != nil {
			return err
		}
	}
	if err := p.calm(ctx, time.Minute); err != nil {
		return err
	}
	for _, verb := range []string{"open", "start", "word_open", "queue_open"} {
		if f, answered := p.ask(ctx, p.theatre.screens[0], verb, "", -1); !answered || f != "" {
			return fmt.Errorf("%s the room: %s", verb, f)
		}
	}
	for i := range p.cast.people {
		c, person, err := p.comeIn(ctx, fmt.Sprintf("Person %d", i))
		if err != nil {
			return fmt.Errorf("a real guest: %w", err)
		}
		p.members = append(p.members, person)
		if err := p.seatClient("participant", c); err != nil {
			return err
		}
	}
	return p.calm(ctx, time.Minute)
}

// guest is a browser that has not entered yet, at an address.
func (p *drillPlay) guest(address string) *client.Client {
	c := client.New(p.house.Base)
	c.Origin, c.Header = p.house.Origin, http.Header{"X-Forwarded-For": {address}}
	return c
}

// treatmentCenter is the address that all real people share.
const treatmentCenter = "203.0.113.1"

// comeIn enters as a real guest, and tries again as their page does.
func (p *drillPlay) comeIn(ctx context.Context, name string) (c *client.Client, person string, err error) {
	c = p.guest(treatmentCenter)
	for range 10 {
		if _, err = c.EnterAsGuest(ctx, p.code, name); err == nil {
			var me wire.GuestMe
			err = c.Do(ctx, "GET", "/guest", nil, &me)
			return c, me.Person, err
		}
		if err := sleep(ctx, time.Second); err != nil {
			return nil, "", err
		}
	}
	return nil, "", err
}

// underAttack lets people talk and come in while the attack lasts.
func (p *drillPlay) underAttack(ctx context.Context, d drill) scene {
	s := scene{name: d.name, began: time.Now()}
	p.theatre.mu.Lock()
	p.theatre.back = nil
	p.theatre.mu.Unlock()
	attacked, stop := context.WithTimeout(ctx, drillLength)
	defer stop()
	p.talk(ctx)
	var busy sync.WaitGroup
	busy.Go(func() { d.attack(attacked, p) })
	busy.Go(func() { p.letMoreIn(attacked, ctx) })
	busy.Wait()
	p.quiet()
	s.ended = time.Now()
	return s
}

// letMoreIn lets real people in, one after the other, and notes how long each took.
func (p *drillPlay) letMoreIn(attacked, ctx context.Context) {
	var coming sync.WaitGroup
	p.late = make([]arrival, lateComers)
	for i := range p.late {
		if sleep(attacked, drillLength/(lateComers+1)) != nil {
			p.late[i].err = errors.New("the attack was over before they came")
			continue
		}
		coming.Go(func() {
			began := time.Now()
			err := p.toTheRoom(ctx, fmt.Sprintf("Late %d", i))
			p.late[i] = arrival{time.Since(began), err}
		})
	}
	coming.Wait()
}

// toTheRoom enters and stays until the first picture of the room is there; the socket stays open.
func (p *drillPlay) toTheRoom(ctx context.Context, name string) error {
	c, _, err := p.comeIn(ctx, name)
	if err != nil {
		return err
	}
	socket, err := c.Room(ctx, p.workshop)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.sockets = append(p.sockets, socket)
	p.mu.Unlock()
	bounded, cancel := context.WithTimeout(ctx, drillLength)
	defer cancel()
	return socket.Await(bounded, func(frames []client.Frame) bool { return len(client.Fold(frames)) > 0 })
}
