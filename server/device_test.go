package server_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/client"
	"amends/server/wire"
)

// fromAddress makes a client come from an address that a trusted proxy names.
type fromAddress struct{ address string }

// RoundTrip sends the request as the proxy would.
func (f fromAddress) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", f.address)
	return http.DefaultTransport.RoundTrip(r)
}

// apwOf is the key that the server compares, for a name's right password.
func apwOf(ctx context.Context, t *testing.T, c *client.Client, handle string) string {
	t.Helper()
	var pre wire.Prelogin
	check(t, c.Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: handle}, &pre))
	salt, err := base64.RawURLEncoding.DecodeString(pre.Salt)
	check(t, err)
	account, err := base64.RawURLEncoding.DecodeString(pre.Acct)
	check(t, err)
	mk, err := client.MasterKey(pre.Kdf, password, salt)
	check(t, err)
	return b64(client.PasswordAuth(mk, [16]byte(account)))
}

// logInAs sends the key for a name, and returns the refusal.
func logInAs(ctx context.Context, c *client.Client, handle, apw string) string {
	return refusal(c.Do(ctx, "POST", "/auth/login", wire.LoginRequest{Handle: handle, Apw: apw}, nil))
}

// deviceOf is the cookie by which the device of a client is known, "" for none.
func deviceOf(t *testing.T, c *client.Client) string {
	t.Helper()
	at, err := url.Parse(c.Base)
	check(t, err)
	for _, one := range c.HTTP.Jar.Cookies(at) {
		if one.Name == "device" {
			return one.Value
		}
	}
	return ""
}

// onlyDevice is a client that has the cookie of a device and nothing else, from an address of its own.
func onlyDevice(t *testing.T, base, cookie, address string) *client.Client {
	t.Helper()
	c := client.New(base)
	at, err := url.Parse(base)
	check(t, err)
	if cookie != "" {
		c.HTTP.Jar.SetCookies(at, []*http.Cookie{{Name: "device", Value: cookie, Path: "/"}})
	}
	c.HTTP.Transport = fromAddress{address}
	return c
}

// A stranger guesses at a person's name, and somebody in the person's house at many names. On a device
// where the person signed in before they still sign in; elsewhere they wait, as for a name that does not
// exist.
func TestStrangersLockNobodyOutOfTheirOwnDevice(t *testing.T) {
	t.Parallel()
	w := worldBehindAProxy(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	const house = "203.0.113.7"
	sam, handle := w.people["participant"], w.people["participant"].account.Handle
	apw, cookie := apwOf(ctx, t, sam.Client, handle), deviceOf(t, sam.Client)
	if cookie == "" {
		t.Fatal("a device where somebody signed in is not known")
	}
	guessAt := func(handle string) {
		for range 12 {
			_, err := w.stores.Backoff.Fail(ctx, w.cfg.Secrets.NameKey(handle))
			check(t, err)
		}
	}
	guessAt(handle)
	guessAt("nobody-here")
	stranger := func() *client.Client { return onlyDevice(t, w.base, "", "203.0.113.8") }
	for _, name := range []string{handle, "nobody-here"} {
		if got := logInAs(ctx, stranger(), name, apw); got != "429 too_many" {
			t.Errorf("%s on an unknown device: %s", name, got)
		}
	}
	for _, rule := range []bus.Rule{bus.SigninPerAddress(), bus.PreloginPerAddress()} {
		w.useUpFor(ctx, t, house+"/32", rule)
	}
	// With the cookie of this device, a name of somebody else is one of a stranger.
	for _, name := range []string{w.people["participant2"].account.Handle, "nobody-here"} {
		if got := refusal(onlyDevice(t, w.base, cookie, house).Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: name}, nil)); got != "429 too_many" {
			t.Errorf("the parameters of %s with the cookie of another: %s", name, got)
		}
		if got := logInAs(ctx, onlyDevice(t, w.base, cookie, house), name, apw); got != "429 too_many" {
			t.Errorf("%s with the cookie of another: %s", name, got)
		}
	}
	made := strings.Repeat("A", len(cookie))
	if got := logInAs(ctx, onlyDevice(t, w.base, made, house), handle, apw); got != "429 too_many" {
		t.Errorf("with a made-up cookie: %s", got)
	}
	known := onlyDevice(t, w.base, cookie, house)
	check(t, known.LogIn(ctx, handle, password))
	if got := logInAs(ctx, stranger(), handle, apw); got != "429 too_many" {
		t.Errorf("the stranger after the person signed in: %s", got)
	}
}

// Wrong passwords on a known device count for that device, and for no other.
func TestAKnownDeviceHasACountOfItsOwn(t *testing.T) {
	t.Parallel()
	w := worldBehindAProxy(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	sam := w.people["participant"]
	handle, apw := sam.account.Handle, apwOf(ctx, t, sam.Client, sam.account.Handle)
	second := onlyDevice(t, w.base, "", "203.0.113.20")
	check(t, second.LogIn(ctx, handle, password))
	lost := onlyDevice(t, w.base, deviceOf(t, sam.Client), "203.0.113.21")
	n := 0
	for ; n < 20; n++ {
		if got := logInAs(ctx, lost, handle, key()); got == "429 too_many" {
			break
		} else if got != "401 signin.refused" {
			t.Fatalf("wrong password %d: %s", n, got)
		}
	}
	if free := bus.Guessing().Free; n != free {
		t.Errorf("%d wrong passwords were tried on a known device, want %d", n, free)
	}
	for what, c := range map[string]*client.Client{"another known device": second, "a new device": onlyDevice(t, w.base, "", "203.0.113.22")} {
		if got := logInAs(ctx, c, handle, apw); got != "<nil>" {
			t.Errorf("%s after that: %s", what, got)
		}
	}
}

// The cookie says nothing to who reads it, stays after signing out, and goes with quick exit and when the
// device turns out to be a shared one.
func TestWhatADeviceKeeps(t *testing.T) {
	t.Parallel()
	w := worldBehindAProxy(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	sam := w.people["participant"]
	handle := sam.account.Handle
	apw := apwOf(ctx, t, sam.Client, handle)
	jar := func() *client.Client { return onlyDevice(t, w.base, "", "203.0.113.30") }
	own, other := jar(), jar()
	check(t, own.LogIn(ctx, handle, password))
	check(t, other.LogIn(ctx, handle, password))
	cookie := deviceOf(t, own)
	if cookie == "" || cookie == deviceOf(t, other) {
		t.Errorf("two devices have the cookies %q and %q", cookie, deviceOf(t, other))
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	check(t, err)
	for what, secret := range map[string]string{"the name": handle, "the account": string(sam.account.Acct[:]), "the key of the name": w.cfg.Secrets.NameKey(handle)} {
		if strings.Contains(cookie, secret) || strings.Contains(string(raw), secret) {
			t.Errorf("the cookie contains %s", what)
		}
	}
	check(t, own.Do(ctx, "POST", "/auth/sign-out", nil, nil))
	if deviceOf(t, own) != cookie {
		t.Error("after signing out the device is not known")
	}
	check(t, own.Do(ctx, "POST", "/auth/quick-exit", nil, nil))
	if deviceOf(t, own) != "" {
		t.Error("after quick exit the device is known")
	}
	check(t, other.Do(ctx, "POST", "/auth/login", wire.LoginRequest{Handle: handle, Apw: apw, Shared: true}, nil))
	if deviceOf(t, other) != "" {
		t.Error("a shared device is known")
	}
	for name, want := range map[string]bool{handle: true, "nobody-here": false} {
		body := fmt.Sprintf(`{"handle":%q,"apw":%q,"shared":false}`, name, apw)
		req, err := http.NewRequestWithContext(ctx, "POST", w.base+"/api/v1/auth/login", strings.NewReader(body))
		check(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", w.base)
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		check(t, res.Body.Close())
		set := ""
		for _, line := range res.Header.Values("Set-Cookie") {
			if strings.HasPrefix(line, "device=") {
				set = line
			}
		}
		if (set != "") != want || want && (!strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Strict")) {
			t.Errorf("signing in as %s sets %q", name, set)
		}
	}
}
