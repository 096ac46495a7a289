package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/client"
	"amends/server/id"
	"amends/server/postgres/pgtest"
	"amends/server/wire"
)

// A real server behind the real proxies of deploy/, over TLS: what people need goes through each, and
// nobody gains anything by saying that they are somebody else.

// through is one machine: a server, and the proxies one after the other at the same public address.
type through struct {
	*testing.T
	ctx        context.Context
	fronting   fronting
	roots      *x509.CertPool
	public     string
	admin      *client.Client
	dana, sam  *client.Client
	cohort, by string
	// guests counts the addresses of this machine that were used up.
	guests int
}

func TestPeopleComeThroughEveryProxy(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	x := &through{T: t, ctx: ctx}
	x.fronting, x.roots = frontingHere(t)
	x.public = fmt.Sprintf("https://localhost:%d", x.fronting.tls)
	d, secrets := pgtest.New(t), filepath.Join(t.TempDir(), "secrets")
	s := setup{binary: build(t), env: []string{"PATH=" + os.Getenv("PATH"), "DATABASE_URL=" + d.URL("app"), "REDIS_URL=" + redisServer(t), "SECRETS_DIR=" + secrets, "PUBLIC_URL=" + x.public}}
	if out, err := s.run(t, "secrets", "new", secrets); err != nil {
		t.Fatal(out)
	}
	out, err := s.run(t, "facility", "create", "--name", "House", "--zone", "UTC")
	slip := regexp.MustCompile(`Admin slip  (\S+)`).FindStringSubmatch(out)
	if err != nil || slip == nil {
		t.Fatal(out)
	}
	_, unnamed := s.serve(t)
	node, direct := setup{s.binary, append(slices.Clip(s.env), "TRUSTED_PROXIES=127.0.0.1/32")}.serve(t)
	for _, p := range fronts() {
		x.fronting.behind = strings.TrimPrefix(direct, "http://")
		stop := p.start(t, x.fronting)
		if x.admin == nil {
			x.settle(slip[1])
		}
		x.loadsPages(p.program, direct)
		x.talks(p.program)
		x.liesGainNothing(p.program)
		quiet(t, p, stop())
		x.fronting.behind = strings.TrimPrefix(unnamed, "http://")
		stop = p.start(t, x.fronting)
		x.isRefused(p.program)
		quiet(t, p, stop())
	}
	// With the server gone, the proxies report errors: these say nothing of people either.
	_, _ = node.Process.Kill(), node.Wait()
	x.fronting.behind = strings.TrimPrefix(direct, "http://")
	for _, p := range fronts() {
		stop := p.start(t, x.fronting)
		if status, _, _ := x.get("/api/v1/me?mark=canary"); status != http.StatusBadGateway && status != http.StatusServiceUnavailable {
			t.Errorf("%s without a server: %d", p.program, status)
		}
		quiet(t, p, stop())
	}
}

// quiet fails when a log names an address, a path with values, or what a client said.
func quiet(t *testing.T, p front, log string) {
	t.Helper()
	for _, word := range []string{"127.0.1.", "[::1]", "mark=", "device=", "canary", "198.51.100", "Cookie"} {
		if strings.Contains(log, word) {
			t.Errorf("the log of %s has %q:\n%s", p.program, word, log)
		}
	}
}

// person is a client at the public address, whose connections come from an address of this machine.
func (x *through) person(from string) *client.Client {
	x.Helper()
	c := client.New(x.public)
	c.HTTP.Transport = &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: x.roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true, DisableKeepAlives: from != "",
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			d := net.Dialer{Timeout: 10 * time.Second}
			to := "127.0.0.1"
			if from != "" {
				d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
			}
			if strings.Contains(from, ":") {
				to = "::1"
			}
			return d.DialContext(ctx, network, net.JoinHostPort(to, fmt.Sprint(x.fronting.tls)))
		},
	}
	return c
}

func (x *through) must(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

// settle makes a facility with a counselor and a participant, all through the proxy.
func (x *through) settle(slip string) {
	x.Helper()
	const password = "three short words here"
	x.admin, x.dana, x.sam = x.person(""), x.person(""), x.person("")
	_, err := x.admin.SignUp(x.ctx, slip, "nora", "Nora", "en", password)
	x.must(err)
	x.must(x.admin.LogIn(x.ctx, "nora", password))
	var cohort wire.Created
	x.must(x.admin.Do(x.ctx, "POST", "/cohorts", wire.CohortRequest{Name: "Group", StartsOn: "2026-01-01", EndsOn: "2030-01-01", Capacity: 12}, &cohort))
	x.cohort = cohort.ID
	for role, c := range map[string]*client.Client{"counselor": x.dana, "participant": x.sam} {
		var slips wire.NewSlips
		x.must(x.admin.Do(x.ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{role}, Cohort: x.cohort, Count: 1, Language: "en", Days: 1}, &slips))
		account, err := c.SignUp(x.ctx, slips.Slips[0].Code, role, "A "+role, "en", password)
		x.must(err)
		x.must(c.LogIn(x.ctx, role, password))
		if role == "counselor" {
			x.by = id.From[id.Member](account.Acct).String()
		}
	}
}

func (x *through) get(path string) (status int, header http.Header, body string) {
	x.Helper()
	req, err := http.NewRequestWithContext(x.ctx, "GET", x.public+path, nil)
	x.must(err)
	res, err := x.person("").HTTP.Do(req)
	x.must(err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	x.must(err)
	return res.StatusCode, res.Header, string(text)
}

// loadsPages compares pages with what the server itself answers; a refusal names its own request. The app
// is there when it was built before, a file of the program always.
func (x *through) loadsPages(program, direct string) {
	x.Helper()
	for _, path := range []string{"/", "/placeholder.txt", "/healthz"} {
		res, err := http.Get(direct + path)
		x.must(err)
		want, err := io.ReadAll(res.Body)
		x.must(err)
		x.must(res.Body.Close())
		status, header, got := x.get(path)
		same := got == string(want) || status != http.StatusOK
		if status != res.StatusCode || !same || header.Get("Strict-Transport-Security") == "" || header.Get("Content-Security-Policy") != res.Header.Get("Content-Security-Policy") {
			x.Errorf("%s: %s is answered with %d and %d bytes, want %d and %d", program, path, status, len(got), res.StatusCode, len(want))
		}
	}
}

// talks runs a room: sockets both ways, and a poll that is held until something happens.
func (x *through) talks(program string) {
	x.Helper()
	var room wire.Created
	x.must(x.admin.Do(x.ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: x.cohort, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60", Language: "en", Lead: x.by, Capacity: 12}, &room))
	run, err := x.dana.Room(x.ctx, room.ID)
	x.must(err)
	defer run.Close()
	phone, err := x.sam.Room(x.ctx, room.ID)
	x.must(err)
	defer phone.Close()
	shows := func(s *client.Socket, field string, want any) {
		x.Helper()
		if err := s.Await(x.ctx, func(f []client.Frame) bool { return fmt.Sprint(client.Fold(f)[field]) == fmt.Sprint(want) }); err != nil {
			x.Fatalf("%s: %s is %v, want %v: %v", program, field, s.State()[field], want, err)
		}
	}
	_, err = run.Do("open", "", -1)
	x.must(err)
	shows(phone, "state", "open")
	_, err = phone.Do("ready", "", -1)
	x.must(err)
	shows(run, "ready", 1)

	var seen wire.RoomPoll
	path := "/rooms/" + room.ID + "/poll?device=" + id.New[id.Command]().String()
	x.must(x.sam.Do(x.ctx, "GET", path, nil, &seen))
	answered := make(chan error, 1)
	var next struct {
		View map[string]any `json:"view"`
	}
	go func() {
		for next.View["state"] != "running" {
			if err := x.sam.Do(x.ctx, "GET", fmt.Sprintf("%s&seq=%d&mark=%s", path, seen.Seq, seen.Mark), nil, &next); err != nil {
				answered <- err
				return
			}
		}
		answered <- nil
	}()
	_, err = run.Do("start", "", -1)
	x.must(err)
	if err := <-answered; err != nil {
		x.Fatalf("%s: a held poll: %v", program, err)
	}
}

// liesGainNothing guesses slips from one address that says each time that it is another: its guesses are
// counted as one person's, and nobody else's are.
func (x *through) liesGainNothing(program string) {
	x.Helper()
	x.guests++
	liar, other := fmt.Sprintf("127.0.1.%d", x.guests), fmt.Sprintf("127.0.1.%d", 100+x.guests)
	rule := bus.InvitationPerAddress()
	taken, began := 0, time.Now()
	for x.guess(liar, taken) != "too_many" {
		if taken++; taken > rule.Burst+int(time.Since(began)/rule.Step())+1 {
			x.Errorf("%s: %d guesses of one address were taken", program, taken)
			break
		}
	}
	if taken < rule.Burst {
		x.Errorf("%s: only %d guesses were taken: somebody else's count as well", program, taken)
	}
	for _, from := range append(loopback(x.T)[1:], other) {
		if code := x.guess(from, 0); code == "too_many" {
			x.Errorf("%s: a guess from %s is refused for those from %s", program, from, liar)
		}
	}
}

// guess sends a wrong slip, with headers that lie: two lines, in all forms.
func (x *through) guess(from string, n int) (code string) {
	x.Helper()
	lies := http.Header{
		"X-Forwarded-For": {fmt.Sprintf("198.51.100.%d, 2001:db8:%x::9", n+1, n), fmt.Sprintf("[2001:db8:%x::9]:443", n+1)},
		"Forwarded":       {fmt.Sprintf("for=198.51.100.%d", n+1)}, "X-Real-Ip": {fmt.Sprintf("198.51.100.%d", n+1)},
	}
	var refused *client.Refused
	if err := x.person(from).Ask(x.ctx, "POST", "/auth/slip", lies, wire.SlipRequest{Invite: "ABCD-EFGH-JKMN-PQRS"}, nil); !errors.As(err, &refused) {
		x.Fatalf("a wrong slip from %s: %v", from, err)
	}
	return refused.Code
}

// isRefused: a server that does not name the proxy serves nobody, and stays alive.
func (x *through) isRefused(program string) {
	x.Helper()
	if status, _, body := x.get("/"); status != http.StatusServiceUnavailable || !strings.Contains(body, "proxy.unknown") {
		x.Errorf("%s is not named, and a page is answered with %d %s", program, status, body)
	}
	if status, _, _ := x.get("/healthz"); status != http.StatusOK {
		x.Errorf("%s is not named, and the health check is answered with %d", program, status)
	}
}
