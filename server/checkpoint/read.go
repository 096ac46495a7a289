// Package checkpoint keeps signed checkpoints of the audit log in files outside the database.
//
// Rules: a file only grows, and each line is on the disk before it counts. A folder is a witness: its
// lines are one chain, so that a line that was taken out is noticed. A folder belongs to one machine;
// several processes may share it, and each machine has its own.
package checkpoint

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"amends/server/audit"
	"amends/server/keys"
)

// Copy is what a folder or a file has: the lines that are right, and in words what is not.
type Copy struct {
	Lines []audit.Signed
	// Problems name a file and a line; Torn are lines that a crash may have cut short, and nothing is
	// missing around them.
	Problems, Torn []string
	// Witness is zero for an empty folder, and for a file, which need not be complete.
	Witness audit.Witness
}

// TrustOf are the keys of a secrets folder whose checkpoints count.
func TrustOf(s keys.Secrets) audit.Trust {
	trust := audit.Trust{{Public: s.CheckpointKey().Public().(ed25519.PublicKey)}} //nolint:forcetypeassert // what an Ed25519 key returns
	for _, k := range s.Former {
		trust = append(trust, audit.TrustedKey{Public: k.Public, Until: k.Until})
	}
	return trust
}

// ErrFolder says that a folder of checkpoints cannot be read.
var ErrFolder = errors.New("the folder of checkpoints cannot be read")

// fileName is the name of a folder's n-th file, and pattern that of all.
const (
	fileName = "checkpoints-%06d.log"
	pattern  = "checkpoints-*.log"
)

// files lists a folder's files, oldest first.
func files(folder string) ([]string, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, ErrFolder
	}
	names, err := filepath.Glob(filepath.Join(folder, pattern))
	slices.Sort(names)
	return names, err //nolint:wrapcheck // the pattern is a constant
}

// Read reads a folder. Error: ErrFolder.
func Read(folder string, trust audit.Trust) (Copy, error) {
	names, err := files(folder)
	if err != nil {
		return Copy{}, err
	}
	var c Copy
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return Copy{}, fmt.Errorf("%w: %s", ErrFolder, filepath.Base(name))
		}
		c.add(filepath.Base(name), text, trust, true)
	}
	if len(c.Lines) > 0 {
		c.Witness.ID = c.Lines[0].Witness
		if c.Lines[0].Number > 1 {
			c.Witness.Since = c.Lines[0].At
		}
	}
	return c, nil
}

// ReadFile reads the checkpoints in any text file: a copy of a folder's file, or a server's log.
func ReadFile(name string, trust audit.Trust) (Copy, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Copy{}, fmt.Errorf("%s cannot be read", name)
	}
	var c Copy
	c.add(filepath.Base(name), text, trust, false)
	return c, nil
}

// add takes the lines of one file; whole ones belong to a folder and must be a chain.
func (c *Copy) add(name string, text []byte, trust audit.Trust, whole bool) {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		where := func() string { return fmt.Sprintf("%s, line %d,", name, number) }
		text := strings.TrimSuffix(string(line), "\n")
		if !whole {
			if text = within(text); text == "" {
				continue
			}
		}
		s, err := audit.ParseCheckpoint(text)
		if err != nil {
			if strings.TrimSpace(text) != "" {
				c.Torn = append(c.Torn, where()+" "+err.Error()+": it was cut short, or changed")
			}
			continue
		}
		if err := trust.Accepts(s); err != nil {
			c.Problems = append(c.Problems, where()+" "+err.Error())
			continue
		}
		if whole {
			c.chain(where, s)
		}
		c.Lines = append(c.Lines, s)
	}
}

// chain checks that a line follows the one before it. The oldest files may have been deleted.
func (c *Copy) chain(where func() string, s audit.Signed) {
	if len(c.Lines) == 0 {
		return
	}
	last := c.Lines[len(c.Lines)-1]
	switch {
	case s.Witness != last.Witness:
		c.Problems = append(c.Problems, where()+" is of another folder")
	case s.Number != last.Number+1 || s.Previous != last.Sum():
		c.Problems = append(c.Problems, where()+" does not follow the line before it: lines were taken out, doubled or changed")
	}
}

// within finds a checkpoint inside a line of another file, such as a log in JSON.
func within(line string) string {
	at := strings.Index(line, audit.CheckpointMark+" ")
	if at < 0 {
		return ""
	}
	line = line[at:]
	if end := strings.IndexByte(line, '"'); end >= 0 {
		line = line[:end]
	}
	return line
}
