package embedded

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The data folder holds, besides what its user keeps there:
//
//  lock                 locked by the one amends that runs on it
//  superuser-password   0600
//  postgres             the database, complete from the moment it has this name
//  postgres.new-*       a database that is being created
//  postgres.log         of the last start, without statements
//  run                  the socket, unless its path is too long
//
// Under root the folder stays root's, so that the database user cannot plant links where root writes.

func databaseIn(root string) string { return filepath.Join(root, "postgres") }

// ErrInUse says that another process runs on the same data folder.
var ErrInUse = errors.New("another amends is running on this data folder; stop it first")

// prepareFolder creates the folder, takes its lock, and determines socket folder and password.
func (p *Postgres) prepareFolder() error {
	if !p.owner.reaches(p.root) {
		return fmt.Errorf("%w: %s, for user %s; it or a parent folder denies access", ErrUnreachable, p.root, p.owner.name)
	}
	if err := p.makeRoot(); err != nil {
		return err
	}
	if err := p.takeLock(); err != nil {
		return err
	}
	var err error
	if p.socket, err = p.socketFolder(); err != nil {
		return err
	}
	p.password, err = p.keptPassword()
	return err
}

// makeRoot creates the folder and its missing parents so that the owner can traverse them, whatever
// root's umask.
func (p *Postgres) makeRoot() error {
	var missing []string
	for dir := p.root; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		missing = append(missing, dir)
	}
	mode := os.FileMode(0o700)
	if p.owner.drops {
		mode = 0o711
	}
	if err := os.MkdirAll(p.root, mode); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	for _, dir := range missing {
		if err := os.Chmod(dir, mode); err != nil {
			return fmt.Errorf("open the data folder to the database user: %w", err)
		}
	}
	return nil
}

func (p *Postgres) takeLock() error {
	lock, err := os.OpenFile(filepath.Join(p.root, "lock"), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return fmt.Errorf("open the lock of the data folder: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return ErrInUse
		}
		return fmt.Errorf("lock the data folder: %w", err)
	}
	p.lock = lock
	return nil
}

// unlock releases the folder. It removes the socket folder first: once the lock is free, that may
// belong to the next process.
func (p *Postgres) unlock() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lock == nil {
		return
	}
	// Postgres has removed its socket; a folder that is not empty stays.
	_ = os.Remove(p.socket)
	_ = p.lock.Close()
	p.lock = nil
}

// maxSocketFolder in bytes leaves room for the socket's name within 100 bytes; Linux allows 107, macOS
// 103.
const maxSocketFolder = 85

// socketFolder is inside the data folder, or, if that path is too long for a socket, a private folder
// in the system's temporary folder.
func (p *Postgres) socketFolder() (string, error) {
	dir := filepath.Join(p.root, "run")
	if len(dir) > maxSocketFolder {
		name := "amends-" + shortHash(dir)
		if dir = filepath.Join(os.TempDir(), name); len(dir) > maxSocketFolder {
			dir = filepath.Join("/tmp", name)
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("make the socket folder: %w", err)
	}
	if err := p.ownFolder(dir); err != nil {
		return "", err
	}
	if !p.owner.reaches(dir) {
		return "", fmt.Errorf("%w: %s, for user %s; it or a parent folder denies access", ErrUnreachable, dir, p.owner.name)
	}
	return dir, nil
}

// ownFolder gives a folder to the owner, unless somebody else created it or put a link there: anybody
// on the machine can guess its name in the temporary folder.
func (p *Postgres) ownFolder(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("look at the socket folder: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	uid := -1
	if ok {
		uid = int(stat.Uid)
	}
	if !info.IsDir() || uid != os.Geteuid() && uid != p.owner.uid || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("somebody else made %s, where the database's socket belongs; remove it first", dir)
	}
	if uid == p.owner.uid {
		return nil
	}
	return p.owner.give(dir)
}

// passwordFile is readable only by the user who starts the demo.
const passwordFile = "superuser-password"

// keptPassword reads the superuser's password, or generates it before the database is created. A lost
// password is not replaced: the database would not know the new one.
func (p *Postgres) keptPassword() (string, error) {
	path := filepath.Join(p.root, passwordFile)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the password of the database: %w", err)
	}
	if password := strings.TrimSpace(string(text)); len(password) == 2*passwordBytes {
		return password, nil
	}
	if major, err := majorOf(p.data); err != nil || major != 0 {
		return "", errors.Join(err, fmt.Errorf("%w: %s is lost; put it back", ErrDamaged, passwordFile))
	}
	b := make([]byte, passwordBytes)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	password := hex.EncodeToString(b)
	if err := writeWhole(path, password+"\n"); err != nil {
		return "", fmt.Errorf("keep the password of the database: %w", err)
	}
	return password, nil
}

const passwordBytes = 24

// writeWhole atomically creates a 0600 file: it exists with all of its text or not at all, also after a
// power failure.
func writeWhole(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the directory entries of a folder durable (fsync).
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
