package checkpoint

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"amends/server/audit"
	"amends/server/keys"

	"github.com/google/uuid"
)

// Limits of a folder: the newest files, of this size each. Every file repeats the newest checkpoint of
// each facility, so that nothing is lost with the oldest ones.
const (
	maxFile  = 1 << 20
	maxFiles = 16
)

// ErrBusy says that another process is writing the folder; the next time is soon enough.
var ErrBusy = errors.New("another process is writing the folder of checkpoints")

// Folder signs checkpoints into a folder. It remembers what it has signed, so that a folder that was
// cut while the process runs does not make it forget.
type Folder struct {
	path  string
	key   ed25519.PrivateKey
	trust audit.Trust
	mu    sync.Mutex
	known map[uuid.UUID]audit.Signed
}

// NewFolder returns a Folder; nothing is read or written yet.
func NewFolder(path string, secrets keys.Secrets) *Folder {
	return &Folder{path: path, key: secrets.CheckpointKey(), trust: TrustOf(secrets), known: map[uuid.UUID]audit.Signed{}}
}

// Known is how many entries the newest checkpoint of a facility covers, as far as this process has seen.
func (f *Folder) Known(facility uuid.UUID) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[facility].Seq
}

func (f *Folder) learn(s audit.Signed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if old, is := f.known[s.Facility]; !is || s.Seq >= old.Seq {
		f.known[s.Facility] = s
	}
}

// Book is a folder that is open for writing, by one process at a time.
type Book struct {
	folder *Folder
	lock   *os.File
	file   *os.File
	last   *audit.Signed
	// Problems are those of the folder as it was found.
	Problems []string
	// current are the facilities that have a checkpoint in the newest file.
	current map[uuid.UUID]bool
}

// Open opens the folder for writing. Errors: ErrBusy, ErrFolder.
func (f *Folder) Open() (_ *Book, err error) {
	b := &Book{folder: f, current: map[uuid.UUID]bool{}}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	if info, err := os.Stat(f.path); err != nil || !info.IsDir() {
		return nil, ErrFolder
	}
	if err := b.takeLock(); err != nil {
		return nil, err
	}
	was, err := Read(f.path, f.trust)
	if err != nil {
		return nil, err
	}
	b.Problems = was.Problems
	for i, s := range was.Lines {
		f.learn(s)
		b.last = &was.Lines[i]
	}
	return b, b.openFile()
}

// takeLock locks the folder against other processes; the lock ends with this one.
func (b *Book) takeLock() (err error) {
	if b.lock, err = os.OpenFile(filepath.Join(b.folder.path, "lock"), os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600); err != nil {
		return fmt.Errorf("open the lock of the folder of checkpoints: %w", err)
	}
	switch err := syscall.Flock(int(b.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return ErrBusy
	case err != nil:
		return fmt.Errorf("lock the folder of checkpoints: %w", err)
	}
	return nil
}

// openFile opens the newest file for appending, or a new one when that is full, and deletes the oldest
// beyond the limit.
func (b *Book) openFile() error {
	names, err := files(b.folder.path)
	if err != nil {
		return err
	}
	number, fresh := 1, len(names) == 0
	if !fresh {
		newest := names[len(names)-1]
		if _, err := fmt.Sscanf(filepath.Base(newest), fileName, &number); err != nil {
			return fmt.Errorf("%w: %s is no file of it", ErrFolder, filepath.Base(newest))
		}
		info, err := os.Stat(newest)
		if err != nil {
			return fmt.Errorf("look at the newest file: %w", err)
		}
		if fresh = info.Size() >= maxFile; fresh {
			number++
		}
	}
	name := filepath.Join(b.folder.path, fmt.Sprintf(fileName, number))
	if b.file, err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_RDWR|syscall.O_NOFOLLOW, 0o600); err != nil {
		return fmt.Errorf("open the file of checkpoints: %w", err)
	}
	if !fresh {
		return b.continueFile(name)
	}
	if err := syncFolder(b.folder.path); err != nil {
		return err
	}
	for len(names) >= maxFiles {
		if err := os.Remove(names[0]); err != nil {
			b.Problems = append(b.Problems, "the oldest file cannot be deleted")
		}
		names = names[1:]
	}
	return nil
}

// continueFile notes which facilities are in the file, and ends a line that a crash cut short.
func (b *Book) continueFile(name string) error {
	own, err := ReadFile(name, b.folder.trust)
	if err != nil {
		return err
	}
	for _, s := range own.Lines {
		b.current[s.Facility] = true
	}
	info, err := b.file.Stat()
	if err != nil || info.Size() == 0 {
		return err //nolint:wrapcheck // its caller says which folder
	}
	end := make([]byte, 1)
	if _, err := b.file.ReadAt(end, info.Size()-1); err != nil {
		return fmt.Errorf("read the end of the file: %w", err)
	}
	if end[0] == '\n' {
		return nil
	}
	_, err = b.file.WriteString("\n")
	return err //nolint:wrapcheck // its caller says which folder
}

// Newest is the newest checkpoint of a facility, in the folder or from memory.
func (b *Book) Newest(facility uuid.UUID) (audit.Signed, bool) {
	b.folder.mu.Lock()
	defer b.folder.mu.Unlock()
	s, is := b.folder.known[facility]
	return s, is
}

// Current reports whether the newest file has a checkpoint of a facility.
func (b *Book) Current(facility uuid.UUID) bool { return b.current[facility] }

// Add signs a checkpoint. It is on the disk when Add returns.
func (b *Book) Add(facility uuid.UUID, seq int64, hash [32]byte, at time.Time) (audit.Signed, error) {
	c := audit.Checkpoint{Number: 1, Facility: facility, Seq: seq, Hash: hash, At: at}
	if b.last == nil {
		c.Witness = uuid.New()
	} else {
		c.Witness, c.Number, c.Previous = b.last.Witness, b.last.Number+1, b.last.Sum()
	}
	s := c.Sign(b.folder.key)
	if _, err := b.file.WriteString(s.Line + "\n"); err != nil {
		return audit.Signed{}, fmt.Errorf("write a checkpoint: %w", err)
	}
	if err := b.file.Sync(); err != nil {
		return audit.Signed{}, fmt.Errorf("write a checkpoint to the disk: %w", err)
	}
	b.last, b.current[facility] = &s, true
	b.folder.learn(s)
	return s, nil
}

// Close ends writing.
func (b *Book) Close() {
	for _, f := range []*os.File{b.file, b.lock} {
		if f != nil {
			_ = f.Close()
		}
	}
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the folder of checkpoints: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("write the folder of checkpoints to the disk: %w", err)
	}
	return nil
}
