package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"

	"amends/server"
	"amends/server/checkpoint"
	"amends/server/config"
	"amends/server/keys"
	"amends/server/postgres"
)

type serveCommand struct{}

// Run serves until it is told to stop. It refuses to start with anything that would break a promise: a
// database role that can bypass row-level security, an old schema, wrong secrets, no folder for
// checkpoints named. A folder that cannot be written does not stop it (decision 0028).
func (serveCommand) Run(ctx context.Context) error {
	cfg, err := config.Read()
	if err != nil {
		return err
	}
	if err := cfg.Need("DATABASE_URL", "REDIS_URL", "SECRETS_DIR", "CHECKPOINT_DIR", "PUBLIC_URL"); err != nil {
		return err
	}
	made, err := serveConfig(cfg)
	if err != nil {
		return err
	}
	if err := checkpoint.Check(cfg.CheckpointDir, cfg.SecretsDir); err != nil {
		made.Log.Warn("the folder of checkpoints is not as it should be", "err", err)
	}
	s, err := server.New(ctx, made)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on LISTEN: %w", err)
	}
	if made.Unlimited {
		defer tellMemory(made.Log)()
	}
	if err := listenForProbes(cfg, s, made.Log); err != nil {
		return err
	}
	made.Log.Info("ready", "version", version, "listen", l.Addr().String())
	return s.Run(ctx, l)
}

// listenForProbes opens the port of HEALTH_LISTEN. Where it is taken, people are served all the same.
func listenForProbes(cfg config.Config, s *server.Server, log *slog.Logger) error {
	at, err := cfg.Health()
	if err != nil || at == "" {
		return err
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		log.Warn("the port for probes cannot be opened", "setting", "HEALTH_LISTEN", "err", err)
		return nil
	}
	log.Info("probes are answered", "health_listen", l.Addr().String())
	s.Probe(l)
	return nil
}

func serveConfig(cfg config.Config) (server.Config, error) {
	if err := cfg.Need("DATABASE_URL", "REDIS_URL", "SECRETS_DIR", "PUBLIC_URL"); err != nil {
		return server.Config{}, err
	}
	bodyBytes, err := cfg.BodyBytes()
	if err != nil {
		return server.Config{}, err
	}
	secure, err := cfg.Public()
	if err != nil {
		return server.Config{}, err
	}
	unlimited, err := cfg.Unlimited()
	if err != nil {
		return server.Config{}, err
	}
	proxies, err := cfg.Proxies()
	if err != nil {
		return server.Config{}, err
	}
	if _, err := cfg.Health(); err != nil {
		return server.Config{}, err
	}
	if keys.OfDemo(cfg.SecretsDir) {
		return server.Config{}, fmt.Errorf("SECRETS_DIR holds the secrets of the demo; make real ones with `amends secrets new`")
	}
	secrets, err := keys.ReadFolder(cfg.SecretsDir)
	if err != nil {
		return server.Config{}, err
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	return server.Config{DatabaseURL: cfg.DatabaseURL, DatabaseConns: cfg.DatabaseConns, DatabaseKept: cfg.DatabaseConns, RedisURL: cfg.RedisURL, Secrets: secrets, Checkpoints: cfg.CheckpointDir, PublicURL: cfg.PublicURL,
		Secure: secure, Proxies: proxies, Log: log, Version: version, Unlimited: unlimited,
		Connections: cfg.MaxConnections, BodyBytes: bodyBytes}, nil
}

type migrateCommand struct{}

// Run migrates the schema to the newest version.
func (migrateCommand) Run(ctx context.Context) error {
	cfg, err := config.Read()
	if err != nil {
		return err
	}
	if err := cfg.Need("MIGRATE_DATABASE_URL"); err != nil {
		return err
	}
	steps, err := postgres.Migrate(ctx, cfg.MigrateDatabaseURL)
	if err != nil {
		return err
	}
	fmt.Printf("The schema is up to date (%d steps done).\n", steps)
	return nil
}
