package account_test

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"amends/server/account"
)

func TestADeviceIsKnownUntilItsCookieExpires(t *testing.T) {
	t.Parallel()
	key := account.DeviceKey(strings.Repeat("k", 32))
	name, now := "sixteen byte key", time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	first, err := key.New(rand.Reader, name, now)
	if err != nil {
		t.Fatal(err)
	}
	second, err := key.New(rand.Reader, name, now)
	if err != nil {
		t.Fatal(err)
	}
	one, known := key.Open(first, now)
	other, also := key.Open(second, now)
	if !known || !also || one.Name != name || other.Name != name {
		t.Fatalf("opened %+v %t, %+v %t", one, known, other, also)
	}
	if one.ID == other.ID {
		t.Error("two devices have one id")
	}
	for what, c := range map[string]struct {
		key    account.DeviceKey
		cookie string
		at     time.Time
		known  bool
	}{
		"the last day":    {key, first, now.Add(account.Remembered), true},
		"a day later":     {key, first, now.Add(account.Remembered + 24*time.Hour), false},
		"a clock behind":  {key, first, now.Add(-24 * time.Hour), true},
		"a made-up day":   {key, first, now.Add(-72 * time.Hour), false},
		"another key":     {account.DeviceKey(strings.Repeat("x", 32)), first, now, false},
		"nothing":         {key, "", now, false},
		"cut":             {key, first[:len(first)-1], now, false},
		"a line break":    {key, first[:len(first)-1] + "\n", now, false},
		"another byte":    {key, "A" + strings.Repeat("B", len(first)-1), now, false},
		"a token of ours": {key, strings.Repeat("A", 54), now, false},
	} {
		if _, known := c.key.Open(c.cookie, c.at); known != c.known {
			t.Errorf("%s: known %t", what, known)
		}
	}
	// Nothing in it is the same for two devices of one person, and the name cannot be read.
	a, _ := base64.RawURLEncoding.DecodeString(first)
	b, _ := base64.RawURLEncoding.DecodeString(second)
	if strings.Contains(string(a), name) {
		t.Error("the cookie contains the name's hash")
	}
	for n := range len(a) - 3 {
		if strings.Contains(string(b), string(a[n:n+4])) {
			t.Errorf("bytes %d to %d are the same in both", n, n+4)
		}
	}
}
