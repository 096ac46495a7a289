package embedded

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// other is a user who is neither the test's user nor in its group.
func other() owner {
	return owner{uid: os.Geteuid() + 4321, gid: os.Getegid() + 4321, name: "other", drops: true}
}

func TestAnyParentFolderWithoutAccessIsNoticed(t *testing.T) {
	t.Parallel()
	top := newFolder(t)
	open, closed := filepath.Join(top, "open"), filepath.Join(top, "closed")
	for dir, mode := range map[string]os.FileMode{open: 0o711, closed: 0o700} {
		must(t, os.MkdirAll(filepath.Join(dir, "inside"), 0o755))
		must(t, os.Chmod(filepath.Join(dir, "inside"), 0o755))
		must(t, os.Chmod(dir, mode))
	}
	// A link in an accessible folder to a target behind an inaccessible one.
	link := filepath.Join(open, "link")
	must(t, os.Symlink(filepath.Join(closed, "inside"), link))
	me := owner{uid: os.Geteuid(), gid: os.Getegid()}
	for path, want := range map[string]bool{
		open: true, filepath.Join(open, "inside"): true, filepath.Join(open, "not", "there"): true,
		closed: false, filepath.Join(closed, "inside"): false, filepath.Join(closed, "not", "there"): false,
		link: false, filepath.Join(link, "not there"): false,
	} {
		if got := other().reaches(path); got != want {
			t.Errorf("reaches %s: %v", path, got)
		}
		if !me.reaches(path) {
			t.Errorf("its owner does not reach %s", path)
		}
	}
}

func TestTheDatabaseNeverRunsAsRoot(t *testing.T) {
	t.Parallel()
	who, err := dbOwner("root", filepath.Join(t.TempDir(), "none"))
	must(t, err)
	if os.Geteuid() != 0 {
		if diff := cmp.Diff(owner{uid: os.Geteuid(), gid: os.Getegid(), name: "you"}, who, cmp.AllowUnexported(owner{})); diff != "" {
			t.Error(diff)
		}
		return
	}
	u, err := user.Lookup(who.name)
	must(t, err)
	if who.uid == 0 || !who.drops || u.Uid != strconv.Itoa(who.uid) {
		t.Errorf("runs as %+v", who)
	}
}

func TestAnExistingDatabaseKeepsItsOwner(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	want := owner{uid: os.Geteuid(), gid: os.Getegid(), name: "you"}
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("nobody")
		must(t, err)
		want = owner{name: "nobody", drops: true}
		want.uid, err = strconv.Atoi(nobody.Uid)
		must(t, err)
		want.gid, err = strconv.Atoi(nobody.Gid)
		must(t, err)
		must(t, want.give(data))
	}
	got, err := dbOwner("", data)
	must(t, err)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(owner{})); diff != "" {
		t.Error(diff)
	}
}

func TestTheDataIsInTheCheckoutUnlessTheDatabaseUserCannotGetThere(t *testing.T) {
	t.Parallel()
	open, closed := newFolder(t), filepath.Join(newFolder(t), "closed")
	must(t, os.Mkdir(closed, 0o700))
	link := filepath.Join(newFolder(t), "link")
	must(t, os.Symlink(closed, link))

	dir, note, err := ChooseDataDir(open, "")
	must(t, err)
	if dir != filepath.Join(open, ".data") || note != "" {
		t.Errorf("an open checkout: %s %q", dir, note)
	}
	dir, note, err = ChooseDataDir(closed, "")
	must(t, err)
	byLink, _, err := ChooseDataDir(link, "")
	must(t, err)
	if os.Geteuid() != 0 {
		if dir != filepath.Join(closed, ".data") || note != "" || byLink != filepath.Join(link, ".data") {
			t.Errorf("one's own closed checkout: %s %q, by link %s", dir, note, byLink)
		}
		return
	}
	if !strings.HasPrefix(dir, "/var/lib/amends/") || len(dir) != len("/var/lib/amends/")+12 || !strings.Contains(note, dir) || !strings.Contains(note, closed) {
		t.Errorf("a closed checkout of root: %s %q", dir, note)
	}
	if byLink != dir {
		t.Errorf("by a link the data is in %s, else in %s", byLink, dir)
	}
}

func TestAnInaccessibleDataFolderIsReportedAndNothingIsCreated(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(newFolder(t), "closed")
	must(t, os.Mkdir(closed, 0o700))
	p := &Postgres{root: filepath.Join(closed, "data"), data: databaseIn(filepath.Join(closed, "data")), owner: other()}
	if err := p.prepareFolder(); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), p.root) {
		t.Errorf("said %v", err)
	}
	if entries, err := os.ReadDir(closed); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
