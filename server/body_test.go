package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

const ownPage = "Host: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n"

// declare is a request head that declares a body of this length; below 0 it is chunked.
func declare(method, path, more string, length int) string {
	framing := fmt.Sprintf("Content-Length: %d\r\n", length)
	if length < 0 {
		framing = "Transfer-Encoding: chunked\r\n"
	}
	return method + " /api/v1" + path + " HTTP/1.1\r\n" + ownPage + more + framing + "\r\n"
}

// heard reads the next response of a connection, with its problem code.
func heard(t *testing.T, in *bufio.Reader) (status int, code string, last bool) {
	t.Helper()
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Errorf("no answer: %v", err)
		return 0, "", true
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	check(t, err)
	var p client.Refused
	if len(body) > 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
		check(t, json.Unmarshal(body, &p))
	}
	return res.StatusCode, p.Code, res.Close
}

// live returns the size of this process's heap after garbage collection.
func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

const mb = 1 << 20

// Not parallel: it measures memory. Hundreds of clients declare a megabyte and send a part of it: a
// stranger is refused without any of it being kept, and a signed-in person can use their share at most,
// which affects nobody else and is released.
func TestADeclaredBodyReservesNoMemory(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	const strangers = 300
	part := strings.Repeat("x", 200<<10)
	before := live()
	for n := range strangers {
		c := stranger(ctx, t, w.base, declare("PUT", "/vault", "", mb)+"{")
		status, code, last := heard(t, bufio.NewReader(c))
		if status != 401 || code != "signin.needed" || !last {
			t.Fatalf("stranger %d: %d %s", n, status, code)
		}
		go func() { _, _ = io.WriteString(c, part) }()
	}
	if grown := live() - before; grown > 16*mb {
		t.Errorf("%d strangers hold %d MB", strangers, grown/mb)
	}

	sam := cookies(t, w.people["participant"].Client)
	var all []net.Conn
	refused := make(chan int, strangers)
	for range strangers {
		c := stranger(ctx, t, w.base, declare("PUT", "/vault", sam, mb)+part)
		all = append(all, c)
		go func() {
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				return
			}
			refused <- res.StatusCode
			_ = res.Body.Close()
		}()
	}
	// A share of 8 MB is 32 quarter megabytes, the size that one such part takes.
	for range strangers - 32 {
		select {
		case status := <-refused:
			if status != 503 {
				t.Errorf("beyond one's share: %d", status)
			}
		case <-ctx.Done():
			t.Fatal("one person holds more than their share")
		}
	}
	if grown := live() - before; grown > 32*mb {
		t.Errorf("%d bodies of one person hold %d MB", strangers, grown/mb)
	}
	half := wire.Half{Half: strings.Repeat("A", 43)}
	check(t, w.people["participant2"].Do(ctx, "PUT", "/signin/half", half, nil))
	for _, c := range all {
		check(t, c.Close())
	}
	check(t, eventually(ctx, func() bool { return w.people["participant"].Do(ctx, "PUT", "/signin/half", half, nil) == nil }))
}

// Strangers who send slowly displace one another, and nobody who sends at once.
func TestSlowStrangersKeepNobodyFromSigningIn(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.BodyBytes = 16 * mb })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	// Strangers' bodies together have 2 MB here: 32 of the largest.
	for range 100 {
		stranger(ctx, t, w.base, declare("POST", "/auth/signup", "", 64<<10)+strings.Repeat("x", 60<<10))
		check(t, client.New(w.base).Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: "h-mentor"}, nil))
	}
	check(t, w.people["participant2"].Do(ctx, "PUT", "/signin/half", wire.Half{Half: strings.Repeat("A", 43)}, nil))
}

// Every operation limits its body, with or without a declared length, and strangers' limit is small.
func TestBodiesEndAtTheLimitOfTheirRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam := cookies(t, w.people["participant"].Client)
	room := "/rooms/00000000-0000-4000-8000-000000000000/commands"
	for _, c := range []struct {
		method, path, cookie string
		limit                int
	}{{"POST", "/auth/login", "", 8 << 10}, {"POST", "/auth/signup", "", 64 << 10}, {"PUT", "/vault", sam, mb}, {"PUT", "/signin/half", sam, 256 << 10}, {"POST", room, sam, wire.MaxFrame}} {
		spaces := strings.Repeat(" ", c.limit)
		for name, words := range map[string]string{
			"declared": declare(c.method, c.path, c.cookie, c.limit+1) + " ",
			"chunked":  declare(c.method, c.path, c.cookie, -1) + fmt.Sprintf("%x\r\n%s \r\n0\r\n\r\n", c.limit+1, spaces),
		} {
			in := bufio.NewReader(stranger(ctx, t, w.base, words))
			if status, code, _ := heard(t, in); status != 413 || code != "body.too_large" {
				t.Errorf("%s, %s: %d %s", c.path, name, status, code)
			}
		}
		// A body of exactly the limit is read, and refused as invalid JSON.
		for name, words := range map[string]string{
			"declared": declare(c.method, c.path, c.cookie, c.limit) + spaces,
			"chunked":  declare(c.method, c.path, c.cookie, -1) + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", c.limit, spaces),
		} {
			in := bufio.NewReader(stranger(ctx, t, w.base, words))
			if status, _, last := heard(t, in); status != 400 || last {
				t.Errorf("%s, %s, at the limit: %d, closed %v", c.path, name, status, last)
			}
		}
	}
}

// Compressed bodies are refused before decompression, from anybody.
func TestCompressedBodiesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam := cookies(t, w.people["participant"].Client)
	for encoding, want := range map[string]int{"br": 415, "gzip": 415, "deflate": 415, "zstd": 415, "identity, br": 415, "identity\r\nContent-Encoding: br": 415, "identity": 204, "Identity": 204, "": 204} {
		body := `{"half":"` + strings.Repeat("A", 43) + `"}`
		c := stranger(ctx, t, w.base, declare("PUT", "/signin/half", sam+"Content-Encoding: "+encoding+"\r\n", len(body))+body)
		status, code, _ := heard(t, bufio.NewReader(c))
		if status != want || status == 415 && code != "body.encoded" {
			t.Errorf("%q: %d %s", encoding, status, code)
		}
	}
}

// The rest of an unread body is never parsed as a request (request smuggling): either it is discarded
// and the next request is answered, or the connection is closed.
func TestARefusedBodyIsNeverParsedAsARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam := cookies(t, w.people["participant"].Client)
	const smuggled = "GET /version HTTP/1.1\r\nHost: x\r\n\r\n"
	const next = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
	chunk := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
	big := strings.Repeat(smuggled, 12_000) // more than the server discards to keep a connection
	for name, c := range map[string]struct {
		head, body string
		status     int
		ends       bool
	}{
		"nobody known":             {declare("PUT", "/vault", "", len(smuggled)), smuggled, 401, false},
		"nobody known, in chunks":  {declare("PUT", "/vault", "", -1), chunk(smuggled) + chunk(smuggled) + "0\r\n\r\n", 401, true},
		"nobody known, and much":   {declare("PUT", "/vault", "", len(big)), big, 401, true},
		"much in chunks":           {declare("PUT", "/vault", "", -1), chunk(big) + "0\r\n\r\n", 401, true},
		"too big":                  {declare("POST", "/auth/login", "", 9<<10), strings.Repeat("x", 9<<10-len(smuggled)) + smuggled, 413, false},
		"too big, in chunks":       {declare("POST", "/auth/login", "", -1), chunk(strings.Repeat("x", 9<<10)) + chunk(smuggled) + "0\r\n\r\n", 413, true},
		"compressed":               {declare("PUT", "/vault", sam+"Content-Encoding: br\r\n", len(smuggled)), smuggled, 415, false},
		"from another site":        {declare("PUT", "/vault", sam+"Origin: http://else.example\r\n", len(smuggled)), smuggled, 403, false},
		"a row that takes nothing": {declare("POST", "/talk-requests", sam, len(smuggled)), smuggled, 0, false},
		"no such row":              {declare("POST", "/nothing", sam, len(smuggled)), smuggled, 404, false},
		"a page":                   {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n", big[:400_000], 404, true},
		"a GET with a body":        {declare("GET", "/me", sam, len(smuggled)), smuggled, 200, false},
		"it was to be asked for":   {declare("PUT", "/vault", "Expect: 100-continue\r\n", len(smuggled)), smuggled, 401, false},
		"a chunk that is none":     {declare("POST", "/auth/login", "", -1), "zz\r\n" + smuggled, 400, true},
		"a chunk that goes on":     {declare("POST", "/auth/login", "", -1), "2\r\n{}GET /version", 400, true},
		"two lengths":              {"POST /api/v1/auth/login HTTP/1.1\r\n" + ownPage + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n", "{}" + smuggled, 400, true},
		"length and chunks":        {"POST /api/v1/auth/login HTTP/1.1\r\n" + ownPage + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n\r\n" + smuggled, 400, true},
		"another framing":          {"POST /api/v1/auth/login HTTP/1.1\r\n" + ownPage + "Transfer-Encoding: gzip, chunked\r\n\r\n", "0\r\n\r\n" + smuggled, 400, true},
	} {
		in := bufio.NewReader(stranger(ctx, t, w.base, c.head+c.body+next))
		status, code, last := heard(t, in)
		if status == http.StatusContinue {
			status, code, last = heard(t, in)
		}
		if c.status != 0 && status != c.status || last != c.ends {
			t.Errorf("%s: %d %s, ends %v", name, status, code, last)
		}
		if !last {
			if status, _, _ := heard(t, in); status != 200 {
				t.Errorf("%s: the next request hears %d", name, status)
			}
			continue
		}
		if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
			t.Errorf("%s: then came %q, %v", name, rest, err)
		}
	}
}

// A body shorter than its Content-Length is not acted on, even if it is valid JSON.
func TestABodyThatWasCutShortIsNotActedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	const body = `{"handle":"h-mentor"}`
	for name, words := range map[string]string{
		"declared": declare("POST", "/auth/prelogin", "", len(body)+9) + body,
		"chunked":  declare("POST", "/auth/prelogin", "", -1) + fmt.Sprintf("%x\r\n%s\r\n", len(body), body),
		"a chunk":  declare("POST", "/auth/prelogin", "", -1) + fmt.Sprintf("%x\r\n%s", len(body)+9, body),
	} {
		c := stranger(ctx, t, w.base, words)
		check(t, c.(*net.TCPConn).CloseWrite())
		if said, err := io.ReadAll(c); err != nil || len(said) > 0 {
			t.Errorf("%s: %q, %v", name, said, err)
		}
	}
}

// Some guests have slow uploads that fill all body memory: whoever uses least gets memory from whoever
// uses most, so nobody's save waits for them.
func TestSlowGuestsKeepNobodyFromSaving(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.BodyBytes, c.Unlimited = mb, true })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 20)
	const guests = 8 // each may use an eighth at most
	var slow []string
	for n := range guests {
		each := cookies(t, w.guest(ctx, t, code, fmt.Sprintf("Guest %d", n)))
		slow = append(slow, declare("POST", "/rooms/"+workshop+"/commands?device="+id.New[id.Command]().String(), each, wire.MaxFrame)+strings.Repeat("x", 5<<10))
	}
	for n := range 2 * mb / wire.MaxFrame {
		stranger(ctx, t, w.base, slow[n%guests])
		check(t, w.people["participant2"].Do(ctx, "PUT", "/signin/half", wire.Half{Half: strings.Repeat("A", 43)}, nil))
	}
}
