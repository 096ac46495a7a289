package server_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// One address holds connections under as many identities as it likes. What it has beyond its share is
// served, and is closed first when there is no room: people elsewhere stay connected, and get in.
func TestOneAddressShutsNobodyOut(t *testing.T) {
	t.Parallel()
	const most, share = 40, 10
	w := newWorldWith(t, func(c *server.Config) { c.Connections, c.Unlimited = most, true })
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 3*most)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	if code := do(ctx, t, dana, "open", "", -1); code != "" {
		t.Fatal(code)
	}
	for _, one := range w.people {
		one.HTTP.CloseIdleConnections()
	}
	from := func(house, n int) (all []*client.Socket) {
		for range n {
			guest := inHouse(client.New(w.base), house)
			_, err := guest.EnterAsGuest(ctx, code, fmt.Sprintf("Guest of %d", house))
			check(t, err)
			all = append(all, enter(ctx, t, guest, workshop))
			guest.HTTP.CloseIdleConnections()
		}
		return all
	}
	flood := from(1, most/2)
	elsewhere := from(2, 5)
	flood = append(flood, from(1, most)...)
	elsewhere = append(append(elsewhere, from(3, 2)...), dana)
	for n, s := range elsewhere {
		if code := do(ctx, t, s, "clock", "", -1); code != "" {
			t.Errorf("socket %d elsewhere hears %q", n, code)
		}
	}
	// Those of the share stay, so that a house with many people has its place too.
	for n, s := range flood[:share] {
		if code := do(ctx, t, s, "clock", "", -1); code != "" {
			t.Errorf("socket %d of the share hears %q", n, code)
		}
	}
}

// All connections are held by people at work, so that none can be closed for another. The port for probes
// answers all the same.
func TestAProbeIsAnsweredWhenNoConnectionIsFree(t *testing.T) {
	t.Parallel()
	const most = 32
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cfg := w.cfg
	cfg.Connections = most
	s, err := server.New(ctx, cfg)
	check(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	probes, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s.Probe(probes)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running, l) }()
	base := "http://" + l.Addr().String()
	workshop := w.planned(ctx, t, "step9-60")
	// Each stage has a share of four connections, which it holds by polls.
	var asks []string
	for range most / wire.StageConns {
		screen := cookies(t, w.connected(ctx, t, workshop))
		for range wire.StageConns {
			asks = append(asks, "GET /api/v1/rooms/"+workshop+"/poll?seat=stage&seq=0&device="+id.New[id.Command]().String()+" HTTP/1.1\r\n"+ownPage+screen+"\r\n")
		}
	}
	held := make([]net.Conn, most)
	full := func() bool {
		for n := range held {
			if held[n] == nil || !unanswered(t, held[n]) {
				held[n] = strangerIn(ctx, t, base, 1+n, asks[n])
			}
		}
		return !serves(ctx, t, base)
	}
	check(t, eventually(ctx, full))
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/version": 200, "/": 404, "/api/v1/me": 404} {
		res, err := http.Get("http://" + probes.Addr().String() + path)
		check(t, err)
		check(t, res.Body.Close())
		if res.StatusCode != want {
			t.Errorf("%s on the port for probes: %d", path, res.StatusCode)
		}
	}
	if serves(ctx, t, base) {
		t.Error("a connection was free all the time")
	}
	stop()
	check(t, <-ended)
}

// unanswered reports whether a connection is open and has no answer yet.
func unanswered(t *testing.T, c net.Conn) bool {
	t.Helper()
	check(t, c.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, err := c.Read(make([]byte, 1))
	return errors.Is(err, os.ErrDeadlineExceeded)
}
