package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// errStillHeld: the memory of a killed postmaster is still in use by its last children.
var errStillHeld = errors.New("the last database's memory is still held")

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

func (p *Postgres) asOwner(cmd *exec.Cmd) {
	cmd.Dir = p.root
	cmd.Env = []string{"PATH=" + p.bin.dir + ":/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.owner.drops {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(p.owner.uid), Gid: uint32(p.owner.gid)}
	}
}

func (p *Postgres) arguments(throwaway bool) []string {
	durable := "on"
	if throwaway {
		durable = "off"
	}
	args := []string{"-D", p.data}
	for _, setting := range []string{
		"listen_addresses=", "unix_socket_directories=" + p.socket, "unix_socket_permissions=0700", "password_encryption=scram-sha-256",
		"fsync=" + durable, "synchronous_commit=" + durable, "full_page_writes=" + durable, "max_connections=60", "shared_buffers=64MB",
		// Nothing of a statement ever stands in the log: it could hold somebody's data.
		"log_statement=none", "log_min_error_statement=panic", "log_min_duration_statement=-1", "log_parameter_max_length_on_error=0",
		"log_error_verbosity=terse", "logging_collector=off", "cluster_name=amends",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// launch starts the postmaster and waits until it takes connections.
func (p *Postgres) launch(ctx context.Context, throwaway bool, deadline time.Time) error {
	log, err := os.OpenFile(filepath.Join(p.root, "postgres.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the database's log: %w", err)
	}
	cmd := exec.Command(p.bin.path("postgres"), p.arguments(throwaway)...)
	p.asOwner(cmd)
	cmd.Stdout, cmd.Stderr = log, log
	endWithParent(cmd.SysProcAttr)
	started, done := make(chan error, 1), make(chan struct{})
	go func() {
		// The death signal belongs to the thread that started the child: it must live as long.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(done)
		defer log.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start the database: %w", err)
	}
	p.cmd, p.done = cmd, done
	return p.awaitReady(ctx, deadline)
}

func (p *Postgres) awaitReady(ctx context.Context, deadline time.Time) error {
	for time.Now().Before(deadline) {
		select {
		case <-p.done:
			return p.explain()
		default:
		}
		pid, status := readPidFile(p.data)
		if pid == p.cmd.Process.Pid && status == "ready" {
			return nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			_ = p.cmd.Process.Signal(syscall.SIGINT)
			return err
		}
	}
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	return errors.New("the database did not become ready in time; see postgres.log in the data folder")
}

// explain says why a postmaster ended at once.
func (p *Postgres) explain() error {
	text, _ := os.ReadFile(filepath.Join(p.root, "postgres.log"))
	if strings.Contains(string(text), "still in use") {
		return errStillHeld
	}
	if len(text) > 2000 {
		text = text[len(text)-2000:]
	}
	return fmt.Errorf("the database did not start:\n%s", text)
}

// readPidFile gives the process id and the status line of a postmaster.pid.
func readPidFile(data string) (pid int, status string) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, ""
	}
	lines := strings.Split(string(text), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return 0, ""
	}
	if len(lines) >= 8 {
		status = strings.TrimSpace(lines[7])
	}
	return pid, status
}

// clearOrphan deals with what a killed program left behind. We hold the folder's lock, so no
// other amends runs here. A postmaster that still runs on our data is stopped in good order;
// a pid file that is empty or names somebody else's process is removed; one that names a dead
// process stays, for Postgres itself checks that the old memory is free.
func (p *Postgres) clearOrphan(ctx context.Context) error {
	path := filepath.Join(p.data, "postmaster.pid")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	pid, _ := readPidFile(p.data)
	switch {
	case pid <= 0, alive(pid) && !p.isOurs(pid):
		_ = os.Remove(filepath.Join(p.socket, ".s.PGSQL.5432.lock"))
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("remove a stale pid file: %w", err)
		}
		return nil
	case !alive(pid):
		return nil
	}
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the database that a killed amends left: %w", err)
	}
	deadline := time.Now().Add(stopPatience)
	for alive(pid) && p.isOurs(pid) {
		if time.Now().After(deadline) {
			return errors.New("a database that a killed amends left does not stop")
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// alive says whether a process runs; a zombie does not.
func alive(pid int) bool {
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, ok := strings.Cut(string(stat), ") ")
	return !ok || !strings.HasPrefix(after, "Z")
}

// isOurs says whether a process is a postmaster on our data; where that cannot be seen, a
// living process counts as ours, which errs on the side of stopping rather than of erasing.
func (p *Postgres) isOurs(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return runtime.GOOS != "linux"
	}
	return strings.Contains(string(line), "postgres") && strings.Contains(string(line), p.data)
}
