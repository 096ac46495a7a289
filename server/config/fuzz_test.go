package config

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// FuzzAddresses checks that plain http, and switching off the limits, are only accepted for addresses
// that nobody else can reach.
func FuzzAddresses(f *testing.F) {
	for _, seed := range []string{"https://meet.example.org", "http://localhost:8080", "http://localhost.example.org", "http://127.0.0.1", "http://a@localhost", "http://[::1]:80", "http://%6cocalhost", "://", ""} {
		f.Add("127.0.0.1:8080", seed)
		f.Add(":8080", seed)
	}
	f.Fuzz(func(t *testing.T, listen, address string) {
		c := Config{Listen: listen, PublicURL: address, RateLimits: "off"}
		local := func() bool {
			u, err := url.Parse(address)
			if err != nil {
				return false
			}
			host := u.Hostname()
			ip, err := netip.ParseAddr(host)
			return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.Unmap().IsLoopback()
		}
		if secure, err := c.Public(); err == nil && !secure && !local() {
			t.Errorf("plain http at %q", address)
		}
		if free, err := c.Unlimited(); err == nil && free && (!local() || strings.HasPrefix(listen, ":")) {
			t.Errorf("no limits at %q, %q", listen, address)
		}
	})
}
