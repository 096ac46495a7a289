package httpapi

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"amends/server/app"
	"amends/server/fault"

	"github.com/gofiber/fiber/v2"
)

// The address of a client. The rules: only X-Forwarded-For is read, only from proxies that
// TRUSTED_PROXIES names, and from the right, where the nearest proxy wrote: what a client wrote itself
// stands further left and is never reached. All lines of the header count as one list, since a proxy may
// add a line of its own below the client's.
//
// A proxy that is not named would make all people one address, and one stranger's wrong guesses would
// lock everybody out. So what it forwards is refused, with a line in the log that names the setting. A
// client without a proxy who sends such a header refuses only themselves.

// errProxy is refused with 503: nothing is wrong with the request, and saving is tried again later.
var errProxy = fault.New(fault.Unavailable, "proxy.unknown", "This server is not set up yet: it does not know the proxy in front of it. The people who run it find the reason in its log.")

// forwardingHeaders are what proxies say about whom they forward.
func forwardingHeaders() []string {
	return []string{fiber.HeaderXForwardedFor, fiber.HeaderForwarded, "X-Real-Ip", fiber.HeaderXForwardedHost, fiber.HeaderXForwardedProto}
}

// trusted reports whether an address is one of our own proxies.
func trusted(a netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) })
}

// clientAddress is the client's address, truncated to the prefix that a household shares.
func clientAddress(c *fiber.Ctx, proxies []netip.Prefix) app.Address {
	client, err := netip.ParseAddr(c.Context().RemoteIP().String())
	if err != nil {
		return "unknown"
	}
	hops := hopsOf(c)
	for i := len(hops) - 1; i >= 0 && trusted(client, proxies); i-- {
		next, ok := parseHop(hops[i])
		if !ok {
			break
		}
		client = next
	}
	return household(client)
}

// hopsOf is the list of all X-Forwarded-For lines together, in their order.
func hopsOf(c *fiber.Ctx) (hops []string) {
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	return hops
}

// parseHop reads an address as proxies write it: also in brackets, and with a port.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if bare, is := strings.CutPrefix(hop, "["); is && strings.HasSuffix(bare, "]") {
		hop = strings.TrimSuffix(bare, "]")
	}
	if a, err := netip.ParseAddr(hop); err == nil {
		return a, true
	}
	with, err := netip.ParseAddrPort(hop)
	return with.Addr(), err == nil
}

func household(client netip.Addr) app.Address {
	bits := 32
	if client = client.Unmap(); client.Is6() {
		bits = 64
	}
	prefix, err := client.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return app.Address(prefix.String())
}

// knownProxy refuses requests that were forwarded by a proxy which TRUSTED_PROXIES does not name, or
// whose proxy does not say in X-Forwarded-For for whom.
func (s *Server) knownProxy(c *fiber.Ctx) error {
	names := func(header string) bool { return len(c.Request().Header.Peek(header)) > 0 }
	if !slices.ContainsFunc(forwardingHeaders(), names) {
		return c.Next()
	}
	peer, err := netip.ParseAddr(c.Context().RemoteIP().String())
	if err != nil || !trusted(peer, s.Proxies) {
		s.refusedProxy.tell(s, "refused forwarded requests: TRUSTED_PROXIES does not name the proxy that sent them", peer)
		return errProxy
	}
	hops := hopsOf(c)
	if len(hops) > 0 {
		if _, ok := parseHop(hops[len(hops)-1]); ok {
			return c.Next()
		}
	}
	s.refusedProxy.tell(s, "refused forwarded requests: the proxy in TRUSTED_PROXIES does not set X-Forwarded-For to the client's address", peer)
	return errProxy
}

// notice writes each of its lines at most once a minute: a stranger who sends such headers from outside
// does not keep the line about the proxy out of the log.
type notice struct {
	mu   sync.Mutex
	last map[string]time.Time
}

const noticeEvery = time.Minute

// tell logs the class of the proxy's address, and never an address: to a server that is reached without
// a proxy it would be a client's.
func (n *notice) tell(s *Server, what string, peer netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	class, now := addressClass(peer), time.Now()
	if now.Sub(n.last[what+class]) < noticeEvery {
		return
	}
	if n.last == nil {
		n.last = map[string]time.Time{}
	}
	n.last[what+class] = now // as many as there are classes
	s.Log.Warn(what, "setting", "TRUSTED_PROXIES", "peer", class, "see", "deploy/ENVIRONMENT.md")
}

func addressClass(a netip.Addr) string {
	a = a.Unmap()
	family := "IPv4"
	if a.Is6() {
		family = "IPv6"
	}
	switch {
	case !a.IsValid():
		return "unknown"
	case a.IsLoopback():
		return "loopback " + family
	case a.IsLinkLocalUnicast():
		return "link-local " + family
	case a.IsPrivate(), carrierGrade().Contains(a):
		return "private " + family
	}
	return "public " + family
}

// carrierGrade is the shared address space of RFC 6598, which container networks use as well.
func carrierGrade() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) }
