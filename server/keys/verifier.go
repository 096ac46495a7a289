package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
)

// Verifiers are the stored form of the keys that a browser derives from password and card: HMAC(pepper,
// label ‖ 0x00 ‖ acct ‖ key), section 8 of the sealing format.

// PasswordVerifier returns the stored form of Apw (32 bytes).
func (s Secrets) PasswordVerifier(acct [16]byte, apw []byte) []byte {
	return s.verifier("pw-verifier", acct, apw)
}

// CardVerifier returns the stored form of Acard (32 bytes).
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

// MadeUp returns the fake acct and salt for an unknown name, deterministic per name, so that prelogin
// does not reveal whether a name exists.
func (s Secrets) MadeUp(handle string) (acct, salt [16]byte) {
	make16 := func(label string) [16]byte {
		m := hmac.New(sha256.New, s.Enumeration)
		m.Write([]byte(label))
		m.Write([]byte{0})
		m.Write([]byte(handle))
		return [16]byte(m.Sum(nil)[:16])
	}
	acct, salt = make16("acct"), make16("salt")
	// Real accounts have random UUIDs (version 4): the fake one gets the same version and variant bits.
	acct[6], acct[8] = acct[6]&0x0f|0x40, acct[8]&0x3f|0x80
	return acct, salt
}

// NameKey is the keyed hash under which rate limits count a sign-in name.
func (s Secrets) NameKey(handle string) string {
	m := hmac.New(sha256.New, s.Enumeration)
	m.Write([]byte("limit\x00" + handle))
	return string(m.Sum(nil)[:16])
}

// Derive derives a separate key from the pepper for one purpose of the server.
func (s Secrets) Derive(purpose string) []byte {
	m := hmac.New(sha256.New, s.Pepper)
	m.Write([]byte("derive\x00" + purpose))
	return m.Sum(nil)
}
