package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// A database is created in a temporary folder and renamed, so that a half-made one is never taken for a
// complete one. Each attempt has its own folder: the initdb of a killed start may still be writing to,
// or clearing, the previous one.

// halfMade is the name prefix of databases that are being created.
const halfMade = "postgres.new"

// killDelay is how long the output pipes of a killed program may stay open.
const killDelay = 2 * time.Second

func (p *Postgres) initialise(ctx context.Context, throwaway bool) error {
	if err := p.clearHalfMade(ctx); err != nil {
		return err
	}
	if major, err := majorOf(p.data); err != nil || major != 0 {
		return err
	}
	fresh, err := os.MkdirTemp(p.root, halfMade+"-")
	if err != nil {
		return fmt.Errorf("make the database folder: %w", err)
	}
	if err := p.fill(ctx, fresh, throwaway); err != nil {
		return errors.Join(err, os.RemoveAll(fresh))
	}
	if err := os.Rename(fresh, p.data); err != nil {
		return fmt.Errorf("put the database in its place: %w", err)
	}
	// Without this fsync a power failure could bring the old name back, and the next start would delete
	// it.
	if err := syncFolder(p.root); err != nil {
		return fmt.Errorf("put the database in its place: %w", err)
	}
	return nil
}

// fill runs initdb in a folder, with the password in a file that only the owner can read.
func (p *Postgres) fill(ctx context.Context, fresh string, throwaway bool) error {
	if err := p.owner.give(fresh); err != nil {
		return err
	}
	// CreateTemp creates a new 0600 file: nobody has it open, and no link is followed.
	pwfile, err := os.CreateTemp(p.root, halfMade+"-password-")
	if err != nil {
		return fmt.Errorf("write the first password: %w", err)
	}
	defer os.Remove(pwfile.Name())
	_, err = pwfile.WriteString(p.password + "\n")
	if err := errors.Join(err, pwfile.Close(), p.owner.give(pwfile.Name())); err != nil {
		return fmt.Errorf("write the first password: %w", err)
	}
	args := []string{"-D", fresh, "-U", superuser, "-A", "scram-sha-256", "--pwfile", pwfile.Name(),
		"--data-checksums", "-E", "UTF8", "--locale", "C", "--no-instructions"}
	if throwaway {
		args = append(args, "--no-sync")
	}
	ctx, cancel := context.WithTimeout(ctx, initPatience)
	defer cancel()
	if out, err := p.runAsOwner(exec.CommandContext(ctx, p.bin.path("initdb"), args...)); err != nil {
		return fmt.Errorf("initdb did not make the database: %w\n%s", err, out)
	}
	return nil
}

// runAsOwner runs a program to its end, and kills it and its children when ctx is done; on Linux it
// also dies with this process.
func (p *Postgres) runAsOwner(cmd *exec.Cmd) ([]byte, error) {
	p.asOwner(cmd)
	endWithParent(cmd.SysProcAttr)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killDelay
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	ended := make(chan error, 1)
	go func() {
		// See launch: the parent-death signal is bound to this thread.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		ended <- cmd.Run()
	}()
	err := <-ended
	return out.Bytes(), err
}

func (p *Postgres) clearHalfMade(ctx context.Context) error {
	inside, err := os.ReadDir(p.root)
	if err != nil {
		return fmt.Errorf("look for half-made databases: %w", err)
	}
	for _, entry := range inside {
		if !strings.HasPrefix(entry.Name(), halfMade) {
			continue
		}
		if err := clearFolder(ctx, filepath.Join(p.root, entry.Name())); err != nil {
			return fmt.Errorf("clear a half-made database: %w", err)
		}
	}
	return nil
}

// clearFolder removes a folder to which the initdb of a killed start may still be writing until it dies
// with its parent, a moment later.
func clearFolder(ctx context.Context, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, killDelay)
	defer cancel()
	for {
		err := os.RemoveAll(folder)
		if !errors.Is(err, syscall.ENOTEMPTY) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(killDelay / 100):
		}
	}
}
