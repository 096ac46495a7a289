package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"amends/server"
	"amends/server/app"
	"amends/server/config"
	"amends/server/demo"
	"amends/server/embedded"
	"amends/server/httpapi"
	"amends/server/keys"
	"amends/server/postgres"
	"amends/server/wire"
)

type demoCommand struct {
	Data   string `help:"Data folder (default: .data beside this checkout)."`
	Listen string `help:"Loopback address and port."`
}

const demoDatabase = "amends"

// Run starts everything the demo needs, seeds it, and serves until Ctrl-C.
func (d demoCommand) Run(ctx context.Context) error {
	cfg, err := config.Read()
	if err != nil {
		return err
	}
	if d.Listen == "" {
		d.Listen = cfg.DemoListen
	}
	if host, _, err := net.SplitHostPort(d.Listen); err != nil || host != "127.0.0.1" && host != "localhost" {
		return errors.New("the demo listens on loopback only, such as 127.0.0.1:8080")
	}
	l, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return fmt.Errorf("%s is taken by another program (another demo?): %w", d.Listen, err)
	}
	defer l.Close()
	if d.Data == "" {
		checkout, err := os.Getwd()
		if err != nil {
			return fmt.Errorf("find this folder: %w", err)
		}
		var note string
		if d.Data, note, err = embedded.ChooseDataDir(checkout, cfg.SudoUser); err != nil {
			return err
		}
		if note != "" {
			fmt.Println(note)
		}
	}
	return d.run(ctx, cfg, l)
}

func (d demoCommand) run(ctx context.Context, cfg config.Config, l net.Listener) error {
	db, err := embedded.StartPostgres(ctx, embedded.PostgresOptions{DataDir: d.Data, BinDir: cfg.PostgresBin, SudoUser: cfg.SudoUser})
	if err != nil {
		return err
	}
	defer func() { _ = db.Stop(context.Background()) }()
	redis := embedded.StartRedis()
	defer redis.Close()
	state, made, err := d.prepare(ctx, db)
	if err != nil {
		return err
	}
	made.RedisDial = redis.Dial
	if err := d.seed(ctx, state, made); err != nil {
		return err
	}
	made.Demo = state.Pages(l.Addr().String())
	s, err := server.New(ctx, made)
	if err != nil {
		return err
	}
	welcome(made)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-db.Done():
			cancel(errors.New("the database ended by itself; see postgres.log in the data folder"))
		case <-ctx.Done():
		}
	}()
	err = s.Run(ctx, l)
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

func (d demoCommand) prepare(ctx context.Context, db *embedded.Postgres) (*demo.State, server.Config, error) {
	state, err := demo.Load(d.Data)
	if err != nil {
		return nil, server.Config{}, err
	}
	folder, user, password := db.Superuser()
	if err := postgres.Provision(ctx, postgres.SocketURL(folder, user, password, "postgres"), demoDatabase, state.Passwords); err != nil {
		return nil, server.Config{}, err
	}
	if _, err := postgres.Migrate(ctx, postgres.SocketURL(folder, "migrator", state.Passwords["migrator"], demoDatabase)); err != nil {
		return nil, server.Config{}, err
	}
	var secrets keys.Secrets
	if secrets, err = demo.Secrets(d.Data); err != nil {
		return nil, server.Config{}, err
	}
	checkpoints := filepath.Join(d.Data, "checkpoints")
	if err := os.MkdirAll(checkpoints, 0o700); err != nil {
		return nil, server.Config{}, fmt.Errorf("make the folder of checkpoints: %w", err)
	}
	start, origins := demo.Origins(d.Listen)
	log := slog.New(slog.NewJSONHandler(logFile(d.Data), nil))
	return state, server.Config{DatabaseURL: postgres.SocketURL(folder, "app", state.Passwords["app"], demoDatabase), DatabaseConns: 8,
		Secrets: secrets, Checkpoints: checkpoints, PublicURL: start, Origins: origins, Log: log, Version: version, Demo: state.Pages(d.Listen)}, nil
}

// seed runs the server on a temporary port and fills it through its API.
func (d demoCommand) seed(ctx context.Context, state *demo.State, made server.Config) error {
	private, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for seeding: %w", err)
	}
	s, err := server.New(ctx, made)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running, private) }()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	err = state.Seed(ctx, "http://"+private.Addr().String(), made.PublicURL, func(ctx context.Context) (wire.NewSlip, error) {
		name, zone, language, neutral := demo.Facility()
		_, slip, err := s.App().CreateFacility(ctx, app.NewFacility{Name: name, TimeZone: zone, Language: language, NeutralURL: neutral})
		return slip, err
	})
	stop()
	return errors.Join(err, <-ended)
}

func logFile(folder string) *os.File {
	f, err := os.OpenFile(folder+"/amends.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return os.Stderr
	}
	return f
}

func welcome(made server.Config) {
	fmt.Printf("\nAmends demo, with made-up people. Open %s\n\n", made.PublicURL)
	for _, p := range made.Demo.People.People {
		origin, _, _ := strings.Cut(p.URL, httpapi.DemoOpen+"#")
		fmt.Printf("  %-9s %-12s %s\n", p.Name, p.Role, origin)
	}
	fmt.Print("\nThe start page opens each of them. Ctrl-C stops everything.\n\n")
}
