// Package account holds the rules of invitations and sign-ins: how codes and tokens are made, how long
// they are valid, and after how much inactivity a sign-in locks or ends.
package account

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"amends/roles"
)

// TokenKey is derived from the pepper, so that who can write to the database cannot store the hash of a
// token of their own and sign in with it.
type TokenKey []byte

// A token is secretBytes random bytes, which cannot be guessed, and checkBytes of a MAC over them: a
// made-up cookie is refused without asking the database.
const (
	secretBytes = 32
	checkBytes  = 8
	tokenBytes  = secretBytes + checkBytes
)

// New generates the secret of a sign-in, guest or stage cookie, and the hash to store.
func (k TokenKey) New(random io.Reader) (token string, hash []byte, err error) {
	b := make([]byte, secretBytes, tokenBytes)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", nil, fmt.Errorf("make a token: %w", err)
	}
	b = append(b, k.check(b)...)
	return base64.RawURLEncoding.EncodeToString(b), k.hash(b), nil
}

// Hash returns the stored hash of a token; false if the text cannot be a token of this key. It checks
// the length first, because the decoder skips line breaks: one token would have many spellings.
func (k TokenKey) Hash(token string) ([]byte, bool) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != tokenBytes || !hmac.Equal(b[secretBytes:], k.check(b[:secretBytes])) {
		return nil, false
	}
	return k.hash(b), true
}

func (k TokenKey) check(secret []byte) []byte { return k.mac("check", secret)[:checkBytes] }
func (k TokenKey) hash(token []byte) []byte   { return k.mac("hash", token) }

func (k TokenKey) mac(purpose string, b []byte) []byte {
	m := hmac.New(sha256.New, k)
	m.Write([]byte(purpose + "\x00"))
	m.Write(b)
	return m.Sum(nil)
}

// crockford omits I, L, O and U, which people misread or misspell (Crockford's base32).
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewCode generates a code of n characters that people can type; 5 bits each.
func NewCode(random io.Reader, n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	for i := range b {
		b[i] = crockford[b[i]&31]
	}
	return string(b), nil
}

// SlipCodeLength: 16 characters are 80 bits, printed in groups of four.
const SlipCodeLength = 16

// CodeHash is the stored form of a slip's code: an HMAC, so that a stolen table cannot be searched for
// codes that are still valid.
func CodeHash(pepper []byte, code string) []byte {
	m := hmac.New(sha256.New, pepper)
	m.Write([]byte("slip\x00"))
	m.Write([]byte(code))
	return m.Sum(nil)
}

// NameReserved is how long a sign-in name stays reserved until its account is created.
const NameReserved = 30 * time.Minute

// Absolute is the maximum duration of a sign-in, whatever the activity.
const Absolute = 12 * time.Hour

// Times are the inactivity limits on one device (product rules, "Lock and sign-out times").
type Times struct{ Lock, SignOut time.Duration }

// TimesFor returns the times for the roles held; shared means a shared device. The strictest role
// counts, because one sign-in has all of the person's roles.
func TimesFor(held []roles.Role, shared bool) Times {
	if shared {
		return Times{Lock: 2 * time.Minute, SignOut: 5 * time.Minute}
	}
	t := Times{Lock: 10 * time.Minute, SignOut: 30 * time.Minute}
	for _, r := range held {
		switch r {
		case roles.Mentor, roles.Counselor:
			t = Times{Lock: min(t.Lock, 5*time.Minute), SignOut: min(t.SignOut, 15*time.Minute)}
		case roles.Admin:
			t = Times{Lock: min(t.Lock, 5*time.Minute), SignOut: min(t.SignOut, 10*time.Minute)}
		}
	}
	return t
}
