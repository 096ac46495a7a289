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

// PostgresOptions says where the data is and, if need be, where the programs are.
type PostgresOptions struct {
	// DataDir is the folder of everything; it is made when it is not there.
	DataDir string
	// BinDir is used instead of looking for Postgres.
	BinDir string
	// SudoUser is who called sudo, if anybody.
	SudoUser string
	// Throwaway gives up durability for speed; for tests only.
	Throwaway bool
}

// Postgres is a running postmaster of ours.
type Postgres struct {
	bin      binaries
	owner    owner
	root     string
	data     string
	socket   string
	password string
	cmd      *exec.Cmd
	done     chan struct{}

	// mu guards lock, which is nil when the folder is not ours any more.
	mu   sync.Mutex
	lock *os.File
}

// Waits are bounded: a start that recovers from a crash may take long, a stop less so.
const (
	startPatience = 60 * time.Second
	stopPatience  = 30 * time.Second
	initPatience  = 60 * time.Second
)

// superuser is the name of the database's superuser.
const superuser = "postgres"

// StartPostgres starts the database of a data folder, making it the first time. It comes back
// when the database takes connections; the caller owes a Stop.
//
// Errors a caller may tell apart, all of which leave the data as it was: ErrNoPostgres,
// ErrOtherVersion, ErrDamaged, ErrInUse, ErrUnreachable.
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
		// A failed start has no postmaster any more, or one that ended our patience: then the
		// lock stays ours until this process ends.
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
		// Backends of a killed postmaster may hold its memory for a moment.
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) || !errors.Is(err, errStillHeld) {
			return err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// Superuser is how to reach the maintenance database `postgres` as superuser; the caller makes
// a URL of it.
func (p *Postgres) Superuser() (socketFolder, user, password string) {
	return p.socket, superuser, p.password
}

// Done is closed when the postmaster has ended, whoever ended it.
func (p *Postgres) Done() <-chan struct{} { return p.done }

func (p *Postgres) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Stop ends the postmaster in good order (SIGINT: fast shutdown), waits for it, and frees the
// data folder. It may be called again.
func (p *Postgres) Stop(ctx context.Context) error {
	if err := p.end(ctx); err != nil {
		return err
	}
	p.unlock()
	return nil
}

// end asks the postmaster to end and waits for it, within stopPatience.
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
