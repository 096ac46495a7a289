package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/postgres/pgtest"
	"amends/server/wire"
)

// Real processes with a real Postgres and a real redis-server: one room on two nodes. The command line
// itself is tested in testdata/script.

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "amends")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

func redisServer(t testing.TB) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is missing: apt-get install redis-server")
	}
	socket := filepath.Join(t.TempDir(), "r.sock")
	cmd := exec.Command(program, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	await(t, "redis-server", func() bool { _, err := os.Stat(socket); return err == nil })
	return "unix://" + socket
}

func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-tick.C {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: waited 30 s", what)
}

type setup struct {
	binary string
	env    []string
}

func (s setup) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// serve starts a node and returns its process and address.
func (s setup) serve(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(s.binary, "serve")
	cmd.Env = append([]string{"LISTEN=127.0.0.1:0", "HEALTH_LISTEN=127.0.0.1:0", "CHECKPOINT_DIR=" + t.TempDir()}, s.env...)
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines, probes := bufio.NewScanner(pipe), ""
	for lines.Scan() {
		var line struct {
			Msg, Listen string
			Probes      string `json:"health_listen"`
		}
		known := json.Unmarshal(lines.Bytes(), &line) == nil
		if line.Probes != "" {
			probes = line.Probes
		}
		if known && line.Msg == "ready" {
			go func() {
				for lines.Scan() {
				}
			}()
			base := "http://" + line.Listen
			for _, at := range []string{base, "http://" + probes} {
				await(t, "readyz at "+at, func() bool {
					res, err := http.Get(at + "/readyz")
					return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
				})
			}
			return cmd, base
		}
	}
	t.Fatal("serve ended before it was ready")
	return nil, ""
}

func TestOneRoomOnTwoNodes(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	secrets := filepath.Join(t.TempDir(), "secrets")
	public := "http://localhost:8080"
	s := setup{binary: build(t), env: []string{"PATH=" + os.Getenv("PATH"), "DATABASE_URL=" + d.URL("app"), "REDIS_URL=" + redisServer(t), "SECRETS_DIR=" + secrets, "PUBLIC_URL=" + public, "CHECKPOINT_DIR=" + t.TempDir()}}
	if out, err := s.run(t, "secrets", "new", secrets); err != nil {
		t.Fatal(out)
	}
	out, err := s.run(t, "facility", "create", "--name", "House", "--zone", "UTC")
	if err != nil {
		t.Fatal(out)
	}
	code := regexp.MustCompile(`Admin slip  (\S+)`).FindStringSubmatch(out)
	facility := regexp.MustCompile(`Facility (\S+)`).FindStringSubmatch(out)
	if code == nil || facility == nil {
		t.Fatal(out)
	}
	// Settings of the demo must not turn a server into a demo.
	_, first := setup{s.binary, append(slices.Clip(s.env), "AMENDS_DEMO=true", "DEMO=true", "AMENDS_DEMO_LISTEN=127.0.0.1:0", "AMENDS_POSTGRES_BIN=/usr/bin")}.serve(t)
	serveHasNoDemo(t, first)
	refusesSecretsOfTheDemo(t, s)
	second, secondBase := s.serve(t)
	twoNodes(t, public, first, secondBase, second, code[1])
	if out, err := s.run(t, "audit", "verify", "--facility", facility[1]); err != nil || !strings.Contains(out, "unbroken") {
		t.Errorf("audit verify after two nodes wrote: %s", out)
	}
}

func connect(base, origin string) *client.Client {
	c := client.New(base)
	c.Origin = origin
	return c
}

// twoNodes: counselor and participant are on different nodes; then the counselor's node is killed, and
// the counselor reconnects to the other one, where the room goes on.
func twoNodes(t *testing.T, origin, first, second string, node *exec.Cmd, slip string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	admin, dana, sam := connect(first, origin), connect(second, origin), connect(first, origin)
	const password = "three short words here"
	_, err := admin.SignUp(ctx, slip, "nora", "Nora", "en", password)
	must(err)
	must(admin.LogIn(ctx, "nora", password))
	var cohort, made wire.Created
	must(admin.Do(ctx, "POST", "/cohorts", wire.CohortRequest{Name: "Group", StartsOn: "2026-01-01", EndsOn: "2030-01-01", Capacity: 12}, &cohort))
	lead := ""
	for role, c := range map[string]*client.Client{"counselor": dana, "participant": sam} {
		var slips wire.NewSlips
		must(admin.Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{role}, Cohort: cohort.ID, Count: 1, Language: "en", Days: 1}, &slips))
		account, err := c.SignUp(ctx, slips.Slips[0].Code, role, "A "+role, "en", password)
		must(err)
		must(c.LogIn(ctx, role, password))
		if role == "counselor" {
			lead = id.From[id.Member](account.Acct).String()
		}
	}
	must(admin.Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: cohort.ID, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60", Language: "en", Lead: lead, Capacity: 12}, &made))

	run, err := dana.Room(ctx, made.ID)
	must(err)
	phone, err := sam.Room(ctx, made.ID)
	must(err)
	defer phone.Close()
	shows := func(s *client.Socket, field string, want any) {
		t.Helper()
		if err := s.Await(ctx, func(f []client.Frame) bool { return fmt.Sprint(client.Fold(f)[field]) == fmt.Sprint(want) }); err != nil {
			t.Fatalf("%s is %v, want %v: %v", field, s.State()[field], want, err)
		}
	}
	for _, step := range []struct {
		verb   string
		expect int
		field  string
		want   any
	}{{"open", -1, "state", "open"}, {"start", -1, "segment", 0}, {"next", 0, "segment", 1}, {"next", 1, "segment", 2}} {
		_, err := run.Do(step.verb, "", step.expect)
		must(err)
		shows(phone, step.field, step.want)
	}
	_, err = phone.Do("raise", "", -1)
	must(err)
	if err := run.Await(ctx, func(f []client.Frame) bool {
		return strings.Contains(fmt.Sprint(client.Fold(f)["queue"]), "A participant")
	}); err != nil {
		t.Fatal("the hand never crossed to the other node: ", err)
	}

	must(node.Process.Signal(syscall.SIGKILL))
	if _, err := run.Closed(ctx); err != nil {
		t.Fatal(err)
	}
	back := connect(first, origin)
	must(back.LogIn(ctx, "counselor", password))
	again, err := back.Room(ctx, made.ID)
	must(err)
	defer again.Close()
	shows(again, "segment", 2)
	_, err = again.Do("next", "", 2)
	must(err)
	shows(phone, "segment", 3)
	if queue := fmt.Sprint(again.State()["queue"]); !strings.Contains(queue, "A participant") {
		t.Errorf("the position in the queue is lost: %s", queue)
	}
}
