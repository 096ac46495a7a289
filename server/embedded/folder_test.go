package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestALongPathHasItsSocketElsewhere(t *testing.T) {
	t.Parallel()
	root := filepath.Join(newFolder(t), strings.Repeat("a long name/", 20))
	p := start(t, root)
	folder, _, _ := p.Superuser()
	if path := filepath.Join(folder, ".s.PGSQL.5432"); len(path) > 100 {
		t.Errorf("the socket's path has %d bytes: %s", len(path), path)
	}
	info, err := os.Stat(folder)
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("others may enter the socket folder: %v", info.Mode())
	}
	if got := p.query(t, "select 1"); got != "1" {
		t.Errorf("answers %q", got)
	}
	stop(t, p)
	if _, err := os.Lstat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket folder was left: %v", err)
	}
}

func TestASocketFolderThatSomebodyElseMadeIsRefused(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(t *testing.T, at, victim string){
		"a link": func(t *testing.T, at, victim string) { must(t, os.Symlink(victim, at)) },
		"a file": func(t *testing.T, at, _ string) { must(t, os.WriteFile(at, nil, 0o600)) },
		"open to all": func(t *testing.T, at, _ string) {
			must(t, os.Mkdir(at, 0o700))
			must(t, os.Chmod(at, 0o777))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(newFolder(t), strings.Repeat("a long name/", 20))
			victim := newFolder(t)
			before, err := os.Stat(victim)
			must(t, err)
			at := filepath.Join(os.TempDir(), "amends-"+shortHash(filepath.Join(root, "run")))
			plant(t, at, victim)
			t.Cleanup(func() { must(t, os.RemoveAll(at)) })
			if _, err := StartPostgres(t.Context(), PostgresOptions{DataDir: root}); err == nil || !strings.Contains(err.Error(), "somebody else") {
				t.Errorf("said %v", err)
			}
			after, err := os.Stat(victim)
			must(t, err)
			if diff := cmp.Diff(before.Sys().(*syscall.Stat_t).Uid, after.Sys().(*syscall.Stat_t).Uid); diff != "" {
				t.Errorf("the linked folder was given away: %s", diff)
			}
			if _, err := os.Lstat(databaseIn(root)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a database was made: %v", err)
			}
		})
	}
}

func TestALinkInPlaceOfTheLockOrLogIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lock", "postgres.log"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, victim := newData(t), filepath.Join(t.TempDir(), "victim")
			must(t, os.WriteFile(victim, []byte("kept"), 0o600))
			must(t, os.Remove(filepath.Join(root, name)))
			must(t, os.Symlink(victim, filepath.Join(root, name)))
			if p, err := StartPostgres(t.Context(), PostgresOptions{DataDir: root}); err == nil {
				stop(t, p)
				t.Error("the database started")
			}
			text, err := os.ReadFile(victim)
			must(t, err)
			if string(text) != "kept" {
				t.Errorf("the file behind the link holds %q", text)
			}
		})
	}
}

func TestAFirstStartAfterAKillCreatesTheDatabaseAgain(t *testing.T) {
	t.Parallel()
	root := filepath.Join(newFolder(t), "deep", "data")
	halves := func() (n int) {
		found, err := filepath.Glob(filepath.Join(root, halfMade+"*"))
		must(t, err)
		return len(found)
	}
	h := launchHolder(t, root)
	eventually(t, "initdb is at work", func() bool {
		found, _ := filepath.Glob(filepath.Join(root, halfMade+"-*", "base"))
		return len(found) > 0
	})
	h.kill()
	if _, err := os.Lstat(databaseIn(root)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a half-made database is in the place of a whole one: %v", err)
	}
	// What a kill at another moment, or an older version, leaves behind.
	must(t, os.Mkdir(filepath.Join(root, halfMade), 0o700))
	must(t, os.WriteFile(filepath.Join(root, halfMade+"-password-1"), []byte("x"), 0o600))
	p := start(t, root)
	if got := p.query(t, "select 1"); got != "1" {
		t.Errorf("answers %q", got)
	}
	if halves() != 0 {
		t.Error("half-made databases are left")
	}
}

func TestTheDatabaseUserCanTraverseTheDataFolder(t *testing.T) {
	t.Parallel()
	top := newFolder(t)
	for name, o := range map[string]struct {
		owner owner
		want  os.FileMode
	}{
		"root drops to another":  {owner{uid: os.Geteuid() + 1, gid: os.Getegid() + 1, drops: true}, 0o711},
		"a person runs it alone": {owner{uid: os.Geteuid(), gid: os.Getegid()}, 0o700},
	} {
		p := &Postgres{root: filepath.Join(top, name, "deep", "data"), owner: o.owner}
		must(t, p.makeRoot())
		for _, dir := range []string{p.root, filepath.Dir(p.root)} {
			info, err := os.Stat(dir)
			must(t, err)
			if info.Mode().Perm() != o.want {
				t.Errorf("%s: %s has %v", name, dir, info.Mode())
			}
		}
	}
}
