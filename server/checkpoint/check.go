package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// What is wrong with the place of a folder, for operators.
var (
	ErrMissing  = errors.New("CHECKPOINT_DIR is not there: make it, for the user that runs the server, with mode 700. On a disk of its own, look whether that is mounted")
	ErrReadOnly = errors.New("CHECKPOINT_DIR cannot be written by this user: no checkpoint would be signed, and a cut end of the audit log would not be found. Run this as the user that runs the server")
	ErrOpen     = errors.New("CHECKPOINT_DIR can be changed by others on this machine: chmod 700 it")
	ErrInside   = errors.New("CHECKPOINT_DIR is inside a data folder of Postgres: who restores or changes the database changes the checkpoints with it. Put it elsewhere, best on another disk")
	ErrSecrets  = errors.New("CHECKPOINT_DIR is in SECRETS_DIR: the server must not be able to write there. Put it elsewhere")
)

// mayWrite is W_OK and X_OK of access(2).
const mayWrite = 2 | 1

// Check says what is wrong with the place of a folder; it changes nothing. It cannot know a database on
// another machine, nor that two folders are on one disk.
func Check(folder, secrets string) error {
	info, err := os.Stat(folder)
	if err != nil || !info.IsDir() {
		return ErrMissing
	}
	var wrong []error
	if syscall.Access(folder, mayWrite) != nil {
		wrong = append(wrong, ErrReadOnly)
	}
	if info.Mode().Perm()&0o022 != 0 {
		wrong = append(wrong, ErrOpen)
	}
	for _, parent := range parents(folder) {
		if _, err := os.Stat(filepath.Join(parent, "PG_VERSION")); err == nil {
			wrong = append(wrong, ErrInside)
			break
		}
	}
	if inside(folder, secrets) {
		wrong = append(wrong, ErrSecrets)
	}
	return errors.Join(wrong...)
}

// parents are a folder and all that it is in, with links resolved.
func parents(folder string) (all []string) {
	path := resolved(folder)
	for ; ; path = filepath.Dir(path) {
		all = append(all, path)
		if path == filepath.Dir(path) {
			return all
		}
	}
}

func inside(folder, other string) bool {
	if other == "" {
		return false
	}
	rest, err := filepath.Rel(resolved(other), resolved(folder))
	return err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator))
}

func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	return path
}
