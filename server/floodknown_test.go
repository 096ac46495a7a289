package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// With one cookie somebody holds every connection, in each way that a request can stay busy. New people
// must get in all the same.
func TestOneCookieShutsNobodyOut(t *testing.T) {
	t.Parallel()
	const most, fewest = 40, 4 // a person's share of this many is more than that
	const some = 2 * (most + 4)
	w := newWorldWith(t, func(c *server.Config) { c.Connections, c.Unlimited = most, true })
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 4*most) // a quarter for one network
	robin := w.guest(ctx, t, code, "Robin")
	phone := dial(robin, workshop)
	phone.poll(ctx, t)
	participant := w.people["participant"]
	fromRobin, sam := cookies(t, robin), cookies(t, participant.Client)
	long := []client.Field{{Q: "did", A: strings.Repeat("x", 400<<10)}}
	check(t, participant.SaveFirst(ctx, participant.account, id.New[id.Worksheet]().String(), "Page", long))
	var list wire.SealedList
	check(t, participant.Do(ctx, "GET", "/worksheets", nil, &list))
	page := "/sealed/" + list.Sealed[0].ID
	get := func(path, cookie, more string) string {
		return "GET /api/v1" + path + " HTTP/1.1\r\n" + ownPage + cookie + more + "\r\n"
	}
	// So many people that none exceeds their own share.
	var late, unread []string
	for n := range some/fewest + 1 {
		one := w.guest(ctx, t, code, fmt.Sprintf("Guest %d", n))
		one.HTTP.CloseIdleConnections()
		each := cookies(t, one)
		late = append(late, get("/guest", each, "")+declare("POST", "/rooms/"+workshop+"/commands?device="+phone.device, each, 2)+"{")
		unread = append(unread, get("/guest", each, "Content-Length: 100000\r\n")+"x")
	}
	// Close idle connections, which would otherwise be closed for the new ones.
	robin.HTTP.CloseIdleConnections()
	for _, one := range w.people {
		one.HTTP.CloseIdleConnections()
	}
	me := get("/me", sam, "")
	for _, c := range []struct {
		name  string
		words []string
	}{
		{"a body that is late, of many", late},
		{"a body that nobody reads, of many", unread},
		{"a body that is late", []string{me + declare("PUT", "/signin/half", sam, 2) + "{"}},
		{"a body that nobody reads", []string{get("/me", sam, "Content-Length: 100000\r\n") + "x"}},
		{"polls that overtake one another", []string{get("/guest", fromRobin, "") + get("/rooms/"+workshop+"/poll?device="+phone.device+"&seq=0", fromRobin, "")}},
		{"a big answer that is never taken", []string{strings.Repeat(get(page, sam, ""), 12)}},
	} {
		var all []net.Conn
		for n := range some {
			one := strangerIn(ctx, t, w.base, 1+n, c.words[n%len(c.words)]) // the share of one address is not at stake here
			all = append(all, one)
			// A connection that got a byte is busy or closed, so that the next one does not displace
			// one that is not identified yet.
			check(t, one.(*net.TCPConn).SetReadBuffer(4<<10))
			_, _ = one.Read(make([]byte, 1))
		}
		within, stop := context.WithTimeout(ctx, 5*time.Second) // each way holds its connections for ten seconds or more
		if err := eventually(within, func() bool { return serves(ctx, t, w.base) }); err != nil {
			t.Errorf("%s shuts out new people", c.name)
		}
		stop()
		for _, one := range all {
			_ = one.Close()
		}
		check(t, eventually(ctx, func() bool { return serves(ctx, t, w.base) }))
	}
}

// serves reports whether new connections are served three times in a row.
func serves(ctx context.Context, t *testing.T, base string) bool {
	t.Helper()
	for range 3 {
		c := stranger(ctx, t, base, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return false
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		_ = c.Close()
	}
	return true
}
