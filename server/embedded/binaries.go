// Package embedded is the demo's own Postgres and Redis, so that two commands on a fresh
// machine are enough.
//
// The rules for Postgres: the system's own programs, on a unix socket only, with SCRAM and a
// random password. A data folder is used with the major version that made it; it is never
// made anew, upgraded or erased. What was acknowledged is there after any kill.
package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// The majors that Amends is made for.
const (
	oldestMajor = 15
	newestMajor = 18
)

// ErrNoPostgres says which package to install; nothing was changed.
var ErrNoPostgres = errors.New("PostgreSQL 15 to 18 is not installed, and nothing was changed. Install it with one of:\n" +
	"  Debian, Ubuntu   apt-get install postgresql\n" +
	"  Fedora           dnf install postgresql-server\n" +
	"  Alpine           apk add postgresql\n" +
	"  macOS            brew install postgresql@17\n" +
	"or set DATABASE_URL to a server that runs already")

// binaries is one installed Postgres.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// findBinaries looks for a Postgres: only the major of an existing data folder, else the
// newest that fits.
func findBinaries(given, dataDir string) (binaries, error) {
	want, err := majorOf(dataDir)
	if err != nil {
		return binaries{}, err
	}
	dirs := candidates()
	if given != "" {
		dirs = []string{given}
	}
	var found []binaries
	for _, dir := range dirs {
		if b, ok := inspect(dir); ok {
			found = append(found, b)
		}
	}
	slices.SortStableFunc(found, func(a, b binaries) int { return b.major - a.major })
	for _, b := range found {
		if want == b.major || want == 0 && b.major >= oldestMajor && b.major <= newestMajor {
			return b, nil
		}
	}
	if want != 0 {
		return binaries{}, fmt.Errorf("the data folder was made by PostgreSQL %d, and that version is not installed. Nothing was changed. Install PostgreSQL %d (Debian: apt-get install postgresql-%d)", want, want, want)
	}
	return binaries{}, ErrNoPostgres
}

// majorOf reads the major of an existing data folder; 0 when there is none.
func majorOf(dataDir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the data folder: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, errors.New("the data folder has a damaged PG_VERSION; nothing was changed")
	}
	return major, nil
}

// candidates lists the folders where distributions put Postgres.
func candidates() []string {
	var dirs []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*", "/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin"} {
		if found, err := filepath.Glob(pattern); err == nil {
			dirs = append(dirs, found...)
		}
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	return dirs
}

// inspect asks a folder's programs for their version.
func inspect(dir string) (binaries, bool) {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
			return binaries{}, false
		}
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
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
