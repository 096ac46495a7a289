package faults

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"amends/server"
	"amends/server/keys"
	"amends/server/measure/bench"
	"amends/server/measure/stand"
	"amends/server/wire"
)

// act is one injected fault: what is done while people talk, and a note for the table.
type act struct {
	name string
	do   func(ctx context.Context, p *play) (note string, err error)
}

// comparing is the act without a fault, for comparison.
const comparing = "nothing is wrong (to compare)"

// stalling is the act whose frozen phones are excluded from "all screens".
const stalling = "ten phones stop reading (beside: the others)"

// acts returns all faults, in the order in which they are injected.
func acts(downtime time.Duration) []act {
	return []act{
		{comparing, func(ctx context.Context, _ *play) (string, error) { return "", sleep(ctx, 15*time.Second) }},
		{"a node is killed, each of three in turn", killNodes},
		{fmt.Sprintf("Redis is down for %s", downtime), func(ctx context.Context, p *play) (string, error) { return redisDown(ctx, p, downtime) }},
		{"Redis is emptied", redisEmptied},
		{"one node cannot reach Redis for 15 s", redisHeld},
		{"Postgres is killed and started again, twice", killPostgres},
		{"answers to commits are lost on one node for 15 s", loseAnswers},
		{stalling, stallPhones},
		{"a node's clock is ten minutes ahead", skewedNode},
		{"rolling restart of all nodes", rollingRestart},
	}
}

func killNodes(ctx context.Context, p *play) (string, error) {
	for i, n := range p.seated {
		p.balancerLoses(n)
		n.Kill()
		if err := sleep(ctx, 4*time.Second); err != nil {
			return "", err
		}
		fresh, err := p.newNode(ctx, n)
		if err != nil {
			return "", err
		}
		p.seated[i] = fresh
		if err := sleep(ctx, 4*time.Second); err != nil {
			return "", err
		}
	}
	return "", nil
}

// balancerLoses removes a node from the balancer; a restarted node has a new address.
func (p *play) balancerLoses(n *seatedNode) { p.balancer.drop(n.Base) }

// redisDown also makes some sockets half-open (goSilent): no node is killed in the following minute, so
// only the server's own timeout can end them.
func redisDown(ctx context.Context, p *play, downtime time.Duration) (string, error) {
	if err := p.goSilent(ctx); err != nil {
		return "", err
	}
	p.stand.StopRedis()
	if err := sleep(ctx, downtime); err != nil {
		return "", err
	}
	if err := p.stand.StartRedis(ctx); err != nil {
		return "", err
	}
	return p.stillSignedIn(ctx)
}

func redisEmptied(ctx context.Context, p *play) (string, error) {
	if err := p.stand.FlushRedis(); err != nil {
		return "", err
	}
	if err := sleep(ctx, 5*time.Second); err != nil {
		return "", err
	}
	return p.stillSignedIn(ctx)
}

// stillSignedIn checks for every person whether they are still signed in.
func (p *play) stillSignedIn(ctx context.Context) (string, error) {
	out := 0
	for _, c := range append(p.house.Leads, p.house.People...) {
		if err := c.Do(ctx, "GET", "/me", nil, &wire.Me{}); err != nil {
			out++
		}
	}
	if out > 0 {
		return "", fmt.Errorf("%d people were signed out", out)
	}
	return "signed out: 0", nil
}

func redisHeld(ctx context.Context, p *play) (string, error) {
	p.seated[1].redis.set(holding)
	defer p.seated[1].redis.set(passing)
	return "", sleep(ctx, 15*time.Second)
}

func killPostgres(ctx context.Context, p *play) (string, error) {
	longest, answered := time.Duration(0), time.Duration(0)
	for range 2 {
		began := time.Now()
		if err := p.stand.KillPostgres(ctx); err != nil {
			return "", err
		}
		if err := sleep(ctx, 2*time.Second); err != nil {
			return "", err
		}
		asked := time.Now()
		if err := p.saysTryAgain(ctx); err != nil {
			return "", err
		}
		answered = max(answered, time.Since(asked))
		if err := p.stand.StartPostgres(ctx); err != nil {
			return "", err
		}
		longest = max(longest, time.Since(began))
		if err := sleep(ctx, 6*time.Second); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("the database itself was away for %.1f s; a request meanwhile got 503 and Retry-After within %.1f s", longest.Seconds(), answered.Seconds()), nil
}

// saysTryAgain: without a database, a response must carry Retry-After.
func (p *play) saysTryAgain(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.seated[0].Base+"/api/v1/me", nil)
	if err != nil {
		return err
	}
	base, err := url.Parse(p.balancer.Base())
	if err != nil {
		return err
	}
	for _, k := range p.house.Leads[0].HTTP.Jar.Cookies(base) {
		req.AddCookie(k)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("a request without a database: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		return fmt.Errorf("a request without a database got %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
	}
	return nil
}

func loseAnswers(ctx context.Context, p *play) (string, error) {
	r := p.seated[2].database
	before := r.lost.Load()
	r.set(cutting)
	err := sleep(ctx, 15*time.Second)
	r.set(passing)
	lost := r.lost.Load() - before
	if err == nil && lost == 0 {
		err = fmt.Errorf("no answer was lost: the fault did not happen")
	}
	return fmt.Sprintf("%d answers lost", lost), err
}

// stallPhones stops reading on some stage screens; they count as away until they are thawed at the end.
func stallPhones(ctx context.Context, p *play) (string, error) {
	for _, s := range p.theatre.screens[p.cast.screens-frozenCount:] {
		s.freeze()
	}
	return "", sleep(ctx, 15*time.Second)
}

// skewedNode runs a fourth node in this process whose clock is ahead.
func skewedNode(ctx context.Context, p *play) (string, error) {
	secrets, err := keys.ReadFolder(p.stand.Secrets())
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	const ahead = 10 * time.Minute
	s, err := server.New(ctx, server.Config{DatabaseURL: p.stand.DatabaseURL("app"), DatabaseConns: 8, RedisURL: "unix://" + p.stand.RedisSocket(), Secrets: secrets,
		PublicURL: stand.PublicURL, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Version: "skewed", Now: func() time.Time { return time.Now().Add(ahead) }})
	if err != nil {
		return "", err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running, l) }()
	base := "http://" + l.Addr().String()
	p.balancer.put(base)
	// Move some talkers and some listeners to it.
	for i, one := range p.theatre.screens {
		if i%4 == 0 {
			one.cut()
		}
	}
	err = sleep(ctx, 15*time.Second)
	p.balancer.drop(base)
	stop()
	if ended := <-ended; err == nil {
		err = ended
	}
	return "", err
}

func rollingRestart(ctx context.Context, p *play) (string, error) {
	longest := time.Duration(0)
	for i, n := range p.seated {
		took, err := n.Restarting(ctx)
		if err != nil {
			return "", err
		}
		longest = max(longest, took)
		p.balancer.drop(n.Base)
		if p.seated[i], err = p.newNode(ctx, n); err != nil {
			return "", err
		}
		if err := sleep(ctx, 2*time.Second); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("a node took at most %.1f s to go down", longest.Seconds()), nil
}

// goSilent opens sockets that become half-open (the peer vanishes without a close); ghostVerdict checks
// at the end that the server dropped them.
func (p *play) goSilent(ctx context.Context) error {
	var err error
	if p.halfOpen, err = newRelay("tcp", p.balancer.Base()[len("http://"):]); err != nil {
		return err
	}
	wall, err := p.house.Stage(ctx, p.workshop)
	if err != nil {
		return err
	}
	door, err := bench.RoomDoor(wall, p.workshop)
	if err != nil {
		return err
	}
	door.Address = p.halfOpen.Address()
	swarm, err := bench.NewSwarm(deaf{}, 1)
	if err != nil {
		return err
	}
	p.ghosts = swarm
	doors := make([]bench.Doorway, halfOpens)
	for i := range doors {
		doors[i] = door
	}
	if _, failed := swarm.Open(ctx, doors, halfOpens); len(failed) > 0 {
		return failed[0]
	}
	p.halfOpen.set(silent)
	return nil
}

// deaf is a Listener that ignores everything.
type deaf struct{}

// Text ignores the frame.
func (deaf) Text(*bench.Peer, []byte, time.Time) {}

// Ended ignores the close.
func (deaf) Ended(*bench.Peer, int) {}
