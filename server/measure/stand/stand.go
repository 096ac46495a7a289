// Package stand starts real servers for measurements and fault injection: one Postgres with fsync, one
// redis-server, and nodes of the amends binary, all on this machine, all in one folder.
//
// Rule: it ends the processes it started, by id and never by name; all are gone when Close returns. It
// is only for development tools.
package stand

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"amends/server/embedded"
	"amends/server/postgres"
)

// Stand is the servers beside the nodes.
type Stand struct {
	// Binary is the path of the amends program; Folder holds everything.
	Binary, Folder string
	// Redis is the redis-server process, nil while it is stopped.
	Redis *exec.Cmd
	// Facility is the id of the facility that Slip created.
	Facility string

	db        *embedded.Postgres
	passwords map[string]string
	nodes     []*Node
}

// PublicURL is every node's PUBLIC_URL; it must be loopback for measurements.
const PublicURL = "http://localhost:8080"

const (
	database     = "amends"
	stepPatience = 60 * time.Second
	stopPatience = 40 * time.Second
)

// New starts Postgres and Redis, migrates a database and generates secrets. The caller must call Close;
// after an error nothing is left running.
func New(ctx context.Context, binary, folder string) (*Stand, error) {
	s := &Stand{Binary: binary, Folder: folder, passwords: map[string]string{}}
	if err := s.start(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Stand) start(ctx context.Context) error {
	for _, role := range postgres.Roles() {
		var b [15]byte
		if _, err := rand.Read(b[:]); err != nil {
			return fmt.Errorf("draw a password: %w", err)
		}
		s.passwords[role] = hex.EncodeToString(b[:])
	}
	if err := os.Chmod(s.Folder, 0o711); err != nil { // the database runs as another user
		return fmt.Errorf("open the folder to the database user: %w", err)
	}
	if err := s.StartPostgres(ctx); err != nil {
		return err
	}
	dir, user, password := s.db.Superuser()
	if err := postgres.Provision(ctx, postgres.SocketURL(dir, user, password, "postgres"), database, s.passwords); err != nil {
		return err
	}
	if _, err := postgres.Migrate(ctx, s.DatabaseURL("migrator")); err != nil {
		return err
	}
	if err := s.StartRedis(ctx); err != nil {
		return err
	}
	if err := os.Mkdir(s.Checkpoints(), 0o700); err != nil {
		return fmt.Errorf("make the folder of checkpoints: %w", err)
	}
	_, err := s.Command(ctx, "secrets", "new", s.Secrets())
	return err
}

// Secrets is the secrets folder that all nodes share.
func (s *Stand) Secrets() string { return filepath.Join(s.Folder, "secrets") }

// Checkpoints is the folder of checkpoints that all nodes share.
func (s *Stand) Checkpoints() string { return filepath.Join(s.Folder, "checkpoints") }

// DataDir is the database's data folder.
func (s *Stand) DataDir() string { return filepath.Join(s.Folder, "db") }

// StartPostgres starts the database, or starts it again after a fault.
func (s *Stand) StartPostgres(ctx context.Context) (err error) {
	if s.db != nil {
		// Releases the folder of a postmaster that has ended.
		if err := s.db.Stop(ctx); err != nil {
			return err
		}
	}
	s.db, err = embedded.StartPostgres(ctx, embedded.PostgresOptions{DataDir: s.DataDir()})
	return err
}

// KillPostgres ends the postmaster like a crash; its children end by themselves.
func (s *Stand) KillPostgres(ctx context.Context) error {
	text, err := os.ReadFile(s.pidFile())
	if err != nil {
		return fmt.Errorf("find the postmaster: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil || pid < 2 {
		return errors.New("the postmaster's file has another form")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the postmaster: %w", err)
	}
	select {
	case <-s.db.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// PostgresRuns reports whether the postmaster is running.
func (s *Stand) PostgresRuns() bool {
	select {
	case <-s.db.Done():
		return false
	default:
		return true
	}
}

func (s *Stand) pidFile() string {
	found, err := filepath.Glob(filepath.Join(s.DataDir(), "*", "postmaster.pid"))
	if err != nil || len(found) == 0 {
		return filepath.Join(s.DataDir(), "postmaster.pid")
	}
	return found[0]
}

// DatabaseURL is the database's URL for a role.
func (s *Stand) DatabaseURL(role string) string {
	dir, _, _ := s.db.Superuser()
	return postgres.SocketURL(dir, role, s.passwords[role], database)
}

// DatabaseVia is the database's URL for the role app, through a relay.
func (s *Stand) DatabaseVia(address string) string {
	return fmt.Sprintf("postgres://app:%s@%s/%s?sslmode=disable", s.passwords["app"], address, database)
}

// DatabaseSocket is the database's unix socket, for a relay.
func (s *Stand) DatabaseSocket() string {
	dir, _, _ := s.db.Superuser()
	return filepath.Join(dir, ".s.PGSQL.5432")
}

// RedisSocket is the unix socket of Redis.
func (s *Stand) RedisSocket() string { return filepath.Join(s.Folder, "r.sock") }

// StartRedis starts redis-server without persistence, as nothing durable is stored in it.
func (s *Stand) StartRedis(ctx context.Context) error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return errors.New("redis-server is missing: apt-get install redis-server")
	}
	cmd := exec.Command(program, "--port", "0", "--unixsocket", s.RedisSocket(), "--save", "", "--appendonly", "no", "--dir", s.Folder)
	cmd.SysProcAttr = apart()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start redis-server: %w", err)
	}
	s.Redis = cmd
	return await(ctx, "redis-server", func() bool {
		c, err := net.Dial("unix", s.RedisSocket())
		return err == nil && c.Close() == nil
	})
}

// StopRedis kills redis-server.
func (s *Stand) StopRedis() {
	if s.Redis == nil {
		return
	}
	_ = s.Redis.Process.Kill()
	_ = s.Redis.Wait()
	_ = os.Remove(s.RedisSocket())
	s.Redis = nil
}

// FlushRedis empties Redis, as an operator's mistake or a restart without persistence does.
func (s *Stand) FlushRedis() error {
	c, err := net.DialTimeout("unix", s.RedisSocket(), time.Second)
	if err != nil {
		return fmt.Errorf("reach Redis: %w", err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	answer := make([]byte, 5)
	if _, err := c.Write([]byte("FLUSHALL\r\n")); err != nil {
		return fmt.Errorf("flush Redis: %w", err)
	}
	if _, err := c.Read(answer); err != nil || string(answer[:3]) != "+OK" {
		return fmt.Errorf("flush Redis: it said %q %w", answer, err)
	}
	return nil
}

// Command runs a command of the amends program.
func (s *Stand) Command(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, stepPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.Binary, args...)
	cmd.Env = s.environment(NodeOptions{})
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("amends %s: %w\n%s", args[0], err, out)
	}
	return string(out), nil
}

var (
	slipLine     = regexp.MustCompile(`Admin slip  (\S+)`)
	facilityLine = regexp.MustCompile(`Facility (\S+)`)
)

// Slip creates a facility and returns its first admin slip.
func (s *Stand) Slip(ctx context.Context) (string, error) {
	out, err := s.Command(ctx, "facility", "create", "--name", "Load", "--zone", "UTC")
	if err != nil {
		return "", err
	}
	slip, facility := slipLine.FindStringSubmatch(out), facilityLine.FindStringSubmatch(out)
	if slip == nil || facility == nil {
		return "", errors.New("facility create printed no slip")
	}
	s.Facility = facility[1]
	return slip[1], nil
}

// Close ends nodes, Redis and Postgres. The caller removes the folder.
func (s *Stand) Close() {
	for _, n := range s.nodes {
		n.Kill()
	}
	s.StopRedis()
	if s.db != nil {
		ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
		defer cancel()
		_ = s.db.Stop(ctx)
	}
}

func await(ctx context.Context, what string, ok func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(stepPatience); time.Now().Before(end); {
		if ok() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return fmt.Errorf("%s did not come within %s", what, stepPatience)
}
