package socket

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"amends/server/wire"
)

// A proxy of deploy/ ends no quiet socket before two pings went by, and no poll that is held. Caddy has
// no such limits.
func TestProxiesWaitForPingsAndPolls(t *testing.T) {
	t.Parallel()
	for file, limits := range map[string][]string{
		"nginx.conf":  {"proxy_read_timeout", "proxy_send_timeout"},
		"haproxy.cfg": {"timeout tunnel", "timeout server", "timeout client"},
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", "deploy", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range limits {
			found := regexp.MustCompile(`(?m)^\s*` + limit + `\s+(\d+)s;?$`).FindSubmatch(text)
			if found == nil {
				t.Errorf("%s has no %s in seconds", file, limit)
				continue
			}
			if seconds, err := strconv.Atoi(string(found[1])); err != nil || seconds <= 2*pingEvery || seconds <= wire.PollSeconds+wire.PollGraceSeconds {
				t.Errorf("%s: %s is %d s; sockets are pinged every %d s, polls are held %d s", file, limit, seconds, pingEvery, wire.PollSeconds)
			}
		}
	}
}
