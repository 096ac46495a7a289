package stand

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// NodeOptions configure a node; empty fields mean the stand's own servers.
type NodeOptions struct {
	DatabaseURL, RedisURL string
	// Unlimited switches the rate limits off.
	Unlimited bool
	// BehindProxy trusts loopback to name the client's address, so that one machine can play many.
	BehindProxy bool
}

// Node is one running `amends serve`.
type Node struct {
	Base string
	// Ready is the time from the start until /readyz succeeded.
	Ready time.Duration

	cmd   *exec.Cmd
	ended chan struct{}
	// unlimited nodes report their memory on request; live holds one answer, and a newer one that
	// nobody waits for is dropped.
	unlimited bool
	live      chan int64
}

func (s *Stand) environment(o NodeOptions) []string {
	if o.DatabaseURL == "" {
		o.DatabaseURL = s.DatabaseURL("app")
	}
	if o.RedisURL == "" {
		o.RedisURL = "unix://" + s.RedisSocket()
	}
	limits := "on"
	if o.Unlimited {
		limits = "off"
	}
	proxies := ""
	if o.BehindProxy {
		proxies = "127.0.0.1/32"
	}
	return []string{"PATH=/usr/local/bin:/usr/bin:/bin", "DATABASE_URL=" + o.DatabaseURL, "REDIS_URL=" + o.RedisURL, "SECRETS_DIR=" + s.Secrets(), "CHECKPOINT_DIR=" + s.Checkpoints(),
		"PUBLIC_URL=" + PublicURL, "LISTEN=127.0.0.1:0", "HEALTH_LISTEN=off", "RATE_LIMITS=" + limits, "TRUSTED_PROXIES=" + proxies}
}

// Serve starts a node and waits until it is ready. Its log goes to the stand's folder.
func (s *Stand) Serve(ctx context.Context, o NodeOptions) (*Node, error) {
	n := &Node{cmd: exec.Command(s.Binary, "serve"), ended: make(chan struct{}), unlimited: o.Unlimited, live: make(chan int64, 1)}
	n.cmd.Env, n.cmd.SysProcAttr = s.environment(o), apart()
	pipe, err := n.cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	log, err := os.Create(filepath.Join(s.Folder, fmt.Sprintf("node-%d.log", len(s.nodes))))
	if err != nil {
		return nil, fmt.Errorf("make the log: %w", err)
	}
	began := time.Now()
	if err := n.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a node: %w", err)
	}
	s.nodes = append(s.nodes, n)
	listens := make(chan string, 1)
	go n.follow(pipe, log, listens)
	select {
	case address, ok := <-listens:
		if !ok {
			return nil, fmt.Errorf("a node ended before it was ready; see %s", log.Name())
		}
		n.Base = "http://" + address
	case <-time.After(stepPatience):
		return nil, errors.New("a node was not ready in time")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := await(ctx, "readiness", func() bool { return Readyz(n.Base) }); err != nil {
		return nil, err
	}
	n.Ready = time.Since(began)
	return n, nil
}

// follow copies the log, extracts the address once and each requested memory figure, and reaps the
// process.
func (n *Node) follow(pipe io.Reader, log *os.File, listens chan<- string) {
	lines := bufio.NewReader(pipe)
	isReady := false
	for {
		text, err := lines.ReadBytes('\n')
		_, _ = log.Write(text)
		var line struct {
			Msg, Listen string
			Heap        int64 `json:"heap_bytes"`
			Stack       int64 `json:"stack_bytes"`
		}
		switch known := json.Unmarshal(text, &line) == nil; {
		case known && !isReady && line.Msg == "ready":
			isReady = true
			listens <- line.Listen
		case known && line.Msg == "memory":
			select {
			case n.live <- line.Heap + line.Stack:
			default:
			}
		}
		if err != nil {
			break
		}
	}
	_ = n.cmd.Wait()
	_ = log.Close()
	if !isReady {
		close(listens)
	}
	close(n.ended)
}

var askReady = &http.Client{Timeout: time.Second}

// Readyz reports whether a node is ready.
func Readyz(base string) bool {
	res, err := askReady.Get(base + "/readyz")
	return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

// PID is the node's process id.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Kill ends the node as a power failure does, and waits for its end.
func (n *Node) Kill() {
	_ = n.cmd.Process.Kill()
	<-n.ended
}

// Restarting shuts the node down gracefully and returns how long that took.
func (n *Node) Restarting(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, fmt.Errorf("tell a node to go down: %w", err)
	}
	select {
	case <-n.ended:
		return time.Since(began), nil
	case <-time.After(stopPatience):
		return 0, fmt.Errorf("a node had not ended %s after it was told to", stopPatience)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
