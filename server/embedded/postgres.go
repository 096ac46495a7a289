package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// PostgresOptions say where the data and, if necessary, the programs are.
type PostgresOptions struct {
	// DataDir is the data folder; it is created if missing.
	DataDir string
	// BinDir, if set, is the folder of the Postgres programs; no search then.
	BinDir string
	// SudoUser is the user who called sudo, if any.
	SudoUser string
	// Throwaway trades durability for speed; for tests only.
	Throwaway bool
}

// Postgres is a running postmaster that we started.
type Postgres struct {
	bin      binaries
	owner    owner
	root     string
	data     string
	socket   string
	password string
	cmd      *exec.Cmd
	done     chan struct{}

	// mu guards lock, which is nil once the folder is released.
	mu   sync.Mutex
	lock *os.File
}

// Timeouts: a start that recovers from a crash may take long, a stop less so.
const (
	startPatience = 60 * time.Second
	stopPatience  = 30 * time.Second
	initPatience  = 60 * time.Second
)

// superuser is the name of the database's superuser.
const superuser = "postgres"

// StartPostgres starts the database of a data folder, creating it the first time. It returns when the
// database accepts connections; the caller must call Stop.
//
// Errors to tell apart, all of which leave the data unchanged: ErrNoPostgres, ErrOtherVersion,
// ErrDamaged, ErrInUse, ErrUnreachable.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	root, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	p := &Postgres{root: root, data: databaseIn(root)}
	if p.bin, err = findBinaries(ctx, o.BinDir, p.data); err != nil {
		return nil, err
	}
	if p.owner, err = dbOwner(o.SudoUser, p.data); err != nil {
		return nil, err
	}
	if err = p.prepareFolder(); err == nil {
		err = p.start(ctx, o.Throwaway)
	}
	if err != nil {
		// After a failed start no postmaster runs, or it did not stop in time: then we keep the lock
		// until this process ends.
		if p.cmd == nil || p.ended() {
			p.unlock()
		}
		return nil, err
	}
	return p, nil
}

func (p *Postgres) start(ctx context.Context, throwaway bool) error {
	if err := p.initialise(ctx, throwaway); err != nil {
		return err
	}
	stale, err := p.endOrphan(ctx)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(startPatience)
	for {
		err := p.launch(ctx, p.arguments(throwaway), stale, deadline)
		// Backends of a killed postmaster may hold its shared memory for a moment.
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) || !errors.Is(err, errStillHeld) {
			return err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// Superuser returns how to connect to the maintenance database `postgres` as superuser; the caller
// makes a URL of it.
func (p *Postgres) Superuser() (socketFolder, user, password string) {
	return p.socket, superuser, p.password
}

// Done is closed when the postmaster has ended, for whatever reason.
func (p *Postgres) Done() <-chan struct{} { return p.done }

func (p *Postgres) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Stop shuts the postmaster down (SIGINT: fast shutdown), waits for it, and releases the data folder.
// It is idempotent.
func (p *Postgres) Stop(ctx context.Context) error {
	if err := p.end(ctx); err != nil {
		return err
	}
	p.unlock()
	return nil
}

// end asks the postmaster to shut down and waits for it, at most stopPatience.
func (p *Postgres) end(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the database: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the database has not stopped: %w", ctx.Err())
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
