package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
)

// Verifiers are what is stored of the keys that a browser derives from password and card:
// HMAC(pepper, label ‖ 0x00 ‖ acct ‖ key), section 8 of the sealing format.

// PasswordVerifier is stored for Apw, 32 bytes.
func (s Secrets) PasswordVerifier(acct [16]byte, apw []byte) []byte {
	return s.verifier("pw-verifier", acct, apw)
}

// CardVerifier is stored for Acard, 32 bytes.
func (s Secrets) CardVerifier(acct [16]byte, acard []byte) []byte {
	return s.verifier("card-verifier", acct, acard)
}

func (s Secrets) verifier(label string, acct [16]byte, key []byte) []byte {
	m := hmac.New(sha256.New, s.Pepper)
	m.Write([]byte(label))
	m.Write([]byte{0})
	m.Write(acct[:])
	m.Write(key)
	return m.Sum(nil)
}

// Same compares in constant time.
func Same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// MadeUp gives the salt and acct that an unknown name is answered with, always the same for
// the same name, so that strangers cannot tell it from a real one.
func (s Secrets) MadeUp(handle string) (acct, salt [16]byte) {
	make16 := func(label string) [16]byte {
		m := hmac.New(sha256.New, s.Enumeration)
		m.Write([]byte(label))
		m.Write([]byte{0})
		m.Write([]byte(handle))
		return [16]byte(m.Sum(nil)[:16])
	}
	acct, salt = make16("acct"), make16("salt")
	// Real accounts are version-7 identifiers: the made-up one carries the same marks, and a
	// time of the last years.
	acct[0], acct[1] = 0x01, 0x9a|acct[1]&0x05
	acct[6], acct[8] = acct[6]&0x0f|0x70, acct[8]&0x3f|0x80
	return acct, salt
}

// NameKey is what rate limits know a sign-in name by.
func (s Secrets) NameKey(handle string) string {
	m := hmac.New(sha256.New, s.Enumeration)
	m.Write([]byte("limit\x00" + handle))
	return string(m.Sum(nil)[:16])
}

// Derive gives a key of its own for one purpose of the server.
func (s Secrets) Derive(purpose string) []byte {
	m := hmac.New(sha256.New, s.Pepper)
	m.Write([]byte("derive\x00" + purpose))
	return m.Sum(nil)
}
