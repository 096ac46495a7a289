package config

import (
	"errors"
	"testing"
)

func TestLimitsAreSwitchedOffOnlyOnLoopback(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limits, listen, public string
		off, refused           bool
	}{
		{"", ":8080", "https://meet.example.org", false, false},
		{"on", "127.0.0.1:1", "http://localhost:1", false, false},
		{"off", "127.0.0.1:1", "http://localhost:1", true, false},
		{"off", "[::1]:1", "http://127.0.0.1:1", true, false},
		{"off", "localhost:1", "http://sam.localhost:1", true, false},
		{"off", ":1", "http://localhost:1", false, true},
		{"off", "0.0.0.0:1", "http://localhost:1", false, true},
		{"off", "192.168.0.9:1", "http://localhost:1", false, true},
		// A loopback port behind a public proxy.
		{"off", "127.0.0.1:1", "https://meet.example.org", false, true},
		{"off", "127.0.0.1", "http://localhost:1", false, true},
		{"off", "127.0.0.1.example.org:1", "http://localhost:1", false, true},
		{"maybe", "127.0.0.1:1", "http://localhost:1", false, true},
	} {
		off, err := Config{RateLimits: c.limits, Listen: c.listen, PublicURL: c.public}.Unlimited()
		if off != c.off || (err != nil) != c.refused {
			t.Errorf("%+v: %v %v", c, off, err)
		}
	}
}

func TestTooLittleMemoryForBodiesIsRefused(t *testing.T) {
	t.Parallel()
	for mb, good := range map[int64]bool{-1: false, 0: false, 15: false, 16: true, 64: true, 1 << 20: true, 1 << 50: false} {
		if bytes, err := (Config{BodyMemoryMB: mb}).BodyBytes(); (err == nil) != good || good && bytes != mb<<20 {
			t.Errorf("%d MB: %d, %v", mb, bytes, err)
		}
	}
}

func TestProbesAreAnsweredOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{"127.0.0.1:8081": "127.0.0.1:8081", "[::1]:0": "[::1]:0", "localhost:1": "localhost:1", "off": ""} {
		if at, err := (Config{HealthListen: listen}).Health(); err != nil || at != want {
			t.Errorf("%s: %q, %v", listen, at, err)
		}
	}
	for _, listen := range []string{"", ":8081", "0.0.0.0:8081", "192.0.2.1:8081", "127.0.0.1"} {
		if _, err := (Config{HealthListen: listen}).Health(); !errors.Is(err, ErrHealth) {
			t.Errorf("%q is accepted: %v", listen, err)
		}
	}
}
