package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Handles what a killed amends left behind. We hold the folder's lock, so no other amends runs here;
// but its postmaster may still run, or have left files that stop the next one. Rule: a process gets a
// signal only if it is verifiably a postmaster on our data, and a pid file that contains an id is left
// to Postgres, which uses it to check that the old shared memory is free.

// pidFile is a postmaster.pid: line 1 is the process id, line 8 the status.
type pidFile struct {
	text   string
	pid    int
	status string
}

func (p *Postgres) pidPath() string { return filepath.Join(p.data, "postmaster.pid") }

// readPidFile returns the zero value when there is no file, and pid 0 when it contains no id.
func (p *Postgres) readPidFile() pidFile {
	text, err := os.ReadFile(p.pidPath())
	if err != nil {
		return pidFile{}
	}
	f := pidFile{text: string(text)}
	lines := strings.Split(f.text, "\n")
	if pid, err := strconv.Atoi(strings.TrimSpace(lines[0])); err == nil {
		// A single-user Postgres writes its id as a negative number.
		f.pid = max(pid, -pid)
	}
	if len(lines) >= 8 {
		f.status = strings.TrimSpace(lines[7])
	}
	return f
}

// readySince reports whether process pid wrote this file and says that it is ready. In a container
// process ids repeat, so a file with the same text as before does not count.
func (f pidFile) readySince(before pidFile, pid int) bool {
	return f.pid == pid && f.status == "ready" && f.text != before.text
}

// endOrphan shuts down a postmaster that still runs on our data, and removes files that would stop the
// next one. It returns the id in a pid file that stays; 0 when none does.
func (p *Postgres) endOrphan(ctx context.Context) (stale int, err error) {
	old, err := p.settledPidFile(ctx)
	if err != nil {
		return 0, err
	}
	if old.pid != 0 {
		if err := p.endIfOurs(ctx, old.pid); err != nil {
			return 0, err
		}
	} else if err := os.Remove(p.pidPath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, fmt.Errorf("remove an empty pid file: %w", err)
	}
	// Only our database uses this folder, so the socket's lock file is stale.
	if err := os.Remove(filepath.Join(p.socket, ".s.PGSQL."+socketPort+".lock")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, fmt.Errorf("remove a stale socket lock: %w", err)
	}
	return old.pid, nil
}

// settledPidFile waits a moment for a postmaster that has created the file but not written it yet.
func (p *Postgres) settledPidFile(ctx context.Context) (pidFile, error) {
	const settling = 200 * time.Millisecond
	for deadline := time.Now().Add(settling); ; {
		old := p.readPidFile()
		_, err := os.Lstat(p.pidPath())
		if old.pid != 0 || err != nil || time.Now().After(deadline) {
			return old, nil //nolint:nilerr // a file that is not there is an answer: nothing settles
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return pidFile{}, err
		}
	}
}

func (p *Postgres) endIfOurs(ctx context.Context, pid int) error {
	ours, err := p.runs(ctx, pid)
	if err != nil || !ours {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the database that a killed amends left: %w", err)
	}
	deadline := time.Now().Add(stopPatience)
	for {
		if ours, err := p.runs(ctx, pid); err != nil || !ours {
			return err
		}
		if time.Now().After(deadline) {
			return errors.New("a database that a killed amends left does not stop")
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
}

// runs reports whether a process is a running postmaster on our data, not an ended one, a zombie, or an
// unrelated process that got the same id.
func (p *Postgres) runs(ctx context.Context, pid int) (bool, error) {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return false, nil
	}
	if runtime.GOOS == "linux" {
		return p.runsByProc(pid), nil
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ps", "-ww", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
	var none *exec.ExitError
	if err != nil && !errors.As(err, &none) {
		return false, fmt.Errorf("look at process %d of the pid file: %w", pid, err)
	}
	program, args, _ := strings.Cut(string(out), " -D ")
	return filepath.Base(program) == "postgres" && strings.HasPrefix(args, p.data+" "), nil
}

// runsByProc checks /proc. A postmaster's working directory is its data folder, whatever path it was
// given; its children have other names. A process we cannot read belongs to another user, and Postgres
// only runs on its own user's data. A zombie has no arguments and no directory.
func (p *Postgres) runsByProc(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return false
	}
	words := strings.Split(string(line), "\x00")
	if filepath.Base(words[0]) != "postgres" {
		return false
	}
	cwd, err := os.Stat(fmt.Sprintf("/proc/%d/cwd", pid))
	data, err2 := os.Stat(p.data)
	// A starting postmaster has not changed its directory yet, but has the folder as an argument.
	return err == nil && err2 == nil && os.SameFile(cwd, data) || slices.Contains(words, p.data)
}
