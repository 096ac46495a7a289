// Package audit is the tamper-evident log of a facility: who did what to what, and whether it was
// allowed.
//
// Rule: an entry contains ids, codes and times, never a name, a value or free text. Entries are a hash
// chain: changing or removing an entry in the middle makes every later hash wrong.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Outcome is whether an act was allowed.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Entry is one line of the log. Seq counts from 1 in each facility, without gaps.
type Entry struct {
	Facility   uuid.UUID
	Seq        int64
	At         time.Time
	ActorKind  string
	Actor      uuid.UUID
	Action     string
	ObjectKind string
	Object     uuid.UUID
	Outcome    Outcome
	Request    uuid.UUID
}

// Genesis is the hash that a facility's first entry chains to.
func Genesis(facility uuid.UUID) [32]byte {
	return sha256.Sum256(append([]byte("amends audit v1\x00"), facility[:]...))
}

// Hash chains an entry to the previous hash: SHA-256 over length-prefixed binary fields, not JSON,
// whose encoding is not unique. Times are in whole microseconds, the resolution of Postgres.
func (e Entry) Hash(previous [32]byte) [32]byte {
	h := sha256.New()
	field := func(b []byte) {
		var size [4]byte
		binary.BigEndian.PutUint32(size[:], uint32(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	number := func(n int64) { field(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	field(previous[:])
	field(e.Facility[:])
	number(e.Seq)
	number(e.At.UnixMicro())
	field([]byte(e.ActorKind))
	field(e.Actor[:])
	field([]byte(e.Action))
	field([]byte(e.ObjectKind))
	field(e.Object[:])
	field([]byte(e.Outcome))
	field(e.Request[:])
	return [32]byte(h.Sum(nil))
}

// Stored is an entry as the database holds it.
type Stored struct {
	Entry
	Previous, Sum [32]byte
}

// Verifier checks a facility's log from its start and finds the first entry that was altered. Entries
// removed from the end are only detected with a checkpoint stored elsewhere (Compare).
type Verifier struct {
	seq  int64
	last [32]byte
}

// NewVerifier starts before the first entry of a facility.
func NewVerifier(facility uuid.UUID) *Verifier { return &Verifier{last: Genesis(facility)} }

// NewVerifierAfter starts after an entry that is known to be right.
func NewVerifierAfter(seq int64, hash [32]byte) *Verifier { return &Verifier{seq: seq, last: hash} }

// Next checks the next entry; the error says which entry is wrong, and how.
func (v *Verifier) Next(s Stored) error {
	switch {
	case s.Seq != v.seq+1:
		return fmt.Errorf("entry %d follows entry %d: some are missing or doubled", s.Seq, v.seq)
	case s.Previous != v.last:
		return fmt.Errorf("entry %d does not follow the entry before it: one of them was changed, or the order", s.Seq)
	case s.Hash(v.last) != s.Sum:
		return fmt.Errorf("entry %d was changed", s.Seq)
	}
	v.seq, v.last = s.Seq, s.Sum
	return nil
}

// Head returns the number and hash of the last valid entry.
func (v *Verifier) Head() (seq int64, hash [32]byte) { return v.seq, v.last }
