package embedded

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	lock     *os.File
	cmd      *exec.Cmd
	done     chan struct{}
}

// Waits are bounded: a start that recovers from a crash may take long, a stop less so.
const (
	startPatience = 60 * time.Second
	stopPatience  = 30 * time.Second
	initPatience  = 60 * time.Second
)

// ErrInUse says that another process runs on the same data.
var ErrInUse = errors.New("another amends is running on this data folder; stop it first")

// StartPostgres starts the database of a data folder, making it the first time.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	p := &Postgres{root: o.DataDir, data: filepath.Join(o.DataDir, "postgres"), done: make(chan struct{})}
	var err error
	if p.bin, err = findBinaries(o.BinDir, p.data); err != nil {
		return nil, err
	}
	if p.owner, err = dbOwner(o.SudoUser); err != nil {
		return nil, err
	}
	if err := p.prepareFolder(); err != nil {
		return nil, err
	}
	if err := p.start(ctx, o.Throwaway); err != nil {
		p.unlock()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) start(ctx context.Context, throwaway bool) error {
	if err := p.initialise(ctx); err != nil {
		return err
	}
	if err := p.clearOrphan(ctx); err != nil {
		return err
	}
	deadline := time.Now().Add(startPatience)
	for {
		err := p.launch(ctx, throwaway, deadline)
		// Backends of a killed postmaster may hold its memory for a moment.
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) || !errors.Is(err, errStillHeld) {
			return err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// prepareFolder makes the folder, takes its lock, and finds the socket's place and password.
func (p *Postgres) prepareFolder() error {
	if err := os.MkdirAll(p.root, 0o711); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if !p.owner.reaches(p.root) {
		return fmt.Errorf("the database user %s cannot enter %s: one of its parent folders keeps others out", p.owner.name, p.root)
	}
	lock, err := os.OpenFile(filepath.Join(p.root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return ErrInUse
	}
	p.lock = lock
	if p.socket, err = p.socketFolder(); err != nil {
		return err
	}
	p.password, err = keptSecret(filepath.Join(p.root, "superuser-password"))
	return err
}

func (p *Postgres) unlock() {
	if p.lock != nil {
		_ = p.lock.Close()
	}
}

// maxSocketFolder leaves room for the socket's name: the kernel takes 107 bytes in all.
const maxSocketFolder = 85

// socketFolder is inside the data folder, or, where that path is too long for a socket, a
// private folder among the temporary ones.
func (p *Postgres) socketFolder() (string, error) {
	dir, err := filepath.Abs(filepath.Join(p.root, "run"))
	if err != nil {
		return "", fmt.Errorf("find the socket folder: %w", err)
	}
	if len(dir) > maxSocketFolder {
		dir = filepath.Join(os.TempDir(), "amends-"+shortHash(dir))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the socket folder: %w", err)
	}
	if err := p.owner.give(dir); err != nil {
		return "", fmt.Errorf("give the socket folder to %s: %w", p.owner.name, err)
	}
	return dir, nil
}

// keptSecret reads a random password of a 0600 file, making it the first time.
func keptSecret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil && len(text) >= 32 {
		return strings.TrimSpace(string(text)), nil
	}
	b := make([]byte, 24)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	secret := hex.EncodeToString(b)
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep a password: %w", err)
	}
	return secret, nil
}

// initialise makes the cluster beside its place and renames it, so that a half-made one is
// never taken for a whole one.
func (p *Postgres) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(p.data, "PG_VERSION")); err == nil {
		return nil
	}
	fresh := p.data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("clear a half-made database: %w", err)
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return fmt.Errorf("make the database folder: %w", err)
	}
	if err := p.owner.give(fresh); err != nil {
		return fmt.Errorf("give the database folder to %s: %w", p.owner.name, err)
	}
	pwfile := filepath.Join(p.socket, "first-password")
	if err := os.WriteFile(pwfile, []byte(p.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the first password: %w", err)
	}
	defer os.Remove(pwfile)
	if err := p.owner.give(pwfile); err != nil {
		return fmt.Errorf("give the first password to %s: %w", p.owner.name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, initPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.bin.path("initdb"), "-D", fresh, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", pwfile,
		"--data-checksums", "-E", "UTF8", "--locale", "C", "--no-instructions")
	p.asOwner(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb did not make the database: %w\n%s", err, out)
	}
	if err := os.Rename(fresh, p.data); err != nil {
		return fmt.Errorf("put the database in its place: %w", err)
	}
	return nil
}

// Superuser is the address of the maintenance database as superuser: socket folder and
// password; the caller makes a URL of them.
func (p *Postgres) Superuser() (socketFolder, user, password string) {
	return p.socket, "postgres", p.password
}

// Done is closed when the postmaster has ended, whoever ended it.
func (p *Postgres) Done() <-chan struct{} { return p.done }

// Stop ends the postmaster in good order (SIGINT: fast shutdown) and waits for it.
func (p *Postgres) Stop(ctx context.Context) error {
	defer p.unlock()
	select {
	case <-p.done:
		return nil
	default:
	}
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
