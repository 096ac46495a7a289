package keys

import (
	"strings"
	"testing"
	"time"
)

// FuzzSecrets checks that any content of the secrets files gives either secrets of the right size, or
// an error that names the file and quotes nothing of it.
func FuzzSecrets(f *testing.F) {
	files, err := NewSecrets(nil, time.Unix(1_800_000_000, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(files[PepperFile], files[EnumerationFile], files[AuditFile], files[KeyringFile])
	f.Add([]byte("canary-violet"), []byte(""), []byte("\n"), []byte(`{"canary":1}`))
	f.Add(files[PepperFile], files[EnumerationFile], files[AuditFile], []byte(`[{}]`))
	f.Fuzz(func(t *testing.T, pepper, enumeration, audit, keyring []byte) {
		s, err := ParseSecrets(map[string][]byte{PepperFile: pepper, EnumerationFile: enumeration, AuditFile: audit, KeyringFile: keyring})
		if err != nil {
			for _, file := range [][]byte{pepper, enumeration, audit, keyring} {
				if len(file) > 20 && strings.Contains(err.Error(), string(file)) {
					t.Error("the error quotes a file")
				}
			}
			return
		}
		if len(s.Pepper) != secretBytes || len(s.Enumeration) != secretBytes || len(s.Audit) == 0 || len(s.Keyring) == 0 {
			t.Errorf("taken: %d %d %d bytes, %d keys", len(s.Pepper), len(s.Enumeration), len(s.Audit), len(s.Keyring))
		}
	})
}

// FuzzShapes checks that an accepted wrap or bundle belongs to the given account and epoch.
func FuzzShapes(f *testing.F) {
	f.Add([]byte{}, byte(1), uint32(1))
	f.Add(append([]byte("WSXW\x01\x01\x00\x00\x00\x01"), make([]byte, WrapBytes-10)...), byte(1), uint32(1))
	f.Add(append([]byte{1}, make([]byte, BundleBytes-1)...), byte(2), uint32(0))
	f.Fuzz(func(t *testing.T, blob []byte, kind byte, epoch uint32) {
		acct := [16]byte{}
		if CheckWrap("wraps", blob, kind, acct, epoch) == nil && (len(blob) != WrapBytes || blob[5] != kind) {
			t.Error("a wrap of another form was taken")
		}
		if CheckBundle(blob, acct, epoch) == nil && len(blob) != BundleBytes {
			t.Error("a bundle of another form was taken")
		}
	})
}
