package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/bus"
	"amends/server/client"
	"amends/server/wire"
)

// Behind a proxy that is not named, all people would be one address. Nothing that it forwards is served,
// and the log says which setting is missing, once.
func TestAProxyThatIsNotNamedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam := w.people["participant"]
	for _, header := range []string{"X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host"} {
		said := http.Header{header: {"198.51.100.77"}}
		if got := refusal(sam.Ask(ctx, "GET", "/me", said, nil, nil)); got != "503 proxy.unknown" {
			t.Errorf("with %s: %q", header, got)
		}
		for path, want := range map[string]int{"/": 503, "/api/openapi.json": 503, "/healthz": 200, "/readyz": 200, "/version": 200} {
			req, err := http.NewRequestWithContext(ctx, "GET", w.base+path, nil)
			check(t, err)
			req.Header = said
			res, err := http.DefaultClient.Do(req)
			check(t, err)
			check(t, res.Body.Close())
			if res.StatusCode != want {
				t.Errorf("%s with %s: %d, want %d", path, header, res.StatusCode, want)
			}
		}
	}
	check(t, sam.Do(ctx, "GET", "/me", nil, nil)) // without a proxy
	lines := 0
	for line := range strings.Lines(w.log.String()) {
		if strings.Contains(line, "TRUSTED_PROXIES") {
			lines++
			if !strings.Contains(line, `"peer":"loopback IPv4"`) {
				t.Errorf("the log says: %s", line)
			}
		}
	}
	if lines != 1 || strings.Contains(w.log.String(), "198.51.100") {
		t.Errorf("%d lines of the log name the setting, or one names an address", lines)
	}
}

// A named proxy that does not say for whom it forwards would make all people one address just the same.
func TestANamedProxyMustSayForWhom(t *testing.T) {
	t.Parallel()
	w := behind(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for what, c := range map[string]struct {
		said http.Header
		want string
	}{
		"for whom":            {http.Header{"X-Forwarded-For": {"198.51.100.77"}, "X-Forwarded-Proto": {"https"}}, ""},
		"nothing":             {nil, ""}, // a check from this machine
		"another header":      {http.Header{"X-Real-Ip": {"198.51.100.77"}}, "503 proxy.unknown"},
		"only that it is TLS": {http.Header{"X-Forwarded-Proto": {"https"}}, "503 proxy.unknown"},
		"no address":          {http.Header{"X-Forwarded-For": {"198.51.100.77, unknown"}}, "503 proxy.unknown"},
	} {
		got := ""
		if err := w.people["participant"].Ask(ctx, "GET", "/me", c.said, nil, nil); err != nil {
			got = refusal(err)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
	if !strings.Contains(w.log.String(), "does not set X-Forwarded-For") {
		t.Error("the log does not say what the proxy lacks")
	}
}

// behind is a world whose proxy is on this machine.
func behind(t *testing.T) *world {
	t.Helper()
	return newWorldWith(t, func(c *server.Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
}

// Who holds a /48 can come from a new /64 with each try, which is a new household with a count of its
// own. The site has a count too, and another site is refused nothing.
func TestAFloodFromOneIPv6SiteIsLimited(t *testing.T) {
	t.Parallel()
	w := behind(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := client.New(w.base)
	guess := func(from string) string {
		var refused *client.Refused
		err := c.Ask(ctx, "POST", "/auth/slip", http.Header{"X-Forwarded-For": {from}}, wire.SlipRequest{Invite: "ABCD-EFGH-JKMN-PQRS"}, nil)
		if !errors.As(err, &refused) {
			t.Fatalf("a wrong slip: %v", err)
		}
		return refused.Code
	}
	site := bus.InvitationPerAddress().OfSite()
	taken, began := 0, time.Now()
	for ; guess(fmt.Sprintf("2001:db8:1:%x::9", taken)) != "too_many"; taken++ {
		if taken > site.Burst+int(time.Since(began)/site.Step())+1 {
			t.Fatalf("%d guesses of one site were taken", taken)
		}
	}
	if taken < site.Burst {
		t.Errorf("only %d guesses were taken", taken)
	}
	for _, other := range []string{"2001:db8:2::9", "203.0.113.9"} {
		if code := guess(other); code == "too_many" {
			t.Errorf("%s is refused for the guesses of another site", other)
		}
	}
}
