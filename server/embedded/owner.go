package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// owner is who runs Postgres: the person themself, or, for root, whom Postgres accepts.
type owner struct {
	uid, gid int
	name     string
	// drops says that root gives up its rights for the database.
	drops bool
}

// dbOwner picks postgres, then the user behind sudo, then nobody; each needs a passwd entry.
func dbOwner(sudoUser string) (owner, error) {
	if os.Geteuid() != 0 {
		return owner{uid: os.Geteuid(), gid: os.Getegid(), name: "you"}, nil
	}
	for _, name := range []string{"postgres", sudoUser, "nobody"} {
		if name == "" || name == "root" {
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
	return owner{}, fmt.Errorf("PostgreSQL does not run as root, and no user `postgres` or `nobody` is there to run it")
}

func (o owner) give(path string) error {
	if !o.drops {
		return nil
	}
	return os.Chown(path, o.uid, o.gid)
}

// reaches says whether the owner can get to a path through all of its parents.
func (o owner) reaches(path string) bool {
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !o.enters(info) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
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
// so in words; it is empty for the usual place.
func ChooseDataDir(checkout, sudoUser string) (dir, note string, err error) {
	checkout, err = filepath.Abs(checkout)
	if err != nil {
		return "", "", fmt.Errorf("find the checkout: %w", err)
	}
	who, err := dbOwner(sudoUser)
	if err != nil {
		return "", "", err
	}
	usual := filepath.Join(checkout, ".data")
	if !who.drops || who.reaches(checkout) {
		return usual, "", nil
	}
	sum := sha256.Sum256([]byte(checkout))
	dir = filepath.Join("/var/lib/amends", hex.EncodeToString(sum[:6]))
	return dir, fmt.Sprintf("The database user %s cannot enter %s, so the data is kept in %s.", who.name, checkout, dir), nil
}
