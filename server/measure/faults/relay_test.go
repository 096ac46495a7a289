package faults

import (
	"bufio"
	"net"
	"testing"
	"time"
)

// echo answers each line with the same line, and "commit" as Postgres would.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				for in := bufio.NewReader(c); ; {
					line, err := in.ReadString('\n')
					if err != nil {
						_ = c.Close()
						return
					}
					if line == "commit\n" {
						line = "COMMIT\x00\n"
					}
					_, _ = c.Write([]byte(line))
				}
			}()
		}
	}()
	return l.Addr().String()
}

func dial(t *testing.T, address string) (net.Conn, func(line string, patience time.Duration) (string, error)) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	in := bufio.NewReader(c)
	return c, func(line string, patience time.Duration) (string, error) {
		if line != "" {
			_, _ = c.Write([]byte(line + "\n"))
		}
		_ = c.SetReadDeadline(time.Now().Add(patience))
		return in.ReadString('\n')
	}
}

func TestARelayForwardsHoldsAndDropsRepliesToCommits(t *testing.T) {
	t.Parallel()
	r, err := newRelay("tcp", echo(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, ask := dial(t, r.Address())
	if got, err := ask("one", 5*time.Second); got != "one\n" {
		t.Fatal(got, err)
	}
	r.set(holding)
	if got, err := ask("two", 200*time.Millisecond); err == nil {
		t.Fatal("a held line came through: ", got)
	}
	r.set(passing)
	if got, err := ask("", 5*time.Second); got != "two\n" {
		t.Fatal("what was held is lost: ", got, err)
	}
	r.set(cutting)
	for i := range 2 {
		if got, err := ask("commit", 5*time.Second); got != "COMMIT\x00\n" {
			t.Fatal(i, got, err)
		}
	}
	if got, err := ask("commit", 5*time.Second); err == nil || r.lost.Load() != 1 {
		t.Fatalf("the third answer was not lost: %q, %d", got, r.lost.Load())
	}
}

func TestASilentRelayRecordsWhenTheFarSideCloses(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r, err := newRelay("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	dial(t, r.Address())
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	r.set(silent)
	_ = far.Close()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		r.mu.Lock()
		n := len(r.gone)
		r.mu.Unlock()
		if n == 1 {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the end of the far side was not seen")
		}
	}
}

func TestTheBalancerRotatesOverReadyNodes(t *testing.T) {
	t.Parallel()
	ready := map[string]bool{}
	b, err := newBalancer(func(base string) bool { return ready[base] })
	if err != nil {
		t.Fatal(err)
	}
	b.Close() // stops its own checks; the test calls next directly
	b.put("http://a")
	b.put("http://b")
	first, second := b.next(), b.next()
	if len(first) != 2 || len(second) != 2 || first[0] == second[0] {
		t.Fatal(first, second)
	}
	b.drop("http://a")
	if got := b.next(); len(got) != 1 || got[0] != "http://b" {
		t.Fatal(got)
	}
	b.mu.Lock()
	b.nodes["http://b"] = false
	b.mu.Unlock()
	if got := b.next(); len(got) != 0 {
		t.Fatal("one that is not ready got somebody: ", got)
	}
}
