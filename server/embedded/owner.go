package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// ErrUnreachable says that the database user cannot enter a folder that it needs.
var ErrUnreachable = errors.New("the database user cannot enter a folder")

// owner is the user who runs Postgres: the current user, or under root one that Postgres accepts.
type owner struct {
	uid, gid int
	name     string
	// drops says that root gives up its privileges for the database.
	drops bool
}

// dbOwner is the current user, unless that is root: then the owner of an existing database, as Postgres
// requires, else postgres, the user behind sudo, or nobody. initdb needs a passwd entry for each.
func dbOwner(sudoUser, data string) (owner, error) {
	if os.Geteuid() != 0 {
		return owner{uid: os.Geteuid(), gid: os.Getegid(), name: "you"}, nil
	}
	if info, err := os.Stat(data); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
			o := owner{uid: int(stat.Uid), gid: int(stat.Gid), name: strconv.Itoa(int(stat.Uid)), drops: true}
			if u, err := user.LookupId(o.name); err == nil {
				o.name = u.Username
			}
			return o, nil
		}
	}
	for _, name := range []string{"postgres", sudoUser, "nobody"} {
		if name == "" {
			continue
		}
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			return owner{uid: uid, gid: gid, name: name, drops: true}, nil
		}
	}
	return owner{}, errors.New("PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it")
}

// give changes the owner of a file or folder. It never follows a link: the owner must not be able to
// make root give away something else.
func (o owner) give(path string) error {
	if !o.drops {
		return nil
	}
	if err := os.Lchown(path, o.uid, o.gid); err != nil {
		return fmt.Errorf("give %s to the database user %s: %w", filepath.Base(path), o.name, err)
	}
	return nil
}

// reaches reports whether the owner can traverse all parents of a path, also those behind links.
// Folders that do not exist yet count as open.
func (o owner) reaches(path string) bool {
	return o.walks(path) && o.walks(resolved(path))
}

func (o owner) walks(path string) bool {
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !o.enters(info) || err != nil && !errors.Is(err, os.ErrNotExist) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// resolved follows links in the existing part of a path.
func resolved(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil && path != filepath.Dir(path) {
		return filepath.Join(resolved(filepath.Dir(path)), filepath.Base(path))
	}
	if err != nil {
		return path
	}
	return real
}

func (o owner) enters(info os.FileInfo) bool {
	mode := info.Mode().Perm()
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return mode&0o001 != 0
	case int(stat.Uid) == o.uid:
		return mode&0o100 != 0
	case int(stat.Gid) == o.gid:
		return mode&0o010 != 0
	}
	return mode&0o001 != 0
}

// ChooseDataDir returns the data folder of a checkout: `.data` inside it, or, when root runs a database
// user who cannot enter that, /var/lib/amends/<hash of the checkout>. The note says so for people; it
// is empty for the usual folder. Nothing is created.
func ChooseDataDir(checkout, sudoUser string) (dir, note string, err error) {
	checkout, err = filepath.Abs(checkout)
	if err != nil {
		return "", "", fmt.Errorf("find the checkout: %w", err)
	}
	usual := filepath.Join(checkout, ".data")
	who, err := dbOwner(sudoUser, databaseIn(usual))
	if err != nil {
		return "", "", err
	}
	if !who.drops || who.reaches(checkout) {
		return usual, "", nil
	}
	// The hash of the real path: a link to the checkout must not get another, empty database.
	sum := sha256.Sum256([]byte(resolved(checkout)))
	dir = filepath.Join("/var/lib/amends", hex.EncodeToString(sum[:6]))
	return dir, fmt.Sprintf("The database user %s cannot enter %s, so the data is kept in %s.", who.name, checkout, dir), nil
}
