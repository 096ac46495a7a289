package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Rate limits protect people, so they are on wherever others can reach the server. A measurement on one
// machine may switch them off. Listening on loopback alone does not prove that nobody else can reach
// it, because a proxy may listen publicly; the public address must be loopback too.

// ErrLimits refuses RATE_LIMITS=off where others could reach the server.
var ErrLimits = errors.New("RATE_LIMITS=off is for measuring on one machine: LISTEN and PUBLIC_URL must both be loopback, such as 127.0.0.1:8080 and http://localhost:8080")

// Unlimited reports whether the rate limits are off. Error: ErrLimits where that is unsafe, or an
// unknown value.
func (c Config) Unlimited() (bool, error) {
	switch c.RateLimits {
	case "", "on":
		return false, nil
	case "off":
		if !loopbackAddress(c.Listen) || !loopbackURL(c.PublicURL) {
			return false, ErrLimits
		}
		return true, nil
	}
	return false, errors.New("RATE_LIMITS is on or off")
}

// ErrHealth refuses a HEALTH_LISTEN that others could reach: it is limited for one machine only.
var ErrHealth = errors.New("HEALTH_LISTEN is a loopback address with a port, such as 127.0.0.1:8081, or off")

// Health returns the address of HEALTH_LISTEN, "" when it is off.
func (c Config) Health() (string, error) {
	switch {
	case c.HealthListen == "off":
		return "", nil
	case loopbackAddress(c.HealthListen):
		return c.HealthListen, nil
	}
	return "", ErrHealth
}

func loopbackAddress(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err == nil && loopbackHost(host)
}

func loopbackURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && loopbackHost(u.Hostname())
}

func loopbackHost(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// fewestBodyMB lets each person upload two of the largest files at once (a person may use an eighth).
const fewestBodyMB = 16

// BodyBytes returns BODY_MEMORY_MB in bytes, or an error when it is out of range.
func (c Config) BodyBytes() (int64, error) {
	if c.BodyMemoryMB < fewestBodyMB || c.BodyMemoryMB > 1<<20 {
		return 0, errors.New("BODY_MEMORY_MB is 16 or more")
	}
	return c.BodyMemoryMB << 20, nil
}
