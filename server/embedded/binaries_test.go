package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// install makes a folder with fake programs that report a version.
func install(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	for _, name := range []string{"initdb", "postgres"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	return dir
}

func TestTheNewestSupportedMajorIsChosenOrThatOfTheData(t *testing.T) {
	t.Parallel()
	dirs := map[string]string{}
	var all []string
	for _, version := range []string{"14.9", "15.2", "17.1 (Debian 17.1-1)", "16.0", "19.0", "18beta1"} {
		major, _, _ := strings.Cut(version, ".")
		dirs[major] = install(t, version)
		all = append(all, dirs[major])
	}
	twin := install(t, "17.9")
	all = append(all, twin, filepath.Join(t.TempDir(), "nothing"))
	for want, chosen := range map[int]binaries{
		0:  {dir: dirs["17"], major: 17},
		14: {dir: dirs["14"], major: 14},
		15: {dir: dirs["15"], major: 15},
		16: {dir: dirs["16"], major: 16},
		19: {dir: dirs["19"], major: 19},
		18: {},
		13: {},
	} {
		got, ok := choose(t.Context(), all, want)
		if got != chosen || ok != (chosen.major != 0) {
			t.Errorf("for %d: %v %v, want %v", want, got, ok, chosen)
		}
	}
	if got, ok := choose(t.Context(), []string{dirs["14"], dirs["19"]}, 0); ok {
		t.Errorf("a version that does not fit was chosen: %v", got)
	}
}

func TestLinkedProgramsAreFollowedToTheirFolder(t *testing.T) {
	t.Parallel()
	real, links := install(t, "16.1"), t.TempDir()
	must(t, os.Symlink(filepath.Join(real, "postgres"), filepath.Join(links, "postgres")))
	got, ok := choose(t.Context(), []string{links}, 0)
	want, err := filepath.EvalSymlinks(real)
	must(t, err)
	if !ok || got.dir != want {
		t.Errorf("found %q, want %q", got.dir, want)
	}
}

func TestWithoutPostgresThePackageIsNamedAndNothingIsCreated(t *testing.T) {
	t.Parallel()
	root := filepath.Join(newFolder(t), "data")
	broken := t.TempDir()
	must(t, os.WriteFile(filepath.Join(broken, "postgres"), []byte("#!/bin/sh\nexit 1\n"), 0o755))
	must(t, os.WriteFile(filepath.Join(broken, "initdb"), []byte("#!/bin/sh\nexit 1\n"), 0o755))
	for name, bin := range map[string]string{"an empty folder": t.TempDir(), "no folder": filepath.Join(t.TempDir(), "x"), "broken": broken,
		"too old": install(t, "14.1"), "too new": install(t, "19.1")} {
		_, err := StartPostgres(t.Context(), PostgresOptions{DataDir: root, BinDir: bin})
		if !errors.Is(err, ErrNoPostgres) {
			t.Fatalf("%s: %v", name, err)
		}
		for _, word := range []string{bin, "nothing was changed", "apt-get install postgresql", "dnf install postgresql-server", "apk add postgresql", "brew install postgresql@"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: the message does not say %q: %v", name, word, err)
			}
		}
	}
	if _, err := os.Lstat(root); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data folder was made: %v", err)
	}
}

func TestDamagedDataOrAnotherMajorIsNotTouched(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		files map[string]string
		want  error
		says  string
	}{
		"another version":       {map[string]string{"PG_VERSION": "13\n", "base/1/1": "rows"}, ErrOtherVersion, "postgresql-13"},
		"a very old one":        {map[string]string{"PG_VERSION": "9.6\n", "base/1/1": "rows"}, ErrOtherVersion, "PostgreSQL 9"},
		"one from the future":   {map[string]string{"PG_VERSION": "99\n"}, ErrOtherVersion, "postgresql@99"},
		"an empty version":      {map[string]string{"PG_VERSION": "", "base/1/1": "rows"}, ErrDamaged, "PG_VERSION"},
		"a version of no sense": {map[string]string{"PG_VERSION": "x15", "base/1/1": "rows"}, ErrDamaged, "PG_VERSION"},
		"a lost version":        {map[string]string{"base/1/1": "rows"}, ErrDamaged, "PG_VERSION"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := newFolder(t)
			for path, text := range row.files {
				path = filepath.Join(root, "postgres", path)
				must(t, os.MkdirAll(filepath.Dir(path), 0o700))
				must(t, os.WriteFile(path, []byte(text), 0o600))
			}
			before := tree(t, root)
			_, err := StartPostgres(t.Context(), PostgresOptions{DataDir: root})
			if !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), "nothing was changed") {
				t.Errorf("said %v", err)
			}
			if diff := cmp.Diff(before, tree(t, root)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
