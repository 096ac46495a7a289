// Package audit is the tamper-evident log of a facility: what was done, by whom, to what, and
// whether it was allowed.
//
// The rule: an entry holds ids, codes and times, never a name, a value or free text. Each
// entry's hash covers the one before it, so that nothing can be changed or taken out of the
// middle without every later hash being wrong.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Outcome says how an act ended.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Entry is one line of the log. Seq counts from 1 in each facility without a gap.
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

// Genesis is what the first entry of a facility follows.
func Genesis(facility uuid.UUID) [32]byte {
	return sha256.Sum256(append([]byte("amends audit v1\x00"), facility[:]...))
}

// Hash chains an entry to the hash of the one before: SHA-256 over length-prefixed binary
// fields, never JSON, whose spelling is not unique. Times count whole microseconds, which is
// what Postgres keeps.
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

// Verifier walks a facility's log from its start and finds the first entry that is not what
// was written. A tail that was cut off is found only by a checkpoint kept elsewhere.
type Verifier struct {
	seq  int64
	last [32]byte
}

// NewVerifier starts before the first entry of a facility.
func NewVerifier(facility uuid.UUID) *Verifier { return &Verifier{last: Genesis(facility)} }

// Next checks the next entry; the error says which entry is wrong and how.
func (v *Verifier) Next(s Stored) error {
	switch {
	case s.Seq != v.seq+1:
		return fmt.Errorf("entry %d follows entry %d: one is missing or doubled", s.Seq, v.seq)
	case s.Previous != v.last:
		return fmt.Errorf("entry %d does not follow the entry before it", s.Seq)
	case s.Hash(v.last) != s.Sum:
		return fmt.Errorf("entry %d was changed", s.Seq)
	}
	v.seq, v.last = s.Seq, s.Sum
	return nil
}

// Head is the last good entry's number and hash.
func (v *Verifier) Head() (seq int64, hash [32]byte) { return v.seq, v.last }
