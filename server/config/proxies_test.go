package config_test

import (
	"errors"
	"net/netip"
	"testing"

	"amends/server/config"
)

func TestTrustedProxiesFitTheOtherSettings(t *testing.T) {
	t.Parallel()
	const public = "https://meet.example.org"
	for name, c := range map[string]struct {
		url, listen string
		trusted     []string
		want        error
	}{
		"this machine alone":               {"http://localhost:8080", "127.0.0.1:8080", nil, nil},
		"a proxy that is not named":        {public, ":8080", nil, config.ErrNoProxy},
		"a proxy on this machine":          {public, "127.0.0.1:8080", []string{"127.0.0.1/32"}, nil},
		"a proxy on this machine by IPv6":  {public, "[::1]:8080", []string{"127.0.0.1/32", "::1/128"}, nil},
		"the other family is named":        {public, "[::1]:8080", []string{"127.0.0.1/32"}, config.ErrLoopbackProxy},
		"another machine is named":         {public, "127.0.0.1:8080", []string{"10.0.0.5/32"}, config.ErrLoopbackProxy},
		"a proxy on another machine":       {public, ":8080", []string{"10.0.0.5/32"}, nil},
		"all private networks":             {public, ":8080", []string{"10.0.0.0/8", "192.168.0.0/16", "fc00::/7", "fe80::/10"}, nil},
		"everybody":                        {public, ":8080", []string{"0.0.0.0/0"}, config.ErrEverybodyTrusted},
		"half of everybody":                {public, ":8080", []string{"128.0.0.0/1"}, config.ErrEverybodyTrusted},
		"everybody with IPv6":              {public, ":8080", []string{"10.0.0.5/32", "::/0"}, config.ErrEverybodyTrusted},
		"every public address of IPv6":     {public, ":8080", []string{"2000::/3"}, config.ErrEverybodyTrusted},
		"everybody, on this machine alone": {"http://localhost:8080", "127.0.0.1:8080", []string{"0.0.0.0/0"}, config.ErrEverybodyTrusted},
	} {
		cfg := config.Config{PublicURL: c.url, Listen: c.listen}
		for _, p := range c.trusted {
			cfg.TrustedProxies = append(cfg.TrustedProxies, netip.MustParsePrefix(p))
		}
		if err := cfg.ProxiesFit(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
