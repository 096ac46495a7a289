package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/wire"
)

// houseAddress is an address of this machine that stands for that of the n-th house; 0 is the usual one.
func houseAddress(n int) net.Addr {
	if n == 0 {
		return nil
	}
	return &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(n))}
}

// inHouse makes a client connect from the address of a house.
func inHouse(c *client.Client, n int) *client.Client {
	d := net.Dialer{LocalAddr: houseAddress(n)}
	c.HTTP.Transport = &http.Transport{DialContext: d.DialContext}
	return c
}

// stranger opens an anonymous connection, sends words and nothing more.
func stranger(ctx context.Context, t *testing.T, base, words string) net.Conn {
	t.Helper()
	return strangerIn(ctx, t, base, 0, words)
}

// strangerIn is stranger from the address of a house.
func strangerIn(ctx context.Context, t *testing.T, base string, house int, words string) net.Conn {
	t.Helper()
	at, err := url.Parse(base)
	check(t, err)
	d := net.Dialer{LocalAddr: houseAddress(house)}
	c, err := d.DialContext(ctx, "tcp", at.Host)
	check(t, err)
	t.Cleanup(func() { _ = c.Close() })
	end, _ := ctx.Deadline()
	check(t, c.SetDeadline(end))
	_, _ = io.WriteString(c, words) // the server may have closed the connection already
	return c
}

// More strangers connect than the process may have open files, and hold their connections. The server
// survives; people in rooms go on, by socket and by long poll; and new people get in.
func TestAFloodOfIdleConnectionsIsSurvived(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	const files = 256
	base, _ := w.apartWithFiles(ctx, t, files)
	ana.Close()
	sam.Close()
	sam = enter(ctx, t, w.at(base, w.people["participant"].Client), workshop)
	phone := dial(w.at(base, w.people["participant2"].Client), workshop)
	held := make(chan error, 1)
	go func() { held <- phone.follow(ctx, "queue_open", true) }()

	const slow = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 500\r\n\r\n{"
	words := []string{"", slow, "GET /healthz HTTP/1.1\r\nHost: x\r\n", slow}
	for n := range 3 * files {
		stranger(ctx, t, base, words[n%len(words)])
		if n%100 != 99 {
			continue
		}
		if code := do(ctx, t, sam, "ready", fmt.Sprintf(`{"on":%t}`, n%200 == 99), -1); code != "" {
			t.Errorf("after %d strangers the room says %q", n, code)
		}
		fresh, err := w.people["mentor"].At(base)
		check(t, err)
		fresh.Origin, fresh.HTTP.Transport = w.base, &http.Transport{DisableKeepAlives: true}
		var me wire.Me
		check(t, fresh.Do(ctx, "GET", "/me", nil, &me))
		check(t, fresh.Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: "h-mentor"}, nil))
	}
	if code := do(ctx, t, dana, "queue_open", "", -1); code != "" {
		t.Fatal(code)
	}
	if err := <-held; err != nil {
		t.Errorf("a request that was held did not last: %v", err)
	}
	res, err := http.Get(base + "/healthz")
	check(t, err)
	check(t, res.Body.Close())
	if res.StatusCode != http.StatusOK {
		t.Errorf("healthz says %d", res.StatusCode)
	}
}

// A socket counts as a connection until it ends, and is not closed for others. That holds for all
// members, but only for as many guests as half of all connections, because anybody can become another
// guest.
func TestSocketsKeepTheirConnections(t *testing.T) {
	t.Parallel()
	const most = 32
	w := newWorldWith(t, func(c *server.Config) { c.Connections, c.Unlimited = most, true })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, most)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	if code := do(ctx, t, dana, "open", "", -1); code != "" {
		t.Fatal(code)
	}
	everybody := []*client.Socket{dana}
	for n := range most / 2 {
		guest := inHouse(w.guest(ctx, t, code, fmt.Sprintf("Guest %d", n)), 1+n)
		socket := enter(ctx, t, guest, workshop)
		if n < most/4 { // reconnects: the socket it replaces frees its connection
			before := socket
			socket = enter(ctx, t, guest, workshop)
			_, err := before.Closed(ctx)
			check(t, err)
			before.Close()
		}
		guest.HTTP.CloseIdleConnections()
		everybody = append(everybody, socket)
	}
	for _, one := range w.people {
		one.HTTP.CloseIdleConnections()
	}
	var strangers []net.Conn
	left := func(want int) func() bool {
		return func() bool {
			strangers = append(strangers, stranger(ctx, t, w.base, ""))
			open := 0
			for _, c := range strangers {
				check(t, c.SetReadDeadline(time.Now().Add(time.Millisecond)))
				if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
					open++
				}
			}
			return len(strangers) > most && open == want
		}
	}
	if err := eventually(ctx, left(most-len(everybody))); err != nil {
		t.Fatal("sockets do not count")
	}
	for n, s := range everybody {
		if code := do(ctx, t, s, "clock", "", -1); code != "" {
			t.Errorf("socket %d hears %q", n, code)
		}
	}
	everybody[1].Close()
	if err := eventually(ctx, left(most-len(everybody)+1)); err != nil {
		t.Error("the connection of an ended socket is not freed")
	}
}

// follow polls until a field of the view has a value; every poll must be answered.
func (p *phone) follow(ctx context.Context, field string, want any) error {
	for fmt.Sprint(p.seen.View[field]) != fmt.Sprint(want) {
		path := p.room + "/poll?device=" + p.device
		if p.seen.Mark != "" {
			path += fmt.Sprintf("&seq=%d&mark=%s", p.seen.Seq, p.seen.Mark)
		}
		p.seen = polled{}
		if err := p.Do(ctx, "GET", path, nil, &p.seen); err != nil {
			return err
		}
	}
	return nil
}

// cookies is the Cookie header that a person's browser would send.
func cookies(t *testing.T, c *client.Client) string {
	t.Helper()
	at, err := url.Parse(c.Base)
	check(t, err)
	header := ""
	for _, one := range c.HTTP.Jar.Cookies(at) {
		header += "Cookie: " + one.Name + "=" + one.Value + "\r\n"
	}
	return header
}
