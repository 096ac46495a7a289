package embedded

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"amends/server/bus/bustest"
	"amends/server/redisbus"

	"github.com/google/go-cmp/cmp"
)

func TestTheBusSuitePassesWithListedCommandsOnly(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var all []*Redis
	t.Run("suite", func(t *testing.T) {
		bustest.Run(t, func(t *testing.T) bustest.Kit {
			r := StartRedis()
			t.Cleanup(r.Close)
			mu.Lock()
			all = append(all, r)
			mu.Unlock()
			var nodes [2]*redisbus.Redis
			for i := range nodes {
				var err error
				nodes[i], err = redisbus.Open(t.Context(), redisbus.Options{Dialer: r.Dial, Key: []byte(strings.Repeat("k", 32))})
				must(t, err)
				t.Cleanup(func() { must(t, nodes[i].Close()) })
			}
			return bustest.Kit{A: nodes[0].Stores(), B: nodes[1].Stores(), Advance: r.server.FastForward}
		})
	})
	for _, r := range all {
		if got := r.Unlisted(); len(got) > 0 {
			t.Errorf("commands that are not listed: %v", got)
		}
	}
}

// say sends one command and returns the first line of the reply.
func say(t *testing.T, conn net.Conn, line string) string {
	t.Helper()
	must(t, conn.SetDeadline(time.Now().Add(bound)))
	_, err := fmt.Fprint(conn, command(line))
	must(t, err)
	answer, err := bufio.NewReader(conn).ReadString('\n')
	must(t, err)
	return strings.TrimSpace(answer)
}

// command encodes words in the Redis protocol.
func command(line string) string {
	words := strings.Fields(line)
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.String()
}

func TestAnUnlistedCommandIsRefusedAndRemembered(t *testing.T) {
	t.Parallel()
	r := StartRedis()
	defer r.Close()
	conn, err := r.Dial(t.Context())
	must(t, err)
	defer conn.Close()
	for _, row := range []struct{ line, want string }{
		{"SET a 1", "+OK"},
		{"KEYS *", "-ERR this Redis does not have the command"},
		{"incr a", "-ERR this Redis does not have the command"},
		{"INCR a", "-ERR this Redis does not have the command"},
		{"EVAL return(redis.call('PTTL','a')) 0", ":-1"},
		{"PING", "+PONG"},
	} {
		if got := say(t, conn, row.line); got != row.want {
			t.Errorf("%s: %s", row.line, got)
		}
	}
	if got := say(t, conn, "EVAL return(redis.call('FLUSHALL')) 0"); !strings.HasPrefix(got, "-") {
		t.Errorf("a script ran a command that is not listed: %s", got)
	}
	if diff := cmp.Diff([]string{"FLUSHALL", "INCR", "KEYS"}, r.Unlisted()); diff != "" {
		t.Error(diff)
	}
}

func TestKeysOfTheEmbeddedRedisExpire(t *testing.T) {
	t.Parallel()
	r := StartRedis()
	defer r.Close()
	conn, err := r.Dial(t.Context())
	must(t, err)
	defer conn.Close()
	if got := say(t, conn, "SET short 1 PX 500"); got != "+OK" {
		t.Fatal(got)
	}
	if got := say(t, conn, "SET long 1 PX 3600000"); got != "+OK" {
		t.Fatal(got)
	}
	eventually(t, "the short life is over", func() bool { return say(t, conn, "PTTL short") == ":-2" })
	if got := say(t, conn, "PTTL long"); got == ":-2" || got == ":3600000" {
		t.Errorf("the long life has %s left", got)
	}
}

func TestAClosedRedisAcceptsNoConnection(t *testing.T) {
	t.Parallel()
	r := StartRedis()
	conn, err := r.Dial(t.Context())
	must(t, err)
	r.Close()
	r.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("a connection stayed open after Close")
	}
	must(t, conn.Close())
	if _, err := r.Dial(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("dial after close: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	live := StartRedis()
	defer live.Close()
	if _, err := live.Dial(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("dial by a caller who gave up: %v", err)
	}
}
