// Package keys is the server's part in people's keys: it checks the form of what browsers send, stores
// verifiers of derived keys, and encrypts at rest. It never sees a password, a key card or a root key,
// and cannot open a worksheet.
package keys

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Secrets are stored outside the database, so that whoever has only the database can neither test a
// guess nor open a blob.
//
// Without the pepper nobody can sign in. Without the keyring every worksheet is lost.
type Secrets struct {
	// PepperID names the pepper in account rows, so that it can be rotated.
	PepperID string
	Pepper   []byte
	// Enumeration derives plausible answers for sign-in names that do not exist.
	Enumeration []byte
	// Audit signs the checkpoints of the audit log; Former verifies those of the keys before it.
	Audit  []byte
	Former []FormerKey
	// Keyring encrypts the per-account keys at rest; the newest month's key encrypts.
	Keyring []RingKey
}

// RingKey is one month's key.
type RingKey struct {
	Month string `json:"month"`
	Key   []byte `json:"key"`
}

// The files of a secrets folder; three hold base64, the keyring holds JSON. FormerFile may be there too.
const (
	PepperFile      = "pepper"
	EnumerationFile = "enumeration"
	AuditFile       = "audit-signing"
	KeyringFile     = "keyring.json"
)

// secretBytes is the length of every secret.
const secretBytes = 32

// NewSecrets generates the files of a new secrets folder: content by file name.
func NewSecrets(random io.Reader, now time.Time) (map[string][]byte, error) {
	if random == nil {
		random = rand.Reader
	}
	files := map[string][]byte{}
	for _, name := range []string{PepperFile, EnumerationFile, AuditFile, KeyringFile} {
		b := make([]byte, secretBytes)
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("make secret %s: %w", name, err)
		}
		files[name] = []byte(base64.StdEncoding.EncodeToString(b) + "\n")
		if name == KeyringFile {
			ring, err := json.MarshalIndent([]RingKey{{Month: now.UTC().Format("2006-01"), Key: b}}, "", "  ")
			if err != nil {
				return nil, fmt.Errorf("write the keyring: %w", err)
			}
			files[name] = append(ring, '\n')
		}
	}
	return files, nil
}

// ParseSecrets reads the files. Errors name the file, never its content.
func ParseSecrets(files map[string][]byte) (Secrets, error) {
	s := Secrets{PepperID: "p1"}
	for name, into := range map[string]*[]byte{PepperFile: &s.Pepper, EnumerationFile: &s.Enumeration, AuditFile: &s.Audit} {
		b, err := base64.StdEncoding.DecodeString(string(trimmed(files[name])))
		if err != nil || len(b) != secretBytes {
			return Secrets{}, fmt.Errorf("the secret %q is missing or damaged", name)
		}
		*into = b
	}
	if err := json.Unmarshal(files[KeyringFile], &s.Keyring); err != nil || len(s.Keyring) == 0 {
		return Secrets{}, fmt.Errorf("the secret %q is missing or damaged", KeyringFile)
	}
	for _, k := range s.Keyring {
		if _, err := time.Parse("2006-01", k.Month); err != nil || len(k.Key) != secretBytes {
			return Secrets{}, fmt.Errorf("the secret %q holds a damaged key", KeyringFile)
		}
	}
	var err error
	if s.Former, err = parseFormer(files[FormerFile]); err != nil {
		return Secrets{}, err
	}
	slices.SortFunc(s.Keyring, func(a, b RingKey) int { return compare(a.Month, b.Month) })
	return s, nil
}

func trimmed(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r' || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	return b
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Checks are HMACs that tell whether these are the secrets the database was set up with, and reveal
// nothing about them. Every keyring key has its own.
func (s Secrets) Checks() map[string][]byte {
	check := func(key []byte, purpose string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte("amends secret check\x00" + purpose))
		return m.Sum(nil)
	}
	audit := AuditFile
	if n := len(s.Former); n > 0 {
		audit += fmt.Sprintf(" %d", n) // a replaced key has a check of its own
	}
	out := map[string][]byte{PepperFile: check(s.Pepper, PepperFile), EnumerationFile: check(s.Enumeration, EnumerationFile), audit: check(s.Audit, AuditFile)}
	for _, k := range s.Keyring {
		out["keyring "+k.Month] = check(k.Key, "keyring "+k.Month)
	}
	return out
}
