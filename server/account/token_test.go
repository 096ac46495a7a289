package account

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"testing"
)

var tokenKey = TokenKey("the key of a test")

// FuzzTokenHash checks that one token has exactly one accepted cookie value, and that any other text is
// refused: a made-up cookie costs no query.
func FuzzTokenHash(f *testing.F) {
	token, hash, err := tokenKey.New(bytes.NewReader(make([]byte, secretBytes)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add(token + "=")
	f.Add(token[:20] + "\n" + token[20:])
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := tokenKey.Hash(text)
		if ok != (text == token) || ok && !bytes.Equal(got, hash) {
			t.Errorf("accepted %v", ok)
		}
	})
}

func TestTokensNeedTheKey(t *testing.T) {
	t.Parallel()
	token, hash, err := tokenKey.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := tokenKey.Hash(token); !ok || !bytes.Equal(got, hash) {
		t.Error("a token is not recognized")
	}
	if _, ok := TokenKey("another key").Hash(token); ok {
		t.Error("another server's token is accepted")
	}
	made := make([]byte, tokenBytes)
	if _, err := rand.Read(made); err != nil {
		t.Fatal(err)
	}
	if _, ok := tokenKey.Hash(base64.RawURLEncoding.EncodeToString(made)); ok {
		t.Error("a made-up token is accepted")
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := TokenKey("another key").New(bytes.NewReader(raw))
	if err != nil || other == token {
		t.Error("the check of a token does not depend on the key")
	}
}
