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

// owner is who runs Postgres: the person themself, or, for root, whom Postgres accepts.
type owner struct {
	uid, gid int
	name     string
	// drops says that root gives up its rights for the database.
	drops bool
}

// dbOwner is whoever runs this, unless that is root: then the owner of an existing database,
// whom Postgres insists on, else postgres, the user behind sudo, or nobody. initdb wants each
// to have a passwd entry.
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

// give hands a file or folder to the owner. A link is never followed: the owner must not be
// able to make root give away something else.
func (o owner) give(path string) error {
	if !o.drops {
		return nil
	}
	if err := os.Lchown(path, o.uid, o.gid); err != nil {
		return fmt.Errorf("give %s to the database user %s: %w", filepath.Base(path), o.name, err)
	}
	return nil
}

// reaches says whether the owner can get to a path through all of its parents, those behind a
// link too. What is not there yet keeps nobody out.
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

// resolved follows the links of the part of a path that is there.
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

// ChooseDataDir says where the data of a checkout goes: `.data` inside it, or, when root runs
// a database user who cannot get there, /var/lib/amends/<hash of the checkout>. The note says
// so in words; it is empty for the usual place. Nothing is made.
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
	// Of the real path: a link to the checkout must not lead to another, empty database.
	sum := sha256.Sum256([]byte(resolved(checkout)))
	dir = filepath.Join("/var/lib/amends", hex.EncodeToString(sum[:6]))
	return dir, fmt.Sprintf("The database user %s cannot enter %s, so the data is kept in %s.", who.name, checkout, dir), nil
}
