package httpapi

import (
	"net"
	"net/netip"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestAClientsAddressIsWhatTheNearestProxyWrote(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		peer  string
		lines []string
		want  string
	}{
		"no proxy":                          {"203.0.113.9", nil, "203.0.113.9/32"},
		"no proxy, and a lie":               {"203.0.113.9", []string{"198.51.100.1"}, "203.0.113.9/32"},
		"a proxy":                           {"10.0.0.1", []string{"203.0.113.9"}, "203.0.113.9/32"},
		"a proxy that appends":              {"10.0.0.1", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9/32"},
		"a proxy that adds a line":          {"10.0.0.1", []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9/32"},
		"two lies, and a line added":        {"10.0.0.1", []string{"198.51.100.1", "10.0.0.7, 198.51.100.2", "203.0.113.9"}, "203.0.113.9/32"},
		"two proxies":                       {"10.0.0.1", []string{"198.51.100.1", "203.0.113.9, 10.0.0.2"}, "203.0.113.9/32"},
		"two proxies, a line each":          {"10.0.0.1", []string{"198.51.100.1", "203.0.113.9", "10.0.0.2"}, "203.0.113.9/32"},
		"IPv6 counts by its household":      {"10.0.0.1", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		"IPv6 in brackets":                  {"10.0.0.1", []string{"[2001:db8:1:2::9]"}, "2001:db8:1:2::/64"},
		"IPv6 with a port":                  {"10.0.0.1", []string{"[2001:db8:1:2::9]:443"}, "2001:db8:1:2::/64"},
		"IPv4 with a port":                  {"10.0.0.1", []string{"203.0.113.9:55"}, "203.0.113.9/32"},
		"IPv4 written as IPv6":              {"10.0.0.1", []string{"::ffff:203.0.113.9"}, "203.0.113.9/32"},
		"a proxy that comes by IPv6":        {"fd00::1", []string{"203.0.113.9"}, "203.0.113.9/32"},
		"a proxy with its zone":             {"10.0.0.1", []string{"203.0.113.9, fd00::2%eth0"}, "203.0.113.9/32"},
		"a name that is no address":         {"10.0.0.1", []string{"198.51.100.1, unknown"}, "10.0.0.1/32"},
		"nothing behind the last comma":     {"10.0.0.1", []string{"198.51.100.1,"}, "10.0.0.1/32"},
		"somebody who pretends to be proxy": {"203.0.113.9", []string{"198.51.100.1", "10.0.0.1"}, "203.0.113.9/32"},
	} {
		inRequest(t, &net.TCPAddr{IP: net.ParseIP(c.peer)}, func(in *fiber.Ctx) {
			for _, line := range c.lines {
				in.Request().Header.Add(fiber.HeaderXForwardedFor, line)
			}
			if got := string(clientAddress(in, proxies)); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		})
	}
}

func TestTheLogNamesTheClassOfAnAddressOnly(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"127.0.0.1": "loopback IPv4", "::1": "loopback IPv6", "::ffff:127.0.0.1": "loopback IPv4", "172.17.0.1": "private IPv4", "100.64.3.4": "private IPv4",
		"fd00::1": "private IPv6", "fe80::1%eth0": "link-local IPv6", "203.0.113.9": "public IPv4", "2001:db8::1": "public IPv6",
	} {
		if got := addressClass(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
}
