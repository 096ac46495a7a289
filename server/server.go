// Package server assembles the parts of Amends into one running process.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"time"

	"amends/frontend"
	"amends/server/app"
	"amends/server/bus"
	"amends/server/httpapi"
	"amends/server/id"
	"amends/server/inbound"
	"amends/server/keys"
	"amends/server/live"
	"amends/server/postgres"
	"amends/server/redisbus"
)

// Config configures one process.
type Config struct {
	DatabaseURL   string
	DatabaseConns int32
	// DatabaseKept of them are opened at once and kept.
	DatabaseKept int32
	RedisURL     string
	// RedisDial connects to the embedded Redis; with it a second node is refused.
	RedisDial func(context.Context) (net.Conn, error)
	Secrets   keys.Secrets
	// Checkpoints is the folder of the audit log's checkpoints; "" signs none.
	Checkpoints string
	PublicURL   string
	// Origins are more accepted origins besides PublicURL; the demo has one for each person.
	Origins []string
	Secure  bool
	Proxies []netip.Prefix
	Log     *slog.Logger
	Version string
	// Demo adds the demo's own pages; only `amends demo` sets it.
	Demo *httpapi.Demo
	// Unlimited switches the rate limits off; only config.Unlimited decides when that is allowed.
	Unlimited bool
	// Connections is the maximum of open connections; 0 derives it from the limit of open files.
	Connections int
	// BodyBytes bounds the memory of all request bodies together; 0 is the default.
	BodyBytes int64
	// Now is the clock of the use cases; nil is the real one.
	Now func() time.Time
	// Caps replaces numbers of app.Tables; tests lower them.
	Caps map[string]int
	// Stores changes what the process keeps outside the database; tests break a part of it.
	Stores func(bus.Stores) bus.Stores
}

// Server is one process. Make it with New, run it with Run.
type Server struct {
	cfg   Config
	node  id.Node
	db    *postgres.DB
	redis *redisbus.Redis
	app   *app.App
	hub   *live.Hub
	http  *httpapi.Server
	// probes is the further listener of Probe, or nil.
	probes net.Listener
}

// ErrSecrets says that a secret is not the one the database was set up with.
var ErrSecrets = errors.New("is not the one this database was started with: with a wrong secret nobody could sign in or open a page. Put the right secrets folder in its place")

// New connects, checks all requirements and builds the process. It does not listen yet.
func New(ctx context.Context, cfg Config) (_ *Server, err error) {
	s := &Server{cfg: cfg, node: id.New[id.Node]()}
	connections, err := Connections(cfg.Connections, cfg.DatabaseConns)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.db, err = openDatabase(ctx, cfg, cfg.DatabaseKept, max(4, cfg.DatabaseConns)); err != nil {
		return nil, err
	}
	if err := s.refuseSecondEmbedded(ctx); err != nil {
		return nil, err
	}
	redisbus.Quiet()
	s.redis, err = redisbus.Open(ctx, redisbus.Options{URL: cfg.RedisURL, Dialer: cfg.RedisDial, Key: cfg.Secrets.Derive("redis keys"), Log: cfg.Log})
	if err != nil {
		return nil, err
	}
	stores := bus.Fallback(s.redis.Stores(), time.Now, cfg.Log)
	if cfg.Unlimited {
		stores.Limits, stores.Local = bus.NoLimits{}, bus.NoLimits{}
		cfg.Log.Warn("the rate limits are off: this process is for measuring, not for people")
	}
	if cfg.Stores != nil {
		stores = cfg.Stores(stores)
	}
	s.app, err = app.New(app.Options{DB: s.db, Stores: stores, Secrets: cfg.Secrets, Log: cfg.Log, PublicURL: cfg.PublicURL, Now: cfg.Now, Caps: cfg.Caps, Checkpoints: folderOf(cfg)})
	if err != nil {
		return nil, err
	}
	if s.hub, err = live.NewHub(live.Options{App: s.app, Bus: stores.Bus, Node: s.node, Log: cfg.Log, Unlimited: cfg.Unlimited}); err != nil {
		return nil, err
	}
	s.http, err = httpapi.New(httpapi.Options{App: s.app, Hub: s.hub, Files: frontend.Files(), Origins: append([]string{cfg.PublicURL}, cfg.Origins...),
		Secure: cfg.Secure, Proxies: cfg.Proxies, Log: cfg.Log, Version: cfg.Version, Demo: cfg.Demo,
		Connections: connections, BodyBytes: cfg.BodyBytes})
	return s, err
}

// Connections returns the maximum of open client connections: ordered, or with 0 as many as leave file
// descriptors for Postgres, Redis (go-redis opens up to ten per CPU), probes and other files.
func Connections(ordered int, databaseConns int32) (int, error) {
	return inbound.Most(ordered, int(max(4, databaseConns))+10*runtime.GOMAXPROCS(0)+64+httpapi.ProbeConnections)
}

// Probe answers probes on a further listener until Run ends; call it before Run.
func (s *Server) Probe(l net.Listener) { s.probes = l }

// App returns the use cases, for the command line.
func (s *Server) App() *app.App { return s.app }

// openDatabase connects and refuses a database that would not keep the promises, or that was
// started with other secrets.
func openDatabase(ctx context.Context, cfg Config, kept, most int32) (*postgres.DB, error) {
	db, err := postgres.OpenKeeping(ctx, cfg.DatabaseURL, kept, most)
	if err != nil {
		return nil, err
	}
	if err = db.Guard(ctx); err == nil {
		err = checkSecrets(ctx, db, cfg.Secrets)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// CheckDatabase says why a process would not start on its database.
func CheckDatabase(ctx context.Context, cfg Config) error {
	db, err := openDatabase(ctx, cfg, 0, 1)
	if err == nil {
		db.Close()
	}
	return err
}

// checkSecrets compares the secrets with the check values in the database, and stores the check values
// of new secrets. Error: ErrSecrets.
func checkSecrets(ctx context.Context, db *postgres.DB, secrets keys.Secrets) error {
	for purpose, value := range secrets.Checks() {
		same, err := db.SecretMatches(ctx, purpose, value)
		if err != nil {
			return fmt.Errorf("check the secret %q: %w", purpose, err)
		}
		if !same {
			return fmt.Errorf("the secret %q %w", purpose, ErrSecrets)
		}
	}
	return nil
}

// refuseSecondEmbedded: two processes with an embedded Redis each would not get one another's messages.
func (s *Server) refuseSecondEmbedded(ctx context.Context) error {
	embedded := s.cfg.RedisDial != nil
	others, err := s.db.NodeOthers(ctx, s.node)
	if err != nil {
		return err
	}
	for _, o := range others {
		if (embedded || o.EmbeddedRedis) && s.cfg.Demo == nil {
			return errors.New("another process runs on this database with its own embedded Redis; give both the same REDIS_URL")
		}
	}
	return s.db.NodeBeat(ctx, s.node, embedded)
}

// beatEvery is the heartbeat interval, a third of the age at which a node counts as gone.
const beatEvery = 10 * time.Second

// Timeouts of a graceful shutdown: first sockets are closed, then requests may finish.
const (
	drainPatience    = 20 * time.Second
	shutdownPatience = 10 * time.Second
	// settlePatience is for what runs behind answers: entries of the audit log.
	settlePatience = 5 * time.Second
)

// Run serves on the listener until ctx ends, then shuts down gracefully.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(l) }()
	if s.probes != nil {
		go s.http.ServeProbes(s.probes)
	}
	tended := make(chan struct{})
	go func() { defer close(tended); s.tend(ctx) }()
	signed := make(chan struct{})
	go func() { defer close(signed); s.signCheckpoints(ctx) }()
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	defer s.close()
	for {
		select {
		case err := <-failed:
			return fmt.Errorf("listen: %w", err)
		case <-beat.C:
			if err := s.db.NodeBeat(ctx, s.node, s.cfg.RedisDial != nil); err != nil && ctx.Err() == nil {
				s.cfg.Log.Warn("the heartbeat could not be written", "err", err)
			}
		case <-ctx.Done():
			<-tended
			s.down()
			s.lastCheckpoint(signed)
			return nil
		}
	}
}

func (s *Server) down() {
	s.http.Drain()
	drain, cancel := context.WithTimeout(context.Background(), drainPatience)
	defer cancel()
	s.hub.Close(drain)
	stop, cancel := context.WithTimeout(context.Background(), shutdownPatience)
	defer cancel()
	if err := s.http.Shutdown(stop); err != nil {
		s.cfg.Log.Warn("some requests did not end in time", "err", err)
	}
	if err := s.db.NodeLeave(stop, s.node); err != nil {
		s.cfg.Log.Warn("could not sign this node off in the database", "err", err)
	}
}

func (s *Server) close() {
	if s.app != nil {
		ctx, cancel := context.WithTimeout(context.Background(), settlePatience)
		s.app.Settle(ctx)
		cancel()
	}
	if s.redis != nil {
		_ = s.redis.Close()
	}
	if s.db != nil {
		s.db.Close()
	}
}
