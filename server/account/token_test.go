package account

import (
	"bytes"
	"encoding/base64"
	"testing"
)

// FuzzTokenHash checks that one token has exactly one accepted cookie value, and that any other text is
// refused.
func FuzzTokenHash(f *testing.F) {
	token, _, err := NewToken(bytes.NewReader(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", token, token + "=", token[:42] + "B", "\n" + token, "ä"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hash, ok := TokenHash(text)
		if !ok {
			return
		}
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(b) != tokenBytes || base64.RawURLEncoding.EncodeToString(b) != text || len(hash) != 32 {
			t.Errorf("taken: %q", text)
		}
	})
}
