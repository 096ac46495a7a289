package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"amends/server"
	"amends/server/checkpoint"
	"amends/server/config"
	"amends/server/keys"
	"amends/server/redisbus"
)

type doctorCommand struct{}

// check is one requirement and how to verify it.
type check struct {
	what string
	run  func(context.Context, config.Config) error
}

// Run checks the whole set-up and prints every problem; it changes nothing, except that it stores the
// check values of new secrets.
func (doctorCommand) Run(ctx context.Context) error {
	cfg, err := config.Read()
	if err != nil {
		return err
	}
	checks := []check{
		{"The environment is complete", func(_ context.Context, c config.Config) error {
			return c.Need("DATABASE_URL", "REDIS_URL", "SECRETS_DIR", "CHECKPOINT_DIR", "PUBLIC_URL")
		}},
		{"PUBLIC_URL is https, which phones need for cryptography", func(_ context.Context, c config.Config) error { _, err := c.Public(); return err }},
		{"TRUSTED_PROXIES names the proxy in front, and nobody else", func(_ context.Context, c config.Config) error { return c.ProxiesFit() }},
		{"The secrets folder is complete and private", checkSecretsDir},
		{"The folder of checkpoints can be written, by this user only, and is apart", checkCheckpoints},
		{"The database role, schema and secrets fit this program", checkDatabase},
		{"Redis answers", checkRedis},
		{"The LISTEN address is free", checkPort},
		{"HEALTH_LISTEN is a loopback address, or off", func(_ context.Context, c config.Config) error { _, err := c.Health(); return err }},
		{"The limits of connections and memory are sufficient", checkRoom},
	}
	bad := 0
	for _, one := range checks {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := one.run(ctx, cfg)
		cancel()
		if err == nil {
			fmt.Println("ok    " + one.what)
			continue
		}
		bad++
		fmt.Println("wrong " + one.what + "\n      " + strings.ReplaceAll(err.Error(), "\n", "\n      "))
	}
	fmt.Println("\nCopy the folder of checkpoints to another machine now and then: who takes over this one can change the audit log and them.")
	fmt.Println("Back up the secrets folder apart from the database. Lost pepper: nobody signs in. Lost keyring: every worksheet is gone.")
	if bad > 0 {
		return fmt.Errorf("%d of %d checks failed", bad, len(checks))
	}
	return nil
}

func checkSecretsDir(_ context.Context, c config.Config) error {
	info, err := os.Stat(c.SecretsDir)
	if err != nil {
		return errors.New("SECRETS_DIR cannot be read: make it with `amends secrets new DIR`")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return errors.New("SECRETS_DIR can be read by others on this machine: chmod 700 it")
	}
	if keys.OfDemo(c.SecretsDir) {
		return errors.New("SECRETS_DIR holds the secrets of the demo")
	}
	_, err = keys.ReadFolder(c.SecretsDir)
	return err
}

func checkCheckpoints(_ context.Context, c config.Config) error {
	if c.CheckpointDir == "" {
		return checkpoint.ErrMissing
	}
	return checkpoint.Check(c.CheckpointDir, c.SecretsDir)
}

func checkDatabase(ctx context.Context, c config.Config) error {
	secrets, err := keys.ReadFolder(c.SecretsDir)
	if err != nil {
		return err
	}
	return server.CheckDatabase(ctx, server.Config{DatabaseURL: c.DatabaseURL, Secrets: secrets})
}

func checkRedis(ctx context.Context, c config.Config) error {
	r, err := redisbus.Open(ctx, redisbus.Options{URL: c.RedisURL, Key: make([]byte, 32)})
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Ping(ctx); err != nil {
		return errors.New("no answer from Redis at REDIS_URL: rooms on several nodes would lag a second behind")
	}
	return nil
}

// checkRoom uses this shell's limit of open files; that of a service may differ.
func checkRoom(_ context.Context, c config.Config) error {
	_, err := server.Connections(c.MaxConnections, c.DatabaseConns)
	_, short := c.BodyBytes()
	return errors.Join(err, short)
}

func checkPort(_ context.Context, c config.Config) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("the LISTEN address is in use; this is expected while this server is running")
	}
	return l.Close()
}
