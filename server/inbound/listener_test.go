package inbound

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary run as its own child process: an echo server.
func TestMain(m *testing.M) {
	echo := flag.Bool("echo", false, "be the server of a test")
	flag.Parse()
	if *echo {
		if err := beEcho(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// beEcho keeps every connection busy, so that none can be closed for another.
func beEcho() error {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(inner.Addr())
	l := Listen(inner, 1<<20, slog.New(slog.DiscardHandler))
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = l.Close()
	}()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		} else if err != nil {
			return err
		}
		c.(*Conn).Begin()
		go func() {
			defer c.Close()
			_, _ = io.Copy(c, c)
		}()
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	check(t, err)
	t.Cleanup(func() { _ = c.Close() })
	check(t, c.SetDeadline(time.Now().Add(time.Minute)))
	return c
}

// When the process has no descriptors left, the listener waits, and accepts the next connections as
// soon as others have closed.
func TestRunningOutOfDescriptorsIsWaitedOut(t *testing.T) {
	t.Parallel()
	own, err := os.Executable()
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, "sh", "-c", `ulimit -n 64 && exec "$0" -echo`, own)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	check(t, err)
	out, err := child.StdoutPipe()
	check(t, err)
	check(t, child.Start())
	address, err := bufio.NewReader(out).ReadString('\n')
	check(t, err)
	var all []net.Conn
	for range 150 {
		all = append(all, dial(t, strings.TrimSpace(address)))
	}
	for n, c := range all {
		if _, err := io.WriteString(c, "x"); err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		var heard [1]byte
		if _, err := io.ReadFull(c, heard[:]); err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		check(t, c.Close())
	}
	check(t, in.Close())
	if err := child.Wait(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// listening starts a listener with a maximum, and returns its address and a function to accept.
func listening(t *testing.T, most int) (address string, next func() *Conn, l *Listener) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	l = Listen(inner, most, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = l.Close() })
	return inner.Addr().String(), func() *Conn {
		t.Helper()
		late := time.AfterFunc(10*time.Second, func() { _ = l.Close() }) // so that a connection that is not accepted fails the test
		defer late.Stop()
		c, err := l.Accept()
		check(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c.(*Conn)
	}, l
}

// over reports whether the peer closed the connection.
func over(c net.Conn) bool {
	_, err := io.Copy(io.Discard, c)
	var late net.Error
	return !errors.As(err, &late) || !late.Timeout()
}

// Connections of nobody who said who they are go first: without any request, or after a stranger's. Then
// goes the one idle longest between requests. Busy ones are never closed, and when all are busy a new
// connection is refused.
func TestTheConnectionIdleLongestIsClosedForANewOne(t *testing.T) {
	t.Parallel()
	address, next, l := listening(t, 4)
	peers := map[string]net.Conn{}
	seats := map[string]*Conn{}
	come := func(who string) {
		peers[who] = dial(t, address)
		seats[who] = next()
	}
	for _, who := range []string{"working", "rested first", "rested second", "silent"} {
		come(who)
	}
	for _, who := range []string{"working", "rested second", "rested first"} {
		if !seats[who].Begin() {
			t.Fatalf("%s was cut", who)
		}
		seats[who].Claim(who, false)
	}
	seats["rested first"].Rest()
	seats["rested second"].Rest()
	for _, c := range []struct{ comes, goes string }{{"a", "silent"}, {"b", "a"}, {"c", "rested first"}, {"d", "rested second"}} {
		// Only "a" never begins a request.
		come(c.comes)
		if !over(peers[c.goes]) {
			t.Errorf("%s connected, and %s was not closed for it", c.comes, c.goes)
		}
		if seats[c.goes].Begin() {
			t.Errorf("%s was closed and may begin", c.goes)
		}
		if c.comes != "a" && !seats[c.comes].Begin() {
			t.Errorf("%s was cut", c.comes)
		}
	}
	// All four are busy now: a new connection is refused until one of them is closed.
	late := dial(t, address)
	got := make(chan *Conn, 1)
	go func() {
		if c, err := l.Accept(); err == nil {
			got <- c.(*Conn)
		}
	}()
	if !over(late) {
		t.Error("a fifth connection was accepted")
	}
	check(t, seats["working"].Close())
	check(t, peers["working"].Close())
	peers["e"] = dial(t, address)
	if c := <-got; c.RemoteAddr().String() != peers["e"].LocalAddr().String() {
		t.Error("another connection got the free place")
	}
}

// A peer that is still sending gets the answer sent before, and no reset.
func TestAPeerThatIsStillSendingGetsItsAnswer(t *testing.T) {
	t.Parallel()
	address, next, l := listening(t, 2)
	peer := dial(t, address)
	c := next()
	c.Begin()
	sent := make(chan error, 1)
	go func() {
		_, err := peer.Write(make([]byte, lingerBytes-1))
		sent <- err
	}()
	if _, err := c.Read(make([]byte, 1)); err != nil { // the other bytes are still in flight
		t.Fatal(err)
	}
	_, err := io.WriteString(c, "no")
	check(t, err)
	c.Linger()
	closed := make(chan error, 1)
	go func() { closed <- c.Close() }()
	check(t, <-sent)
	heard, err := io.ReadAll(peer)
	if err != nil || string(heard) != "no" {
		t.Errorf("heard %q, %v", heard, err)
	}
	check(t, peer.Close())
	check(t, <-closed)
	if l.open != 0 {
		t.Errorf("%d seats are taken", l.open)
	}
}

func TestTheMaximumFollowsTheLimitOfOpenFiles(t *testing.T) {
	t.Parallel()
	limit := descriptors()
	for _, c := range []struct {
		ordered, reserve, want int
		wrong                  string
	}{
		{0, limit - fewest, fewest, ""},
		{0, limit - fewest + 1, 0, "ulimit"},
		{40, limit - 40, 40, ""},
		{41, limit - 40, 0, "MAX_CONNECTIONS"},
		{fewest - 1, 0, 0, "MAX_CONNECTIONS"},
		{-1, 0, 0, "MAX_CONNECTIONS"},
		{0, 0, min(limit, standard), ""},
	} {
		got, err := Most(c.ordered, c.reserve)
		if got != c.want || (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%+v: %d, %v", c, got, err)
		}
	}
}

// One person has a limited number of protected connections; further ones may be closed until one of
// their requests is done.
func TestOnePersonHasAFewProtectedConnections(t *testing.T) {
	t.Parallel()
	const most = 6
	address, next, l := listening(t, most)
	tooLong := time.AfterFunc(time.Minute, func() { _ = l.Close() }) // a connection that is not accepted would block for ever
	defer tooLong.Stop()
	peers, seats := make([]net.Conn, most), make([]*Conn, most)
	for n := range most {
		peers[n], seats[n] = dial(t, address), next()
		seats[n].Begin()
		seats[n].Claim("sam", false)
	}
	seats[0].Rest()
	if !seats[0].Begin() {
		t.Fatal("cut while there is room")
	}
	seats[0].Claim("sam", false) // claiming twice counts once
	for n := fewestEach; n < most; n++ {
		other := dial(t, address)
		c := next()
		c.Begin()
		c.Claim(other, false)
		if !over(peers[n]) {
			t.Errorf("connection %d of one person is there", n)
		}
	}
	for n := range fewestEach {
		if !seats[n].Begin() {
			t.Errorf("connection %d was cut", n)
		}
	}
}

// All identities that anybody can create again together get half of the connections, however many they
// are.
func TestNewGuestsNeverTakeEveryConnection(t *testing.T) {
	t.Parallel()
	const most = 8
	address, next, _ := listening(t, most)
	peers, seats := make([]net.Conn, most), make([]*Conn, most)
	for n := range most {
		peers[n], seats[n] = dial(t, address), next()
		seats[n].Begin()
		seats[n].Claim(n, true)
	}
	for n := range most / 2 {
		member := dial(t, address)
		c := next()
		c.Begin()
		c.Claim(member, false)
		if !over(peers[most/2+n]) {
			t.Errorf("guest %d keeps a member out", most/2+n)
		}
	}
	for n := range most / 2 {
		if !seats[n].Begin() {
			t.Errorf("guest %d was cut", n)
		}
	}
}

// Strangers whose bodies are late hold all connections. They are idle longer than a new connection, which
// has as much time to say who it is as there are connections of strangers.
func TestAStrangerWhoseBodyIsLateGoesBeforeANewConnection(t *testing.T) {
	t.Parallel()
	const most = 4
	address, next, _ := listening(t, most)
	peers, seats := make([]net.Conn, 2*most-1), make([]*Conn, 2*most-1)
	for n := range seats {
		peers[n], seats[n] = dial(t, address), next()
		if n < most { // the others say nothing yet
			seats[n].Begin()
			seats[n].From(n, nil)
			seats[n].Rest()
		}
	}
	for n := range most - 1 {
		if !over(peers[n]) {
			t.Errorf("the stranger %d is there", n)
		}
		if !seats[most+n].Begin() {
			t.Errorf("the new connection %d was cut", n)
		}
	}
}

// One address has a quarter of the protected connections, whatever identities it holds, and an IPv6 site
// half of them. A connection behind a proxy counts for the address of its present request.
func TestOneAddressNeverTakesEveryConnection(t *testing.T) {
	t.Parallel()
	const most = 16
	address, next, _ := listening(t, most)
	peers, seats := make([]net.Conn, most), make([]*Conn, most)
	ask := func(n int, household, site any) {
		seats[n].Begin()
		seats[n].From(household, site)
		seats[n].Claim(n, false)
	}
	for n := range most {
		peers[n], seats[n] = dial(t, address), next()
		ask(n, "another house", nil)
		seats[n].Rest()
		ask(n, n/4, "site") // four households of one site
	}
	for n := range most / 2 {
		other := dial(t, address)
		c := next()
		c.Begin()
		c.From(other, nil)
		c.Claim(other, false)
		if !over(peers[most/2+n]) {
			t.Errorf("connection %d of the site keeps another one out", most/2+n)
		}
	}
	for n := range most / 2 {
		if !seats[n].Begin() {
			t.Errorf("connection %d was cut", n)
		}
	}
	// A fifth connection of one household is beyond its share, though the site has room.
	seats[0].Rest()
	seats[1].Rest()
	ask(0, 1, "site")
	late := dial(t, address)
	c := next()
	c.Begin()
	c.From("late", nil)
	if !over(peers[1]) || seats[1].Begin() {
		t.Error("a connection at rest was not closed first")
	}
	later := dial(t, address)
	c = next()
	c.Begin()
	c.From("later", nil)
	if !over(peers[0]) || seats[0].Begin() {
		t.Error("a connection beyond the share of its household was not closed")
	}
	check(t, late.Close())
	check(t, later.Close())
}
