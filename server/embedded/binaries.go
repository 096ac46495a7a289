// Package embedded runs the demo's own Postgres and Redis, so that two commands on a fresh machine are
// enough.
//
// Rules for Postgres: it uses the system's installed programs and listens on a unix socket only, with
// SCRAM and a random password. A data folder is only used with the major version that made it; it is
// never recreated, upgraded or erased. Acknowledged writes survive any kill.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The supported major versions of PostgreSQL.
const (
	oldestMajor = 15
	newestMajor = 18
)

// askPatience is the timeout of asking a program for its version.
const askPatience = 10 * time.Second

// ErrNoPostgres says which package to install; nothing was changed.
var ErrNoPostgres = errors.New("PostgreSQL 15 to 18 is not installed, and nothing was changed. Install it with one of:\n" +
	"  Debian, Ubuntu   apt-get install postgresql\n" +
	"  Fedora           dnf install postgresql-server\n" +
	"  Alpine           apk add postgresql\n" +
	"  macOS            brew install postgresql@17\n" +
	"or set DATABASE_URL to a server that runs already")

// ErrOtherVersion says that a data folder needs a PostgreSQL major that is not installed; nothing was
// changed.
var ErrOtherVersion = errors.New("the data folder needs another PostgreSQL, and nothing was changed")

// ErrDamaged says that a data folder is incomplete; nothing was changed.
var ErrDamaged = errors.New("the data folder is damaged, and nothing was changed")

// binaries is one installed Postgres: the folder of its programs and its major version.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// findBinaries finds the Postgres to use: the major of an existing data folder, else the newest
// supported one.
func findBinaries(ctx context.Context, given, dataDir string) (binaries, error) {
	want, err := majorOf(dataDir)
	if err != nil {
		return binaries{}, err
	}
	dirs := []string{given}
	if given == "" {
		dirs = candidates(ctx)
	}
	if b, ok := choose(ctx, dirs, want); ok {
		return b, nil
	}
	switch {
	case want != 0:
		return binaries{}, fmt.Errorf("%w: it was made by PostgreSQL %d, which was not found. Install it with one of:\n"+
			"  Debian, Ubuntu   apt-get install postgresql-%[2]d\n"+
			"  Fedora           dnf install postgresql%[2]d-server\n"+
			"  Alpine           apk add postgresql%[2]d\n"+
			"  macOS            brew install postgresql@%[2]d", ErrOtherVersion, want)
	case given != "":
		return binaries{}, fmt.Errorf("the folder %s has no working `initdb` and `postgres`. %w", given, ErrNoPostgres)
	}
	return binaries{}, ErrNoPostgres
}

// choose picks the wanted major, or with want 0 the newest supported one; the first of equals.
func choose(ctx context.Context, dirs []string, want int) (binaries, bool) {
	var found []binaries
	for _, dir := range dirs {
		if b, ok := inspect(ctx, dir); ok {
			found = append(found, b)
		}
	}
	slices.SortStableFunc(found, func(a, b binaries) int { return b.major - a.major })
	for _, b := range found {
		if want == b.major || want == 0 && b.major >= oldestMajor && b.major <= newestMajor {
			return b, true
		}
	}
	return binaries{}, false
}

// majorOf reads the major version of an existing data folder; 0 when there is none.
func majorOf(dataDir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, mustBeEmpty(dataDir)
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the data folder: %w", err)
	}
	digits, _, _ := strings.Cut(strings.TrimSpace(string(text)), ".")
	major, err := strconv.Atoi(digits)
	if err != nil || major <= 0 {
		return 0, fmt.Errorf("%w: its PG_VERSION cannot be read", ErrDamaged)
	}
	return major, nil
}

// mustBeEmpty: a folder with content but no PG_VERSION may be a database that lost a file, and is not
// touched.
func mustBeEmpty(dir string) error {
	inside, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into the data folder: %w", err)
	}
	if len(inside) > 0 {
		return fmt.Errorf("%w: %s has files in it but no PG_VERSION", ErrDamaged, dir)
	}
	return nil
}

// candidates lists the folders where Postgres may be, the one in PATH first.
func candidates(ctx context.Context) []string {
	var dirs []string
	if p, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*", "/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin"} {
		if found, err := filepath.Glob(pattern); err == nil {
			dirs = append(dirs, found...)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(dirs, func(dir string) bool {
		again := seen[dir]
		seen[dir] = true
		return again
	})
}

// inspect asks a folder's programs for their version. It follows links first: a folder of links may
// have only some of the programs, or mix versions.
func inspect(ctx context.Context, dir string) (binaries, bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return binaries{}, false
	}
	if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil && isProgram(filepath.Join(filepath.Dir(real), "initdb")) {
		dir = filepath.Dir(real)
	}
	if !isProgram(filepath.Join(dir, "initdb")) || !isProgram(filepath.Join(dir, "postgres")) {
		return binaries{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return binaries{}, false
	}
	fields := strings.Fields(string(out))
	if len(fields) < 3 {
		return binaries{}, false
	}
	digits, _, _ := strings.Cut(fields[2], ".")
	major, err := strconv.Atoi(digits)
	return binaries{dir: dir, major: major}, err == nil
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
