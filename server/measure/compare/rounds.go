package compare

import (
	"context"
	"fmt"
	"os"
	"time"

	"amends/server/id"
	"amends/server/measure/bench"
	"amends/server/measure/stand"
)

// Server is one server's result in one round.
type Server struct {
	Steady  bench.Result  `json:"steady"`
	Bursts  bench.Result  `json:"bursts"`
	Stalled *bench.Result `json:"stalled,omitempty"`
	ReadyMs float64       `json:"ready_ms,omitempty"`
}

// Round is one measurement of all servers, one after the other.
type Round struct {
	Bare       Server  `json:"bare"`
	Amends     Server  `json:"amends"`
	Centrifugo *Server `json:"centrifugo,omitempty"`
}

// Figures is everything that was measured.
type Figures struct {
	Facts  string  `json:"facts"`
	Rounds []Round `json:"rounds"`
	// Idle are loads that asked the server for its live memory: stage screens, and guests.
	Idle IdleMemory `json:"idle"`
	// Durable are commands with few listeners; Back is a whole room reconnecting at once.
	Durable   []bench.Result `json:"durable"`
	Back      bench.Result   `json:"back"`
	Saves     bench.Result   `json:"saves"`
	InsertCPU float64        `json:"bare_insert_cpu_us"`
	// Rooms are commands in many rooms at once; Climbs find the highest load of each server.
	Rooms      []bench.Rooms `json:"rooms"`
	Climbs     []Climb       `json:"climbs,omitempty"`
	Centrifugo bool          `json:"centrifugo"`
}

// IdleMemory is the server's live memory for idle connections.
type IdleMemory struct {
	Screens bench.Result `json:"screens"`
	Guests  bench.Result `json:"guests"`
}

// Climb is the highest load that Amends and Centrifugo sustained, one after the other.
type Climb struct {
	Amends     bench.Most `json:"amends"`
	Centrifugo bench.Most `json:"centrifugo"`
}

// Loads beside the fan-out.
const (
	burst        = 5
	durableRate  = 1000
	durableTimes = 3
	backAtOnce   = 500
	saveCount    = 100
	manyRooms    = 200
	climbTimes   = 3
	climbStep    = 2 * time.Second
	restBetween  = 300 * time.Millisecond
)

type bencher struct {
	o      Options
	stand  *stand.Stand
	house  *bench.House
	folder string
	bytes  int
}

func measure(ctx context.Context, o Options, binary, folder string) (f Figures, err error) {
	s, err := stand.New(ctx, binary, folder)
	if err != nil {
		return f, err
	}
	defer s.Close()
	b := &bencher{o: o, stand: s, folder: folder, bytes: 120}
	node, err := s.Serve(ctx, stand.NodeOptions{Unlimited: true})
	if err != nil {
		return f, err
	}
	slip, err := s.Slip(ctx)
	if err != nil {
		return f, err
	}
	if b.house, err = bench.Found(ctx, node.Base, stand.PublicURL, slip, bench.Staffing{Leads: 1, People: 1}); err != nil {
		return f, err
	}
	if err := b.once(ctx, node, &f); err != nil {
		return f, err
	}
	node.Kill()
	if f.Idle.Screens, err = b.idle(ctx, bench.Options{People: o.People}); err != nil {
		return f, fmt.Errorf("idle screens: %w", err)
	}
	if f.Idle.Guests, err = b.idle(ctx, bench.Options{People: min(o.People, backAtOnce), Guests: true}); err != nil {
		return f, fmt.Errorf("idle guests: %w", err)
	}
	f.Centrifugo = o.Centrifugo != ""
	for i := range o.Rounds {
		fmt.Fprintf(os.Stderr, "%s  round %d of %d\n", time.Now().Format("15:04:05"), i+1, o.Rounds)
		round, err := b.round(ctx, i)
		if err != nil {
			return f, fmt.Errorf("round %d: %w", i+1, err)
		}
		f.Rounds = append(f.Rounds, round)
	}
	for i := range climbTimes {
		if !f.Centrifugo {
			break
		}
		fmt.Fprintf(os.Stderr, "%s  climb %d of %d\n", time.Now().Format("15:04:05"), i+1, climbTimes)
		climb, err := b.climb(ctx)
		if err != nil {
			return f, fmt.Errorf("climb %d: %w", i+1, err)
		}
		f.Climbs = append(f.Climbs, climb)
	}
	return f, nil
}

// idle asks a fresh node for its live memory: on a used node, garbage of an earlier load would be freed
// during the measurement, and the figure would be too small.
func (b *bencher) idle(ctx context.Context, o bench.Options) (bench.Result, error) {
	node, err := b.stand.Serve(ctx, stand.NodeOptions{Unlimited: true})
	if err != nil {
		return bench.Result{}, err
	}
	defer node.Kill()
	b.house.MoveTo(node.Base)
	o.Base, o.Origin, o.PID, o.Live = node.Base, stand.PublicURL, node.PID(), node.Live
	o.Rate, o.Burst, o.Length = 1, 1, time.Second
	return b.house.Measure(ctx, o)
}

// climb finds the highest load of each server.
func (b *bencher) climb(ctx context.Context) (c Climb, err error) {
	step := bench.Options{People: b.o.People, Rate: b.o.Rate, Burst: 1, Length: climbStep}
	rival, stop, err := startCentrifugo(ctx, b.o.Centrifugo, b.folder, b.bytes)
	if err != nil {
		return c, err
	}
	c.Centrifugo, err = bench.RaceMost(ctx, rival, step)
	stop()
	if err != nil {
		return c, fmt.Errorf("centrifugo: %w", err)
	}
	node, err := b.stand.Serve(ctx, stand.NodeOptions{Unlimited: true})
	if err != nil {
		return c, err
	}
	defer node.Kill()
	b.house.MoveTo(node.Base)
	step.Base, step.Origin, step.PID = node.Base, stand.PublicURL, node.PID()
	if c.Amends, err = b.house.Most(ctx, step); err != nil {
		return c, fmt.Errorf("amends: %w", err)
	}
	return c, nil
}

// round measures all servers, in a different order each time.
func (b *bencher) round(ctx context.Context, i int) (r Round, err error) {
	turns := []func() error{
		func() (err error) { r.Amends, err = b.amends(ctx); return },
		func() (err error) { r.Bare, err = b.bare(ctx); return },
	}
	if b.o.Centrifugo != "" {
		turns = append(turns, func() error {
			s, err := b.rival(ctx)
			r.Centrifugo = &s
			return err
		})
	}
	for k := range turns {
		if err := turns[(i+k)%len(turns)](); err != nil {
			return r, err
		}
		time.Sleep(restBetween)
	}
	return r, nil
}

func (b *bencher) load(burst, stalled int) bench.Options {
	return bench.Options{People: b.o.People, Rate: b.o.Rate, Burst: burst, Length: b.o.Length, Stalled: stalled}
}

func (b *bencher) amends(ctx context.Context) (s Server, err error) {
	node, err := b.stand.Serve(ctx, stand.NodeOptions{Unlimited: true})
	if err != nil {
		return s, err
	}
	defer node.Kill()
	s.ReadyMs = float64(node.Ready.Microseconds()) / 1000
	b.house.MoveTo(node.Base)
	run := func(o bench.Options) (bench.Result, error) {
		o.Base, o.Origin, o.PID = node.Base, stand.PublicURL, node.PID()
		return b.house.Measure(ctx, o)
	}
	if s.Steady, err = run(b.load(1, 0)); err != nil {
		return s, fmt.Errorf("amends: %w", err)
	}
	b.bytes = int(s.Steady.Tally.Bytes / max(1, s.Steady.Tally.Frames))
	if s.Bursts, err = run(b.load(burst, 0)); err != nil {
		return s, fmt.Errorf("amends in bursts: %w", err)
	}
	stalled, err := run(b.load(1, b.o.People/20))
	s.Stalled = &stalled
	return s, err
}

// bare starts a fresh process for each load, because the bare server never drops a connection.
func (b *bencher) bare(ctx context.Context) (s Server, err error) {
	for _, one := range []struct {
		into  *bench.Result
		burst int
	}{{&s.Steady, 1}, {&s.Bursts, burst}} {
		rival, stop, err := startBare(ctx, b.bytes)
		if err != nil {
			return s, err
		}
		*one.into, err = bench.Race(ctx, rival, b.load(one.burst, 0))
		stop()
		if err != nil {
			return s, fmt.Errorf("bare: %w", err)
		}
	}
	return s, nil
}

func (b *bencher) rival(ctx context.Context) (s Server, err error) {
	rival, stop, err := startCentrifugo(ctx, b.o.Centrifugo, b.folder, b.bytes)
	if err != nil {
		return s, err
	}
	defer stop()
	if s.Steady, err = bench.Race(ctx, rival, b.load(1, 0)); err != nil {
		return s, fmt.Errorf("centrifugo: %w", err)
	}
	s.Bursts, err = bench.Race(ctx, rival, b.load(burst, 0))
	return s, err
}

// once measures what only Amends has.
func (b *bencher) once(ctx context.Context, node *stand.Node, f *Figures) (err error) {
	run := func(o bench.Options) (bench.Result, error) {
		o.Base, o.Origin, o.PID = node.Base, stand.PublicURL, node.PID()
		return b.house.Measure(ctx, o)
	}
	for range durableTimes {
		r, err := run(bench.Options{People: 10, Rate: durableRate, Burst: 1, Length: b.o.Length, FlushDir: b.folder})
		if err != nil {
			return fmt.Errorf("durable commands: %w", err)
		}
		f.Durable = append(f.Durable, r)
	}
	for range durableTimes {
		o := bench.Options{Base: node.Base, Origin: stand.PublicURL, People: 1, Rate: durableRate, Burst: 1, Length: b.o.Length, FlushDir: b.folder}
		r, err := b.house.Rooms(ctx, o, manyRooms)
		if err != nil {
			return fmt.Errorf("many rooms: %w", err)
		}
		f.Rooms = append(f.Rooms, r)
	}
	if f.Back, err = run(bench.Options{People: backAtOnce, Guests: true, Rate: 10, Burst: 1, Length: time.Second, Reconnect: backAtOnce}); err != nil {
		return fmt.Errorf("back at once: %w", err)
	}
	if f.Saves, err = run(bench.Options{People: 1, Rate: 1, Burst: 1, Length: time.Second, Saves: saveCount}); err != nil {
		return fmt.Errorf("saves: %w", err)
	}
	_, files, err := bench.SealSheets(b.house.Writer, saveCount)
	if err != nil {
		return err
	}
	facility, err := id.Parse[id.Facility](b.stand.Facility)
	if err != nil {
		return err
	}
	f.InsertCPU, err = bareInserts(ctx, insertOrder{URL: b.stand.DatabaseURL("app"), Facility: facility, Member: id.From[id.Member](b.house.Writer.Acct), Files: files})
	return err
}
