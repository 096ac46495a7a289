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

// errStillHeld: the last children of a killed postmaster still use its shared memory.
var errStillHeld = errors.New("the last database's processes have not ended yet")

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// asOwner makes a program run as the owner, in its own process group so that Ctrl-C in the terminal
// does not reach it.
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
		"listen_addresses=", "port=" + socketPort, "unix_socket_directories=" + p.socket, "unix_socket_permissions=0700",
		"password_encryption=scram-sha-256", "max_connections=60", "shared_buffers=64MB",
		"fsync=" + durable, "synchronous_commit=" + durable, "full_page_writes=" + durable,
		// The log must never contain a statement or a value, which could be somebody's data: no text,
		// no details, no parameters, and no errors at all, since Postgres quotes the offending value.
		// The server logs database errors by their code.
		"log_min_messages=log", "log_error_verbosity=terse",
		"log_statement=none", "log_min_error_statement=panic", "log_min_duration_statement=-1", "log_min_duration_sample=-1",
		"log_transaction_sample_rate=0", "log_parameter_max_length=0", "log_parameter_max_length_on_error=0",
		"logging_collector=off", "cluster_name=amends",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// socketPort is only the suffix of the socket's name: no TCP port is opened.
const socketPort = "5432"

// launch starts the postmaster and waits until it accepts connections. After an error none runs, unless
// it did not stop within stopPatience.
func (p *Postgres) launch(ctx context.Context, args []string, stale int, deadline time.Time) error {
	log, err := os.OpenFile(filepath.Join(p.root, "postgres.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return fmt.Errorf("open the database's log: %w", err)
	}
	before := p.readPidFile()
	cmd := exec.Command(p.bin.path("postgres"), args...)
	p.asOwner(cmd)
	endWithParent(cmd.SysProcAttr)
	cmd.Stdout, cmd.Stderr = log, log
	if stale != 0 {
		// Postgres takes any running process with this id for a postmaster, unless it is named as its
		// own grandparent (as pg_ctl does). It still checks the old shared memory.
		cmd.Env = append(cmd.Env, "PG_GRANDPARENT_PID="+strconv.Itoa(stale))
	}
	started, done := make(chan error, 1), make(chan struct{})
	go func() {
		// The parent-death signal fires when the thread that started the child ends, so that thread
		// must live as long as the child.
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
	err = p.awaitReady(ctx, before, deadline)
	if err != nil && !p.ended() {
		err = errors.Join(err, p.end(context.WithoutCancel(ctx)))
	}
	return err
}

// awaitReady polls the status in the postmaster's pid file, as pg_ctl does.
func (p *Postgres) awaitReady(ctx context.Context, before pidFile, deadline time.Time) error {
	for time.Now().Before(deadline) {
		if p.ended() {
			return p.explain()
		}
		if p.readPidFile().readySince(before, p.cmd.Process.Pid) {
			return nil
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return fmt.Errorf("start the database: %w", err)
		}
	}
	return errors.New("the database did not become ready in time; see postgres.log in the data folder")
}

// explain returns why a postmaster ended during its start.
func (p *Postgres) explain() error {
	text, err := os.ReadFile(filepath.Join(p.root, "postgres.log"))
	if err != nil {
		return fmt.Errorf("the database did not start, and its log cannot be read: %w", err)
	}
	// Postgres: "pre-existing shared memory block ... is still in use". This error has no exit code of
	// its own; with LC_ALL=C its text is stable.
	if strings.Contains(string(text), "still in use") {
		return errStillHeld
	}
	if len(text) > 2000 {
		text = text[len(text)-2000:]
	}
	return fmt.Errorf("the database did not start:\n%s", text)
}
