package config

import (
	"errors"
	"net"
	"net/netip"
	"slices"
)

// TRUSTED_PROXIES decides whose word counts about the address of a client. Too few: the server refuses
// what the proxy forwards. Too many: whoever connects may claim any address, and no limit holds them.

// Faults of TRUSTED_PROXIES, for operators.
var (
	ErrEverybodyTrusted = errors.New("TRUSTED_PROXIES names so much of the Internet that anybody could pretend to be your proxy: name only the addresses from which your proxy connects, such as 127.0.0.1/32")
	ErrNoProxy          = errors.New("PUBLIC_URL is https, so a proxy does TLS in front of this server, but TRUSTED_PROXIES names none: everything it forwards is refused. Set TRUSTED_PROXIES to the addresses from which the proxy connects: 127.0.0.1/32,::1/128 when it runs on this machine, else its own, such as 10.0.0.5/32")
	ErrLoopbackProxy    = errors.New("LISTEN is a loopback address, so the proxy connects from there, but TRUSTED_PROXIES does not name it: everything it forwards is refused. Add 127.0.0.1/32 (or ::1/128 when LISTEN is [::1]) to TRUSTED_PROXIES")
)

// The shortest prefixes that may be trusted: 10.0.0.0/8, and for IPv6 what is public.
const (
	shortest4 = 8
	shortest6 = 16
)

// Proxies returns TRUSTED_PROXIES. Error: ErrEverybodyTrusted.
func (c Config) Proxies() ([]netip.Prefix, error) {
	if slices.ContainsFunc(c.TrustedProxies, tooWide) {
		return nil, ErrEverybodyTrusted
	}
	return c.TrustedProxies, nil
}

func tooWide(p netip.Prefix) bool {
	a := p.Addr()
	switch {
	case a.Is4():
		return p.Bits() < shortest4
	case a.IsPrivate(), a.IsLinkLocalUnicast():
		return p.Bits() < shortest4-1 // fc00::/7, and fe80::/10
	}
	return p.Bits() < shortest6
}

// ProxiesFit checks TRUSTED_PROXIES against PUBLIC_URL and LISTEN, before anybody is refused because of
// it. Errors: ErrEverybodyTrusted, ErrNoProxy, ErrLoopbackProxy.
func (c Config) ProxiesFit() error {
	named, err := c.Proxies()
	if err != nil {
		return err
	}
	secure, err := c.Public()
	switch {
	case err != nil || !secure:
		return nil //nolint:nilerr // PUBLIC_URL has a check of its own; without https there is no proxy
	case len(named) == 0:
		return ErrNoProxy
	case loopbackAddress(c.Listen) && !slices.ContainsFunc(named, func(p netip.Prefix) bool { return p.Contains(listening(c.Listen)) }):
		return ErrLoopbackProxy
	}
	return nil
}

// listening is the loopback address of LISTEN, from which a proxy on this machine connects to it.
func listening(listen string) netip.Addr {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap()
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1}) // a name
}
