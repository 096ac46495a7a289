package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

func enter(ctx context.Context, t *testing.T, c *client.Client, workshop string) *client.Socket {
	t.Helper()
	s, err := c.Room(ctx, workshop)
	check(t, err)
	t.Cleanup(s.Close)
	check(t, s.Await(ctx, func(f []client.Frame) bool { return len(f) > 0 && f[0].View != nil }))
	return s
}

// do sends a command and waits for its answer: empty on success, else the code.
func do(ctx context.Context, t *testing.T, s *client.Socket, verb, with string, expect int) string {
	t.Helper()
	command, err := s.Do(verb, with, expect)
	check(t, err)
	return answer(ctx, t, s, command)
}

func answer(ctx context.Context, t *testing.T, s *client.Socket, command string) string {
	t.Helper()
	return nthAnswer(ctx, t, s, command, 1)
}

// nthAnswer is answer for a command that was sent more than once.
func nthAnswer(ctx context.Context, t *testing.T, s *client.Socket, command string, nth int) (code string) {
	t.Helper()
	check(t, s.Await(ctx, func(frames []client.Frame) bool {
		n := 0
		for _, f := range frames {
			switch {
			case f.Ack == command:
				n, code = n+1, ""
			case f.Error != nil && f.Error.ID == command:
				n, code = n+1, f.Error.Code
			}
			if n == nth {
				return true
			}
		}
		return false
	}))
	return code
}

func awaitView(ctx context.Context, t *testing.T, s *client.Socket, field string, want any) {
	t.Helper()
	err := s.Await(ctx, func(frames []client.Frame) bool { return fmt.Sprint(client.Fold(frames)[field]) == fmt.Sprint(want) })
	if err != nil {
		t.Fatalf("%s never was %v but %v: %v", field, want, s.State()[field], err)
	}
}

func TestARoomFromOpenToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana, sam, ana := enter(ctx, t, w.people["counselor"].Client, workshop), enter(ctx, t, w.people["participant"].Client, workshop), enter(ctx, t, w.people["participant2"].Client, workshop)

	for _, early := range []string{"start", "next", "pause", "raise"} {
		if code := do(ctx, t, dana, early, "", 0); code == "" {
			t.Errorf("%s before the room was opened", early)
		}
	}
	if code := do(ctx, t, dana, "open", "", -1); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, sam, "state", "open")
	awaitView(ctx, t, dana, "here", 2)
	if code := do(ctx, t, dana, "start", "", -1); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, ana, "segment", 0)

	// A retry takes effect once and is answered twice.
	again := id.New[id.Command]().String()
	for range 2 {
		check(t, dana.Send(client.CommandFrame(again, "next", "", 0)))
	}
	check(t, dana.Await(ctx, func(frames []client.Frame) bool {
		n := 0
		for _, f := range frames {
			if f.Ack == again {
				n++
			}
		}
		return n == 2
	}))
	awaitView(ctx, t, sam, "segment", 1)
	// Two counselors press Next at the same time: one step, and the other gets a conflict.
	kofi := enter(ctx, t, w.people["counselor2"].Client, workshop)
	one, err := dana.Do("next", "", 1)
	check(t, err)
	two, err := kofi.Do("next", "", 1)
	check(t, err)
	codes := []string{answer(ctx, t, dana, one), answer(ctx, t, kofi, two)}
	slices.Sort(codes)
	if !slices.Equal(codes, []string{"", "room.moved_on"}) {
		t.Errorf("two counselors got %v", codes)
	}
	awaitView(ctx, t, ana, "segment", 2)

	for _, s := range []*client.Socket{sam, ana} {
		if code := do(ctx, t, s, "raise", "", -1); code != "" {
			t.Error(code)
		}
	}
	if code := do(ctx, t, dana, "turn_start", "", -1); code != "" {
		t.Error(code)
	}
	awaitView(ctx, t, ana, "speaker", "Room participant")
	if code := do(ctx, t, sam, "pass", "", -1); code != "" {
		t.Error(code)
	}
	if code := do(ctx, t, sam, "raise", "", -1); code != "queue.spoken" {
		t.Errorf("a second share in one round: %q", code)
	}
	if code := do(ctx, t, ana, "help", "", -1); code != "" {
		t.Error(code)
	}
	check(t, dana.Await(ctx, func(f []client.Frame) bool {
		return strings.Contains(fmt.Sprint(client.Fold(f)["help"]), "Room participant2")
	}))
	// A reconnect keeps the position in the queue.
	ana.Close()
	ana = enter(ctx, t, w.people["participant2"].Client, workshop)
	if me := ana.Frames()[0].Me; fmt.Sprint(me["position"]) != "1" {
		t.Errorf("after a dropped line the person stands at %v", me["position"])
	}
	for _, f := range append(sam.Frames(), ana.Frames()...) {
		for _, secret := range []string{`"people"`, `"help":[`, `"queue":[`, `"summary"`} {
			if strings.Contains(string(f.Raw), secret) {
				t.Errorf("a participant got %s: %s", secret, f.Raw)
			}
		}
		if strings.Contains(string(f.Raw), ":null") && f.View != nil {
			t.Errorf("a view holds null: %s", f.Raw)
		}
	}
	if code := do(ctx, t, dana, "end", "", -1); code != "" {
		t.Error(code)
	}
	awaitView(ctx, t, sam, "state", "ended")
	if code := do(ctx, t, sam, "raise", "", -1); code != "room.ended" {
		t.Errorf("a hand after the end: %q", code)
	}
}

func TestWhoMayBeInARoomAndWhatTheyMaySay(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.Unlimited = true })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	for name, want := range map[string]int{"stranger": 4401, "admin": 4404, "other admin": 4404, "other counselor": 4404, "other participant": 4404} {
		c := client.New(w.base)
		if p := w.people[name]; p != nil {
			c = p.Client
		}
		s, err := c.Room(ctx, workshop)
		check(t, err)
		if code, err := s.Closed(ctx); err != nil || code != want {
			t.Errorf("%s: closed with %d (%v), want %d", name, code, err, want)
		}
	}
	foreign := client.New(w.base)
	foreign.HTTP, foreign.Origin = w.people["participant"].HTTP, "https://evil.example"
	if _, err := foreign.Room(ctx, workshop); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a foreign origin: %v", err)
	}

	dana, sam := enter(ctx, t, w.people["counselor"].Client, workshop), enter(ctx, t, w.people["participant"].Client, workshop)
	do(ctx, t, dana, "open", "", -1)
	do(ctx, t, dana, "start", "", -1)
	with := nonsense(t)
	tried := 0
	for verb, spec := range wire.Commands() {
		if string(spec.Needs) == "room.join" || verb == "end" {
			continue
		}
		tried++
		if code := do(ctx, t, sam, verb, with[verb], 0); code != "access.refused" {
			t.Errorf("a participant may %s: %q", verb, code)
		}
	}
	for _, verb := range []string{"raise", "away", "ready", "help", "pass"} {
		if code := do(ctx, t, dana, verb, "", -1); code != "access.refused" {
			t.Errorf("a counselor may %s: %q", verb, code)
		}
	}
	// A newer device takes over from the older one.
	newer := enter(ctx, t, w.people["participant"].Client, workshop)
	if code, err := sam.Closed(ctx); err != nil || code != 4409 {
		t.Errorf("the older device was closed with %d %v", code, err)
	}
	// Suspending a person closes their open socket at once.
	check(t, w.people["admin"].Do(ctx, "PUT", "/members/"+w.people["participant"].member+"/status", wire.MemberStatusRequest{Status: "suspended"}, nil))
	if code, err := newer.Closed(ctx); err != nil || code != 4401 {
		t.Errorf("a suspended person was closed with %d %v", code, err)
	}
}

func TestBrokenFramesGetAnErrorAndTheRoomGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana, sam := enter(ctx, t, w.people["counselor"].Client, workshop), enter(ctx, t, w.people["participant"].Client, workshop)
	fresh := func() string { return id.New[id.Command]().String() }
	for name, frame := range map[string]string{
		"not JSON":         `{"id":`,
		"a list":           `[1]`,
		"no id":            `{"do":"raise"}`,
		"an old id":        `{"id":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","do":"raise"}`,
		"unknown command":  client.CommandFrame(fresh(), "fly", "", -1),
		"unknown field":    `{"id":"` + fresh() + `","do":"raise","canary":1}`,
		"unknown argument": client.CommandFrame(fresh(), "raise", `{"canary":1}`, -1),
		"stray argument":   client.CommandFrame(fresh(), "raise", `{"segment":1}`, -1),
		"missing argument": client.CommandFrame(fresh(), "go", "", 0),
		"missing expect":   client.CommandFrame(fresh(), "next", "", -1),
		"two messages":     client.CommandFrame(fresh(), "raise", "", -1) + `{}`,
		"deep":             `{"id":"` + fresh() + `","do":"raise","with":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
	} {
		before := len(sam.Frames())
		check(t, sam.Send(frame))
		err := sam.Await(ctx, func(f []client.Frame) bool {
			return slices.ContainsFunc(f[before:], func(x client.Frame) bool { return x.Error != nil && x.Error.Code != "" })
		})
		if err != nil {
			t.Errorf("%s got no error: %v", name, err)
		}
	}
	check(t, sam.SendBinary([]byte{1, 2, 3}))
	if code, err := sam.Closed(ctx); err != nil || code != 1003 {
		t.Errorf("a binary frame was closed with %d %v", code, err)
	}
	big := enter(ctx, t, w.people["participant2"].Client, workshop)
	check(t, big.Send(`{"id":"`+strings.Repeat("x", 20_000)+`"}`))
	if code, err := big.Closed(ctx); err != nil || code != 1009 {
		t.Errorf("a big frame was closed with %d %v", code, err)
	}
	flood := enter(ctx, t, w.people["participant"].Client, workshop)
	for range 70 {
		if flood.Send(client.CommandFrame(fresh(), "help", "", -1)) != nil {
			break
		}
	}
	if code, err := flood.Closed(ctx); err != nil || code != 4429 {
		t.Errorf("a flood was closed with %d %v", code, err)
	}
	if code := do(ctx, t, dana, "open", "", -1); code != "" {
		t.Errorf("the room does not go on for others: %s", code)
	}
	for _, f := range dana.Frames() {
		if strings.Contains(string(f.Raw), "canary") {
			t.Errorf("a frame was echoed: %s", f.Raw)
		}
	}
}

func TestTheStageIsConnectedOnceAndShowsNoNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana, sam := enter(ctx, t, w.people["counselor"].Client, workshop), enter(ctx, t, w.people["participant"].Client, workshop)
	for _, verb := range []string{"open", "start"} {
		do(ctx, t, dana, verb, "", -1)
	}
	var made wire.StageCode
	check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/stage-code", nil, &made))
	screen := client.New(w.base)
	check(t, screen.Do(ctx, "POST", "/stage/connect", wire.ConnectRequest{Code: made.Code}, nil))
	if err := client.New(w.base).Do(ctx, "POST", "/stage/connect", wire.ConnectRequest{Code: made.Code}, nil); err == nil {
		t.Error("a stage code worked twice")
	}
	stage := enter(ctx, t, screen, workshop)
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	do(ctx, t, sam, "raise", "", -1)
	do(ctx, t, dana, "turn_start", "", -1)
	check(t, stage.Await(ctx, func(f []client.Frame) bool { return client.Fold(f)["speaking"] == true }))
	command, err := stage.Do("next", "", 2)
	check(t, err)
	if code := answer(ctx, t, stage, command); code != "access.refused" {
		t.Errorf("a stage may press Next: %q", code)
	}
	other := w.plan(ctx, t)
	if s, err := screen.Room(ctx, other); err != nil {
		t.Error(err)
	} else if code, _ := s.Closed(ctx); code != 4403 {
		t.Errorf("a stage got into another room: %d", code)
	}
	do(ctx, t, dana, "end", "", -1)
	awaitView(ctx, t, stage, "state", "ended")
	for _, f := range stage.Frames() {
		for name, p := range w.people {
			if strings.Contains(string(f.Raw), "Room "+name) || strings.Contains(string(f.Raw), p.member) {
				t.Errorf("the stage got to know %s: %s", name, f.Raw)
			}
		}
	}
	if s, err := screen.Room(ctx, workshop); err != nil {
		t.Error(err)
	} else if code, _ := s.Closed(ctx); code != 4401 {
		t.Errorf("the stage's token outlived the workshop: %d", code)
	}
}
