package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// phone is one device that polls a room.
type phone struct {
	*client.Client
	room, device string
	seen         polled
}

type polled struct {
	View map[string]any  `json:"view"`
	Me   map[string]any  `json:"me"`
	Live *wire.RoomLive  `json:"live"`
	Raw  json.RawMessage `json:"-"`
	Seq  int64           `json:"seq"`
	Now  int64           `json:"now"`
	Held int64           `json:"held_ms"`
	Mark string          `json:"mark"`
}

func dial(c *client.Client, workshop string) *phone {
	return &phone{Client: c, room: "/rooms/" + workshop, device: id.New[id.Command]().String()}
}

// poll sends one poll from the device's present position; the code is empty on success.
func (p *phone) poll(ctx context.Context, t *testing.T) string {
	t.Helper()
	path := p.room + "/poll?device=" + p.device
	if p.seen.Mark != "" {
		path += fmt.Sprintf("&seq=%d&mark=%s", p.seen.Seq, p.seen.Mark)
	}
	var raw json.RawMessage
	if code := refusedAs(t, p.Do(ctx, "GET", path, nil, &raw)); code != "" {
		return code
	}
	p.seen = polled{Raw: raw}
	check(t, json.Unmarshal(raw, &p.seen))
	return ""
}

func refusedAs(t *testing.T, err error) string {
	t.Helper()
	var refused *client.Refused
	if errors.As(err, &refused) {
		return refused.Code
	}
	check(t, err)
	return ""
}

// until polls until a field of the view has a value.
func (p *phone) until(ctx context.Context, t *testing.T, field string, want any) {
	t.Helper()
	for fmt.Sprint(p.seen.View[field]) != fmt.Sprint(want) {
		if code := p.poll(ctx, t); code != "" {
			t.Fatalf("%s never was %v: %s", field, want, code)
		}
	}
}

func (p *phone) say(ctx context.Context, t *testing.T, frame string) (wire.RoomAck, string) {
	t.Helper()
	var ack wire.RoomAck
	code := refusedAs(t, p.Do(ctx, "POST", p.room+"/commands?device="+p.device, json.RawMessage(frame), &ack))
	return ack, code
}

func (p *phone) do(ctx context.Context, t *testing.T, verb, with string, expect int) string {
	t.Helper()
	_, code := p.say(ctx, t, client.CommandFrame(id.New[id.Command]().String(), verb, with, expect))
	return code
}

func TestAWholeRoomWithoutASocket(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana, sam := dial(w.people["counselor"].Client, workshop), dial(w.people["participant"].Client, workshop)
	ana := enter(ctx, t, w.people["participant2"].Client, workshop)
	if code := sam.poll(ctx, t); code != "" || sam.seen.View["state"] != "scheduled" {
		t.Fatalf("before it opens: %q %s", code, sam.seen.Raw)
	}
	if code := sam.do(ctx, t, "raise", "", -1); code == "" {
		t.Error("a hand before the room was opened")
	}
	dana.poll(ctx, t)
	if code := dana.do(ctx, t, "open", "", -1); code != "" {
		t.Fatal(code)
	}
	sam.until(ctx, t, "state", "open")
	dana.until(ctx, t, "here", 2)
	if code := dana.do(ctx, t, "start", "", -1); code != "" {
		t.Fatal(code)
	}
	sam.until(ctx, t, "segment", 0)
	// A retry takes effect once and is answered twice.
	again := client.CommandFrame(id.New[id.Command]().String(), "next", "", 0)
	first, code := dana.say(ctx, t, again)
	second, code2 := dana.say(ctx, t, again)
	if code != "" || code2 != "" || first.Ack != second.Ack || first.Seq != second.Seq {
		t.Errorf("a command sent twice: %+v %q, %+v %q", first, code, second, code2)
	}
	sam.until(ctx, t, "segment", 1)
	if code := dana.do(ctx, t, "next", "", 0); code != "room.moved_on" {
		t.Errorf("a stale Next: %q", code)
	}
	if code := sam.do(ctx, t, "next", "", 1); code != "access.refused" {
		t.Errorf("a participant pressed Next: %q", code)
	}
	dana.do(ctx, t, "go", `{"segment":2}`, 1)
	if code := sam.do(ctx, t, "raise", "", -1); code != "" {
		t.Error(code)
	}
	// A change of the personal part is delivered although the shared view does not change.
	for fmt.Sprint(sam.seen.Me["hand"]) != "up" {
		if code := sam.poll(ctx, t); code != "" {
			t.Fatal(code)
		}
	}
	// Live counts, which have no sequence number, wake a counselor's poll too.
	do(ctx, t, ana, "status", `{"writing":true,"saved":false}`, -1)
	for dana.seen.Live == nil || dana.seen.Live.Writing != 1 {
		if code := dana.poll(ctx, t); code != "" {
			t.Fatal(code)
		}
	}
	for _, secret := range []string{`"people"`, `"help":[`, `"queue":[`, `"summary"`, "null", `"patch"`} {
		if strings.Contains(string(sam.seen.Raw), secret) {
			t.Errorf("a participant got %s: %s", secret, sam.seen.Raw)
		}
	}
	// A removed person is told so from then on, and nobody else is.
	if code := dana.do(ctx, t, "remove", `{"member":"`+w.people["participant"].member+`","reason":"safety"}`, -1); code != "" {
		t.Error(code)
	}
	code = ""
	for code == "" {
		code = sam.poll(ctx, t)
	}
	if code != "room.removed" {
		t.Errorf("taken out: %q", code)
	}
	if _, code := sam.say(ctx, t, client.CommandFrame(id.New[id.Command]().String(), "raise", "", -1)); code != "room.removed" {
		t.Errorf("a hand after being taken out: %q", code)
	}
	dana.do(ctx, t, "end", "", -1)
	dana.until(ctx, t, "state", "ended")
}

func TestAPollIsHeldAndThenAnswersTheSameState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam := dial(w.people["participant"].Client, w.plan(ctx, t))
	sam.HTTP.Timeout = time.Minute
	sam.poll(ctx, t)
	before := sam.seen.Mark
	if code := sam.poll(ctx, t); code != "" || sam.seen.Mark != before || sam.seen.Held < 24_900 || sam.seen.Held > 28_000 {
		t.Errorf("held for %d ms, %q, the same: %v", sam.seen.Held, code, sam.seen.Mark == before)
	}
}

func TestWhoMayPollAndHowEachEndIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	for name, want := range map[string]int{"stranger": 401, "admin": 404, "other admin": 404, "other counselor": 404, "other participant": 404} {
		c := client.New(w.base)
		if p := w.people[name]; p != nil {
			c = p.Client
		}
		for method, path := range map[string]string{"GET": "/poll", "POST": "/commands"} {
			body := client.CommandFrame(id.New[id.Command]().String(), "raise", "", -1)
			status, answer := raw(ctx, t, c, method, "/rooms/"+workshop+path, "application/json", body)
			if status != want || !strings.Contains(string(answer), `"code"`) {
				t.Errorf("%s %s as %s: %d %s, want %d", method, path, name, status, answer, want)
			}
		}
	}
	foreign := client.New(w.base)
	foreign.HTTP, foreign.Origin = w.people["participant"].HTTP, "https://evil.example"
	if status, answer := raw(ctx, t, foreign, "GET", "/rooms/"+workshop+"/poll", "", ""); status != http.StatusForbidden || !strings.Contains(string(answer), "request.origin") {
		t.Errorf("a poll from another site: %d %s", status, answer)
	}

	sam := dial(w.people["participant"].Client, workshop)
	sam.poll(ctx, t)
	// A pending poll is told that another device took over, and so is each later one.
	codes := make(chan string, 1)
	go func() { codes <- sam.poll(ctx, t) }()
	newer := dial(w.people["participant"].Client, workshop)
	for newer.seen.View == nil {
		if code := newer.poll(ctx, t); code != "" {
			t.Fatal(code)
		}
	}
	if code := <-codes; code != "room.taken_over" {
		// The older device's request may have arrived after the newer one's.
		if code = sam.poll(ctx, t); code != "room.taken_over" {
			t.Errorf("the older device was told %q", code)
		}
	}
	if code := sam.do(ctx, t, "raise", "", -1); code != "room.taken_over" {
		t.Errorf("the older device may still speak: %q", code)
	}
	// A socket takes over too, and a device that connects again takes over from it.
	socket := enter(ctx, t, w.people["participant"].Client, workshop)
	if code := newer.poll(ctx, t); code != "room.taken_over" {
		t.Errorf("a socket did not take over: %q", code)
	}
	back := dial(w.people["participant"].Client, workshop)
	if code := back.poll(ctx, t); code != "" {
		t.Errorf("taking it back: %q", code)
	}
	if code, err := socket.Closed(ctx); err != nil || code != 4409 {
		t.Errorf("the socket was closed with %d %v", code, err)
	}
	// The rate limit of a connection applies to a polling device.
	slowed := false
	for range 25 {
		slowed = slowed || back.do(ctx, t, "help", "", -1) == "too_many"
	}
	if !slowed {
		t.Error("25 commands were never slowed down")
	}
	// Suspending a person ends their pending poll at once.
	go func() { codes <- back.poll(ctx, t) }()
	check(t, w.people["admin"].Do(ctx, "PUT", "/members/"+w.people["participant"].member+"/status", wire.MemberStatusRequest{Status: "suspended"}, nil))
	for code := range codes {
		if code == "signin.needed" {
			break
		}
		go func() { codes <- back.poll(ctx, t) }()
	}
}

func TestAStagePollsWithoutNamesAndMaySayNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	do(ctx, t, dana, "open", "", -1)
	var made wire.StageCode
	check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/stage-code", nil, &made))
	screen := dial(client.New(w.base), workshop)
	check(t, screen.Do(ctx, "POST", "/stage/connect", wire.ConnectRequest{Code: made.Code}, nil))
	screen.until(ctx, t, "state", "open")
	if code := screen.do(ctx, t, "start", "", -1); code != "access.refused" {
		t.Errorf("a stage may start: %q", code)
	}
	ack, code := screen.say(ctx, t, client.CommandFrame(id.New[id.Command]().String(), wire.CommandClock, "", -1))
	if off := time.Since(time.UnixMilli(ack.Now)); code != "" || off < -time.Second || off > 5*time.Second {
		t.Errorf("a stage asks for the time: %q, %v off", code, off)
	}
	for name, p := range w.people {
		if strings.Contains(string(screen.seen.Raw), "Room "+name) || strings.Contains(string(screen.seen.Raw), p.member) {
			t.Errorf("the stage got to know %s: %s", name, screen.seen.Raw)
		}
	}
}

// Requests alternate between two nodes: nothing is missed, and no time runs backwards.
func TestPollsThatHopBetweenTwoNodes(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	other := w.another(ctx, t)
	workshop := w.plan(ctx, t)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	for _, verb := range []string{"open", "start"} {
		do(ctx, t, dana, verb, "", -1)
	}
	sam := dial(w.people["participant"].Client, workshop)
	bases := []string{w.base, other}
	for segment := 1; segment <= 6; segment++ {
		do(ctx, t, dana, "next", "", segment-1)
		for n := 0; fmt.Sprint(sam.seen.View["segment"]) != fmt.Sprint(segment); n++ {
			sam.Client = w.at(bases[(segment+n)%2], sam.Client)
			before := sam.seen.Seq
			if code := sam.poll(ctx, t); code != "" {
				t.Fatal(code)
			}
			if sam.seen.Seq < before {
				t.Errorf("from %d back to %d", before, sam.seen.Seq)
			}
		}
	}
	sam.Client = w.at(other, sam.Client)
	if code := sam.do(ctx, t, "help", "", -1); code != "" {
		t.Errorf("a command to the other node: %q", code)
	}
	check(t, dana.Await(ctx, func(f []client.Frame) bool {
		return strings.Contains(fmt.Sprint(client.Fold(f)["help"]), "Room participant")
	}))
	if here := dana.State()["here"]; fmt.Sprint(here) != "1" {
		t.Errorf("one person on two nodes counts as %v", here)
	}
}

// another starts a second node on the same database and Redis.
func (w *world) another(ctx context.Context, t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s, err := server.New(ctx, w.cfg)
	check(t, err)
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

// redisServer runs a real redis-server on its own socket and returns its address.
func redisServer(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is missing: apt-get install redis-server")
	}
	folder, err := os.MkdirTemp("", "poll")
	check(t, err)
	socket := filepath.Join(folder, "s")
	cmd := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder)
	check(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.RemoveAll(folder)
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("unix", socket); err == nil {
			check(t, c.Close())
			return "unix://" + socket
		}
		if time.Now().After(deadline) {
			t.Fatal("redis-server did not start")
		}
	}
}

// A device's newer poll ends its older pending one, even if the newer does not say what it has seen: no
// response is held that nobody waits for.
func TestANewerPollEndsTheOlderOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), wire.PollSeconds*time.Second-time.Second) // shorter than a poll is held
	defer cancel()
	workshop := w.plan(ctx, t)
	sam := dial(w.people["participant"].Client, workshop)
	sam.poll(ctx, t)
	path := fmt.Sprintf("%s/poll?device=%s&seq=%d", sam.room, sam.device, sam.seen.Seq)
	first := make(chan error, 2)
	for range 2 {
		go func() { first <- sam.Do(ctx, "GET", path, nil, nil) }()
	}
	if err := <-first; err != nil {
		t.Errorf("the older of two polls hears %v", err)
	}
}
