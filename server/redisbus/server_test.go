package redisbus_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"amends/server/redisbus"
)

func TestMain(m *testing.M) {
	redisbus.Quiet()
	goleak.VerifyTestMain(m)
}

// bound is how long a condition may take to become true on a busy machine.
const bound = 15 * time.Second

// eventually polls a condition until it is true.
func eventually(t *testing.T, what string, fact func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.After(bound); !fact(); {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// server is a real redis-server on a Unix socket that a test may kill.
type server struct {
	socket  string
	binary  string
	process *exec.Cmd
}

// startServer starts a server for this test alone and stops it at the end.
func startServer(t *testing.T) *server {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("these tests need a real Redis: install the package redis-server")
	}
	// Not t.TempDir, which contains the test's name: a socket path has at most 107 bytes.
	dir, err := os.MkdirTemp("", "redisbus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &server{socket: filepath.Join(dir, "s"), binary: binary}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.process = exec.Command(s.binary, "--port", "0", "--unixsocket", s.socket, "--save", "", "--appendonly", "no",
		"--dir", filepath.Dir(s.socket), "--daemonize", "no", "--logfile", "")
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	client := s.client(t)
	eventually(t, "redis-server answers", func() bool { return client.Ping(context.Background()).Err() == nil })
}

// kill sends SIGKILL and waits for the process to end. It is idempotent.
func (s *server) kill() {
	if s.process.ProcessState == nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
	}
}

// stop suspends the process: connections stay open and nothing answers, as in a network partition.
func (s *server) stop(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

// carryOn resumes a stopped process.
func (s *server) carryOn(t *testing.T) {
	t.Helper()
	if err := s.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// client is a connection for looking at Redis from outside the code under test.
func (s *server) client(t *testing.T) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket, Protocol: 2, DisableIdentity: true, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func (s *server) options(t *testing.T) redisbus.Options {
	t.Helper()
	return redisbus.Options{URL: "unix://" + s.socket, Prefix: t.Name() + ":", Key: testKey()}
}

func testKey() []byte { return []byte(strings.Repeat("k", 32)) }

func open(t *testing.T, o redisbus.Options) *redisbus.Redis {
	t.Helper()
	r, err := redisbus.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// dialer opens a node's connections in place of the network.
type dialer struct{ dial func() (net.Conn, error) }

func (d dialer) connect(context.Context) (net.Conn, error) { return d.dial() }
