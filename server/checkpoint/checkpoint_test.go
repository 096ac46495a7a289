package checkpoint_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"amends/server/checkpoint"
	"amends/server/keys"

	"github.com/google/uuid"
)

var now = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func newSecrets(t *testing.T) keys.Secrets {
	t.Helper()
	files, err := keys.NewSecrets(nil, now)
	check(t, err)
	s, err := keys.ParseSecrets(files)
	check(t, err)
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// signed writes n checkpoints of one facility into a new folder.
func signed(t *testing.T, secrets keys.Secrets, facility uuid.UUID, n int) string {
	t.Helper()
	folder := t.TempDir()
	book, err := checkpoint.NewFolder(folder, secrets).Open()
	check(t, err)
	defer book.Close()
	for i := range n {
		_, err := book.Add(facility, int64(i+1), [32]byte{byte(i)}, now.Add(time.Duration(i)*time.Minute))
		check(t, err)
	}
	return folder
}

func first(folder string) string { return filepath.Join(folder, "checkpoints-000001.log") }

func TestAFolderOfCheckpointsOnlyGrowsAndIsReadBack(t *testing.T) {
	t.Parallel()
	secrets, facility := newSecrets(t), uuid.New()
	folder := signed(t, secrets, facility, 3)
	info, err := os.Stat(first(folder))
	check(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others can read or write it: %v", info.Mode())
	}
	before, err := os.ReadFile(first(folder))
	check(t, err)
	// Another process goes on where the first one ended.
	f := checkpoint.NewFolder(folder, secrets)
	book, err := f.Open()
	check(t, err)
	if s, is := book.Newest(facility); !is || s.Seq != 3 || !book.Current(facility) || f.Known(facility) != 3 {
		t.Errorf("the newest is %+v", s)
	}
	_, err = book.Add(facility, 4, [32]byte{}, now)
	check(t, err)
	if _, err := checkpoint.NewFolder(folder, secrets).Open(); err != checkpoint.ErrBusy { //nolint:errorlint // the sentinel itself
		t.Errorf("two write at once: %v", err)
	}
	book.Close()
	after, err := os.ReadFile(first(folder))
	check(t, err)
	c, err := checkpoint.Read(folder, checkpoint.TrustOf(secrets))
	check(t, err)
	if !bytes.HasPrefix(after, before) || len(c.Lines) != 4 || len(c.Problems)+len(c.Torn) != 0 || c.Witness.ID != c.Lines[0].Witness || c.Lines[3].Number != 4 {
		t.Errorf("%+v", c)
	}
	if strings.Count(string(after), "amends-checkpoint-1 witness=") != 4 {
		t.Errorf("%s", after)
	}
}

// Every way to change a folder is a problem in words; a line that a crash cut short is not, as long as
// nothing around it is missing.
func TestAChangedFolderOfCheckpointsIsNoticed(t *testing.T) {
	t.Parallel()
	secrets, facility := newSecrets(t), uuid.New()
	others := signed(t, newSecrets(t), facility, 1)
	theirs := signed(t, secrets, facility, 1)
	edit := func(change func([]string) []string) func(*testing.T, string) {
		return func(t *testing.T, folder string) {
			t.Helper()
			text, err := os.ReadFile(first(folder))
			check(t, err)
			check(t, os.WriteFile(first(folder), []byte(strings.Join(change(strings.SplitAfter(string(text), "\n")), "")), 0o600))
		}
	}
	line := func(t *testing.T, folder string) string {
		t.Helper()
		text, err := os.ReadFile(first(folder))
		check(t, err)
		return string(text)
	}
	for _, row := range []struct {
		name, want string
		change     func(*testing.T, string)
	}{
		{"untouched", "", func(*testing.T, string) {}},
		{"a line taken out", "line 2, does not follow the line before it", edit(func(l []string) []string { return append(l[:1], l[2:]...) })},
		{"two swapped", "does not follow the line before it", edit(func(l []string) []string { l[1], l[2] = l[2], l[1]; return l })},
		{"one doubled", "does not follow the line before it", edit(func(l []string) []string { return append(l, l[2]) })},
		{"another number of entries", "line 2, was changed after it was signed, or is a forgery", edit(func(l []string) []string { l[1] = strings.Replace(l[1], "entries=2", "entries=9", 1); return l })},
		{"no checkpoint in its place", "line 3, does not follow", edit(func(l []string) []string { l[1] = "x\n"; return l })},
		{"signed with a key of somebody else", "none of this secrets folder", edit(func(l []string) []string { return append(l, line(t, others)) })},
		{"a line of another folder", "is of another folder", edit(func(l []string) []string { return append(l, line(t, theirs)) })},
		{"cut short by a crash", "", func(t *testing.T, folder string) {
			t.Helper()
			edit(func(l []string) []string { return append(l, l[2][:40]) })(t, folder)
			book, err := checkpoint.NewFolder(folder, secrets).Open()
			check(t, err)
			defer book.Close()
			_, err = book.Add(facility, 9, [32]byte{}, now)
			check(t, err)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			folder := signed(t, secrets, facility, 3)
			row.change(t, folder)
			c, err := checkpoint.Read(folder, checkpoint.TrustOf(secrets))
			check(t, err)
			if got := strings.Join(c.Problems, "\n"); (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
				t.Errorf("the problems are %q", got)
			}
			if row.name == "cut short by a crash" && (len(c.Torn) != 1 || len(c.Lines) != 4) {
				t.Errorf("%+v", c)
			}
		})
	}
	if _, err := checkpoint.Read(filepath.Join(t.TempDir(), "none"), nil); err == nil {
		t.Error("a folder that is not there was read")
	}
}

// A folder is bounded; what goes with its oldest file is still in the newest one.
func TestAFolderOfCheckpointsIsBounded(t *testing.T) {
	t.Parallel()
	secrets, facility, folder := newSecrets(t), uuid.New(), t.TempDir()
	f := checkpoint.NewFolder(folder, secrets)
	for n := range 20 {
		book, err := f.Open()
		check(t, err)
		if n > 0 && book.Current(facility) {
			t.Fatalf("file %d begins without being asked for the newest checkpoint", n)
		}
		s, err := book.Add(facility, int64(n+1), [32]byte{}, now)
		check(t, err)
		book.Close()
		names, err := filepath.Glob(filepath.Join(folder, "checkpoints-*.log"))
		check(t, err)
		slices.Sort(names)
		file, err := os.OpenFile(names[len(names)-1], os.O_APPEND|os.O_WRONLY, 0)
		check(t, err)
		_, err = file.Write(append(bytes.Repeat([]byte(" "), 1<<20), '\n')) // full
		check(t, err)
		check(t, file.Close())
		if len(names) > 16 || s.Number != int64(n+1) {
			t.Fatalf("%d files, number %d", len(names), s.Number)
		}
	}
	c, err := checkpoint.Read(folder, checkpoint.TrustOf(secrets))
	check(t, err)
	if len(c.Problems) != 0 || c.Lines[len(c.Lines)-1].Seq != 20 || c.Lines[0].Number != 5 || c.Witness.Since.IsZero() {
		t.Errorf("%d lines from number %d, %v", len(c.Lines), c.Lines[0].Number, c.Problems)
	}
}

// A log with copies of checkpoints counts too, and need not have all.
func TestCheckpointsAreFoundInALog(t *testing.T) {
	t.Parallel()
	secrets, facility := newSecrets(t), uuid.New()
	text, err := os.ReadFile(first(signed(t, secrets, facility, 3)))
	check(t, err)
	lines := strings.Split(string(text), "\n")
	log := filepath.Join(t.TempDir(), "amends.log")
	check(t, os.WriteFile(log, fmt.Appendf(nil, "{\"msg\":\"ready\"}\n{\"checkpoint\":\"%s\",\"n\":1}\n%s\n", lines[0], lines[2]), 0o600))
	c, err := checkpoint.ReadFile(log, checkpoint.TrustOf(secrets))
	check(t, err)
	if len(c.Lines) != 2 || len(c.Problems) != 0 || c.Witness.ID != uuid.Nil {
		t.Errorf("%+v", c)
	}
}

// A checkpoint of a replaced key counts until then; one that is signed with it later does not.
func TestAReplacedKeyVerifiesWhatItSigned(t *testing.T) {
	t.Parallel()
	old, facility := newSecrets(t), uuid.New()
	folder := signed(t, old, facility, 2)
	fresh, former, err := old.ReplaceAudit(bytes.Repeat([]byte{7}, 32), now.Add(90*time.Second))
	check(t, err)
	files, err := keys.NewSecrets(nil, now)
	check(t, err)
	files[keys.AuditFile], files[keys.FormerFile] = fresh, former
	changed, err := keys.ParseSecrets(files)
	check(t, err)
	write := func(s keys.Secrets, seq int64, at time.Time) {
		book, err := checkpoint.NewFolder(folder, s).Open()
		check(t, err)
		defer book.Close()
		_, err = book.Add(facility, seq, [32]byte{}, at)
		check(t, err)
	}
	write(changed, 3, now.Add(2*time.Minute))
	c, err := checkpoint.Read(folder, checkpoint.TrustOf(changed))
	check(t, err)
	if len(c.Lines) != 3 || len(c.Problems) != 0 || c.Lines[1].Key == c.Lines[2].Key {
		t.Errorf("%+v", c)
	}
	write(old, 4, now.Add(3*time.Minute))
	c, err = checkpoint.Read(folder, checkpoint.TrustOf(changed))
	check(t, err)
	if len(c.Problems) != 1 || !strings.Contains(c.Problems[0], "which was replaced before that") {
		t.Errorf("%q", c.Problems)
	}
	if _, same := old.Checks()[keys.AuditFile]; !same {
		t.Error("the first key's check has another name")
	}
	if _, same := changed.Checks()[keys.AuditFile]; same {
		t.Error("the replaced key's check would refuse the new one")
	}
}

func TestTheDoctorKnowsBadPlaces(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	inside := func(parts ...string) string {
		folder := filepath.Join(append([]string{base}, parts...)...)
		check(t, os.MkdirAll(folder, 0o700))
		return folder
	}
	good, secrets := inside("good"), inside("secrets")
	data := inside("main", "checkpoints")
	check(t, os.WriteFile(filepath.Join(base, "main", "PG_VERSION"), []byte("15\n"), 0o600))
	linked := filepath.Join(base, "linked")
	check(t, os.Symlink(data, linked))
	open := inside("open")
	check(t, os.Chmod(open, 0o777))
	for _, row := range []struct {
		folder string
		want   error
	}{
		{good, nil}, {filepath.Join(base, "none"), checkpoint.ErrMissing}, {data, checkpoint.ErrInside}, {linked, checkpoint.ErrInside},
		{inside("secrets", "checkpoints"), checkpoint.ErrSecrets}, {inside("secrets-2"), nil}, {open, checkpoint.ErrOpen},
	} {
		if err := checkpoint.Check(row.folder, secrets); row.want == nil && err != nil || row.want != nil && (err == nil || !strings.Contains(err.Error(), row.want.Error())) {
			t.Errorf("%s: %v", strings.TrimPrefix(row.folder, base), err)
		}
	}
	if syscall.Geteuid() == 0 {
		return // root may write anywhere
	}
	check(t, os.Chmod(good, 0o500))
	if err := checkpoint.Check(good, secrets); err == nil || !strings.Contains(err.Error(), checkpoint.ErrReadOnly.Error()) {
		t.Errorf("a folder that cannot be written: %v", err)
	}
}
