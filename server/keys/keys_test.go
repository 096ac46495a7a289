package keys

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"amends/server/fault"
)

func fresh(t *testing.T) (map[string][]byte, Secrets) {
	t.Helper()
	files, err := NewSecrets(nil, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSecrets(files)
	if err != nil {
		t.Fatal(err)
	}
	return files, s
}

func TestSecretsAreReadBackAndDamageIsNamed(t *testing.T) {
	t.Parallel()
	files, s := fresh(t)
	if len(s.Pepper) != 32 || len(s.Keyring) != 1 || s.Keyring[0].Month != "2026-11" {
		t.Errorf("%+v", s.Keyring)
	}
	for name := range files {
		broken := map[string][]byte{}
		for k, v := range files {
			broken[k] = v
		}
		broken[name] = []byte("damaged-canary")
		if _, err := ParseSecrets(broken); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, other := fresh(t)
	for purpose, value := range s.Checks() {
		if bytes.Equal(value, other.Checks()[purpose]) {
			t.Errorf("%s checks alike for other secrets", purpose)
		}
	}
}

func TestVerifiersDependOnEverything(t *testing.T) {
	t.Parallel()
	_, s := fresh(t)
	_, other := fresh(t)
	acct, key := [16]byte{1}, make([]byte, 32)
	base := s.PasswordVerifier(acct, key)
	for name, v := range map[string][]byte{
		"pepper": other.PasswordVerifier(acct, key), "account": s.PasswordVerifier([16]byte{2}, key),
		"key": s.PasswordVerifier(acct, bytes.Repeat([]byte{1}, 32)), "purpose": s.CardVerifier(acct, key),
	} {
		if Same(base, v) {
			t.Errorf("another %s gives the same verifier", name)
		}
	}
	a1, s1 := s.MadeUp("somebody")
	a2, s2 := s.MadeUp("somebody")
	a3, _ := s.MadeUp("somebody else")
	if a1 != a2 || s1 != s2 || a1 == a3 || a1[6]>>4 != 4 || a1[8]>>6 != 2 {
		t.Errorf("made-up answers: %x %x %x", a1, a2, a3)
	}
}

func TestAtRestOpensOnlyWithItsOwnKeys(t *testing.T) {
	t.Parallel()
	_, s := fresh(t)
	_, other := fresh(t)
	acct := [16]byte{1}
	month, sealed, err := s.NewAtRestKey(rand.Reader, acct)
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.OpenAtRestKey(month, acct, sealed)
	if err != nil {
		t.Fatal(err)
	}
	blob, err := SealAtRest(rand.Reader, key, []byte("sealed already"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := OpenAtRest(key, blob); err != nil || string(plain) != "sealed already" {
		t.Fatal(err)
	}
	blob[20] ^= 1
	for name, try := range map[string]func() error{
		"changed blob":    func() error { _, err := OpenAtRest(key, blob); return err },
		"short blob":      func() error { _, err := OpenAtRest(key, blob[:5]); return err },
		"another account": func() error { _, err := s.OpenAtRestKey(month, [16]byte{2}, sealed); return err },
		"another ring":    func() error { _, err := other.OpenAtRestKey(month, acct, sealed); return err },
		"another month":   func() error { _, err := s.OpenAtRestKey("2020-01", acct, sealed); return err },
	} {
		if err := try(); !errors.Is(err, ErrAtRest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestShapesOfWrapsAndBundles(t *testing.T) {
	t.Parallel()
	acct := [16]byte(bytes.Repeat([]byte{0xa1}, 16))
	wrap, err := hex.DecodeString("57535857010100000001" + strings.Repeat("a1", 16) + strings.Repeat("00", 92))
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckWrap("wraps.blob", wrap, WrapPassword, acct, 1); err != nil {
		t.Error(err)
	}
	bundle := append(append([]byte{1}, acct[:]...), 0, 0, 0, 1)
	bundle = append(bundle, make([]byte, 1216)...)
	bundle = append(bundle, bytes.Repeat([]byte{9}, 32)...)
	if err := CheckBundle(bundle, acct, 1); err != nil {
		t.Error(err)
	}
	zero := bytes.Clone(bundle)
	clear(zero[1237:])
	for name, err := range map[string]error{
		"short wrap":        CheckWrap("f", wrap[:117], WrapPassword, acct, 1),
		"another kind":      CheckWrap("f", wrap, WrapCard, acct, 1),
		"another epoch":     CheckWrap("f", wrap, WrapPassword, acct, 2),
		"another account":   CheckWrap("f", wrap, WrapPassword, [16]byte{}, 1),
		"short bundle":      CheckBundle(bundle[:1268], acct, 1),
		"bundle of another": CheckBundle(bundle, [16]byte{}, 1),
		"bundle of epoch 2": CheckBundle(bundle, acct, 2),
		"no mac key":        CheckBundle(zero, acct, 1),
	} {
		if fault.As(err).Code != "input.invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
