package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Checkpoint states how many entries a facility's log had at a time, and the hash of the last one. It
// is signed and kept outside the database: whoever changes the log cannot change it too.
//
// The checkpoints of one folder, its witness, are a chain of their own over all facilities.
type Checkpoint struct {
	Witness uuid.UUID
	// Number counts a witness's checkpoints from 1; Previous is the hash of the one before.
	Number   int64
	Previous [32]byte
	Facility uuid.UUID
	Seq      int64
	Hash     [32]byte
	At       time.Time
}

// CheckpointAction is the action of the entry that each new checkpoint adds to the log: its actor is
// the witness, its object the checkpoint's id. So a checkpoint that was taken away is missed.
const CheckpointAction = "checkpoint.signed"

// CheckpointMark is the first word of every checkpoint.
const CheckpointMark = "amends-checkpoint-1"

// KeyID names a key: the first half of its hash in hexadecimal.
type KeyID string

// KeyOf returns the name of a public key.
func KeyOf(public ed25519.PublicKey) KeyID {
	sum := sha256.Sum256(public)
	return KeyID(hex.EncodeToString(sum[:8]))
}

// Signed is a checkpoint as one line of text. Parsing checks its form only; Trust checks who signed it.
type Signed struct {
	Checkpoint
	Key       KeyID
	Line      string
	signature []byte
}

// signedText is what the signature covers, and what the line starts with.
func (c Checkpoint) signedText(key KeyID) string {
	return fmt.Sprintf("%s witness=%s number=%d previous=%x facility=%s entries=%d hash=%x at=%s key=%s",
		CheckpointMark, c.Witness, c.Number, c.Previous, c.Facility, c.Seq, c.Hash, c.At.UTC().Format(time.RFC3339), key)
}

// Sign signs a checkpoint.
func (c Checkpoint) Sign(key ed25519.PrivateKey) Signed {
	c.At = c.At.UTC().Truncate(time.Second)
	name := KeyOf(key.Public().(ed25519.PublicKey)) //nolint:forcetypeassert // what an Ed25519 key returns
	text := c.signedText(name)
	signature := ed25519.Sign(key, []byte(text))
	return Signed{Checkpoint: c, Key: name, Line: text + " signature=" + base64.RawURLEncoding.EncodeToString(signature), signature: signature}
}

// Sum is the hash to which the witness's next checkpoint chains.
func (s Signed) Sum() [32]byte { return sha256.Sum256([]byte(s.Line)) }

// ID identifies a checkpoint in the log.
func (s Signed) ID() uuid.UUID {
	sum := s.Sum()
	return uuid.UUID(sum[:16])
}

var errLine = errors.New("cannot be read as a checkpoint")

// ParseCheckpoint reads a line. Only the exact text that Sign makes is accepted.
func ParseCheckpoint(line string) (Signed, error) {
	var c Checkpoint
	var witness, previous, facility, hash, at, key, signature string
	n, err := fmt.Sscanf(line, CheckpointMark+" witness=%s number=%d previous=%s facility=%s entries=%d hash=%s at=%s key=%s signature=%s",
		&witness, &c.Number, &previous, &facility, &c.Seq, &hash, &at, &key, &signature)
	if err != nil || n != 9 {
		return Signed{}, errLine
	}
	var bad [5]error
	c.Witness, bad[0] = uuid.Parse(witness)
	c.Facility, bad[1] = uuid.Parse(facility)
	c.At, bad[2] = time.Parse(time.RFC3339, at)
	bad[3] = errors.Join(hexInto(&c.Previous, previous), hexInto(&c.Hash, hash))
	s := Signed{Checkpoint: c, Key: KeyID(key), Line: line}
	s.signature, bad[4] = base64.RawURLEncoding.DecodeString(signature)
	if errors.Join(bad[:]...) != nil || line != c.signedText(s.Key)+" signature="+base64.RawURLEncoding.EncodeToString(s.signature) {
		return Signed{}, errLine
	}
	return s, nil
}

func hexInto(into *[32]byte, text string) error {
	b, err := hex.DecodeString(text)
	if err != nil || copy(into[:], b) != len(into) || len(b) != len(into) {
		return errLine
	}
	return nil
}

// TrustedKey is a key whose signature counts; Until is zero for the one in use.
type TrustedKey struct {
	Public ed25519.PublicKey
	Until  time.Time
}

// Trust is the key in use and those that it replaced.
type Trust []TrustedKey

// Accepts checks a checkpoint's signature. The error says in words what is wrong with it.
func (t Trust) Accepts(s Signed) error {
	for _, k := range t {
		switch {
		case KeyOf(k.Public) != s.Key:
			continue
		case !ed25519.Verify(k.Public, []byte(s.signedText(s.Key)), s.signature):
			return errors.New("was changed after it was signed, or is a forgery")
		case !k.Until.IsZero() && s.At.After(k.Until):
			return fmt.Errorf("is signed with the key %s, which was replaced before that", s.Key)
		}
		return nil
	}
	return fmt.Errorf("is signed with the key %s, which is none of this secrets folder", s.Key)
}
