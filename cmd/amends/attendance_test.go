package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/postgres/pgtest"
	"amends/server/wire"
)

// Two real processes, one killed: nobody's attendance is lost, duplicated or extended, neither in a
// room that is open on the other node nor in one that is open on none.
func TestAttendanceSurvivesAKilledNode(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	secrets, origin := filepath.Join(t.TempDir(), "secrets"), "http://localhost:8080"
	s := setup{binary: build(t), env: []string{"PATH=" + os.Getenv("PATH"), "DATABASE_URL=" + d.URL("app"), "REDIS_URL=" + redisServer(t), "SECRETS_DIR=" + secrets, "PUBLIC_URL=" + origin}}
	if out, err := s.run(t, "secrets", "new", secrets); err != nil {
		t.Fatal(out)
	}
	out, err := s.run(t, "facility", "create", "--name", "House", "--zone", "UTC")
	if err != nil {
		t.Fatal(out)
	}
	_, first := s.serve(t)
	killed, second := s.serve(t)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const password = "three short words here"
	admin := connect(first, origin)
	_, err = admin.SignUp(ctx, regexp.MustCompile(`Admin slip  (\S+)`).FindStringSubmatch(out)[1], "nora", "Nora", "en", password)
	must(err)
	must(admin.LogIn(ctx, "nora", password))
	var cohort wire.Created
	must(admin.Do(ctx, "POST", "/cohorts", wire.CohortRequest{Name: "Group", StartsOn: "2026-01-01", EndsOn: "2030-01-01", Capacity: 12}, &cohort))
	members := map[string]string{}
	join := func(name, role string) *client.Client {
		t.Helper()
		var slips wire.NewSlips
		must(admin.Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{role}, Cohort: cohort.ID, Count: 1, Language: "en", Days: 1}, &slips))
		c := connect(second, origin)
		account, err := c.SignUp(ctx, slips.Slips[0].Code, name, "Room "+name, "en", password)
		must(err)
		must(c.LogIn(ctx, name, password))
		members[name] = id.From[id.Member](account.Acct).String()
		return c
	}
	dana := join("dana", "counselor")
	people := map[string]*client.Client{"sam": join("sam", "participant"), "ana": join("ana", "participant"), "leo": join("leo", "participant")}
	plan := func() string {
		t.Helper()
		var made wire.Created
		must(admin.Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: cohort.ID, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60", Language: "en", Lead: members["dana"], Capacity: 12}, &made))
		return made.ID
	}
	watched, lonely := plan(), plan()
	enter := func(c *client.Client, workshop string) *client.Socket {
		t.Helper()
		socket, err := c.Room(ctx, workshop)
		must(err)
		t.Cleanup(socket.Close)
		must(socket.Await(ctx, func(f []client.Frame) bool { return len(f) > 0 && f[0].View != nil }))
		return socket
	}
	shows := func(s *client.Socket, field, want string, there bool) {
		t.Helper()
		if err := s.Await(ctx, func(f []client.Frame) bool {
			return strings.Contains(fmt.Sprint(client.Fold(f)[field]), want) == there
		}); err != nil {
			t.Fatalf("%s with %q is not %v but %v: %v", field, want, there, s.State()[field], err)
		}
	}
	// Dana watches one room from the surviving node; everybody else is connected to the other one.
	keeper := connect(first, origin)
	must(keeper.LogIn(ctx, "dana", password))
	run := enter(keeper, watched)
	elsewhere := enter(dana, lonely)
	for _, socket := range []*client.Socket{run, elsewhere} {
		_, err := socket.Do("open", "", -1)
		must(err)
		shows(socket, "state", "open", true)
	}
	sam := enter(people["sam"], watched)
	enter(people["ana"], watched)
	enter(people["leo"], lonely)
	shows(run, "here", "2", true)
	_, err = sam.Do("help", "", -1)
	must(err)
	shows(run, "help", "Room sam", true)

	super := d.Conn(t, "postgres")
	dies := time.Now()
	must(killed.Process.Signal(syscall.SIGKILL))
	if _, err := sam.Closed(ctx); err != nil {
		t.Fatal(err)
	}
	// Ana reconnects to the surviving node within the grace period.
	back := connect(first, origin)
	must(back.LogIn(ctx, "ana", password))
	enter(back, watched)

	number := func(query string, args ...any) (n int) {
		t.Helper()
		must(super.QueryRow(ctx, query, args...).Scan(&n))
		return n
	}
	const open = "select count(*) from attendance_interval where left_at is null and member_id = $1"
	await := func(name string) {
		t.Helper()
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for number(open, members[name]) > 0 {
			select {
			case <-tick.C:
			case <-ctx.Done():
				t.Fatalf("the leave of %s was never written", name)
			}
		}
	}
	await("sam")
	if took := time.Since(dies); took < 20*time.Second {
		t.Errorf("a leave was written %s after the node died, before its heartbeat was old", took)
	}
	await("leo")
	// The card is raised once, a minute after the node's last heartbeat.
	shows(run, "checks", "Room sam", true)
	if n := number("select count(*) from room_event where kind = 'check.raised'"); n != 1 {
		t.Errorf("the card was raised %d times", n)
	}
	for _, name := range []string{"sam", "leo"} {
		var left time.Time
		must(super.QueryRow(ctx, "select left_at from attendance_interval where member_id = $1", members[name]).Scan(&left))
		// The heartbeat is every 10 seconds, so the recorded leave is at most that old.
		if left.After(dies.Add(time.Second)) || left.Before(dies.Add(-12*time.Second)) {
			t.Errorf("%s left at %s, the node died at %s", name, left, dies)
		}
		if n := number("select count(*) from attendance_interval where member_id = $1", members[name]); n != 1 {
			t.Errorf("%s has %d intervals", name, n)
		}
		if n := number("select count(*) from room_event where kind = 'person.dropped' and data->>'member' = $1", members[name]); n != 1 {
			t.Errorf("%s was dropped %d times", name, n)
		}
	}
	if n := number(open, members["ana"]); n != 1 {
		t.Errorf("ana, who came back at once, has %d open intervals", n)
	}
	if n := number("select count(*) from attendance_interval where member_id = $1", members["ana"]); n != 1 {
		t.Errorf("coming back on another node split the stay of ana in %d", n)
	}
	if n := number("select count(*) from room_event where kind = 'person.dropped' and data->>'member' = $1", members["ana"]); n != 0 {
		t.Error("ana was reported as dropped though she reconnected at once")
	}
	// Sam returns much later: the card is removed, and a second interval begins.
	late := connect(first, origin)
	must(late.LogIn(ctx, "sam", password))
	enter(late, watched)
	shows(run, "checks", "Room sam", false)
	if n := number("select count(*) from attendance_interval where member_id = $1", members["sam"]); n != 2 {
		t.Errorf("coming back later makes %d intervals", n)
	}
}
