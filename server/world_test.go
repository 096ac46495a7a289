package server_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"amends/server"
	"amends/server/app"
	"amends/server/client"
	"amends/server/embedded"
	"amends/server/id"
	"amends/server/keys"
	"amends/server/postgres/pgtest"
	"amends/server/wire"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a running server with two facilities and a person of every role.
type world struct {
	db     *pgtest.Database
	base   string
	log    *lockedBuffer
	people map[string]*person
	cohort string
	cfg    server.Config
	app    *app.App
}

type person struct {
	*client.Client
	account *client.Account
	member  string
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const password = "canary-password-violet"

func newWorld(t *testing.T) *world { return newWorldWith(t, func(*server.Config) {}) }

// newWorldOn runs over the Redis of an address, which nodes can share.
func newWorldOn(t *testing.T, redisURL string) *world {
	t.Helper()
	return newWorldWith(t, func(c *server.Config) { c.RedisURL, c.RedisDial = redisURL, nil })
}

func newWorldWith(t *testing.T, change func(*server.Config)) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	files, err := keys.NewSecrets(nil, time.Now())
	check(t, err)
	secrets, err := keys.ParseSecrets(files)
	check(t, err)
	w := &world{db: pgtest.New(t), log: &lockedBuffer{}, people: map[string]*person{}}
	redis := embedded.StartRedis()
	t.Cleanup(redis.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	w.base = "http://" + l.Addr().String()
	w.cfg = server.Config{DatabaseURL: w.db.URL("app"), DatabaseConns: 8, RedisDial: redis.Dial, Secrets: secrets, PublicURL: w.base,
		Log: slog.New(slog.NewJSONHandler(w.log, nil)), Version: "test"}
	change(&w.cfg)
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
	w.app = s.App()
	w.settle(ctx, t, w.app)
	return w
}

// settle makes facility one with all roles and facility two with an admin and a participant.
func (w *world) settle(ctx context.Context, t *testing.T, a *app.App) {
	t.Helper()
	for _, f := range []string{"", "other "} {
		_, slip, err := a.CreateFacility(ctx, app.NewFacility{Name: f + "House", TimeZone: "UTC", Language: "en", NeutralURL: "https://example.org"})
		check(t, err)
		w.join(ctx, t, f+"admin", slip.Code)
		admin := w.people[f+"admin"]
		var cohort wire.Created
		check(t, admin.Do(ctx, "POST", "/cohorts", wire.CohortRequest{Name: "Group", StartsOn: "2026-01-01", EndsOn: "2030-01-01", Capacity: 12}, &cohort))
		roles := []string{"counselor", "participant"}
		if f == "" {
			w.cohort = cohort.ID
			roles = []string{"counselor", "counselor", "mentor", "participant", "participant"}
		}
		seen := map[string]int{}
		for _, role := range roles {
			name := f + role
			if seen[role]++; seen[role] > 1 {
				name = fmt.Sprintf("%s%s%d", f, role, seen[role])
			}
			var slips wire.NewSlips
			check(t, admin.Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{role}, Cohort: cohort.ID, Count: 1, Language: "en", Days: 1}, &slips))
			w.join(ctx, t, name, slips.Slips[0].Code)
		}
	}
}

func (w *world) join(ctx context.Context, t *testing.T, name, code string) {
	t.Helper()
	p := &person{Client: client.New(w.base)}
	handle := "h-" + string(bytes.ReplaceAll([]byte(name), []byte(" "), []byte("-")))
	var err error
	p.account, err = p.SignUp(ctx, code, handle, "Room "+name, "en", password)
	check(t, err)
	check(t, p.LogIn(ctx, handle, password))
	p.member = id.From[id.Member](p.account.Acct).String()
	w.people[name] = p
}

// plan schedules a workshop of facility one that starts now.
func (w *world) plan(ctx context.Context, t *testing.T) string {
	t.Helper()
	var made wire.Created
	check(t, w.people["admin"].Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: w.cohort, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60",
		Language: "en", Lead: w.people["counselor"].member, Counselors: []string{w.people["counselor2"].member}, Capacity: 12}, &made))
	return made.ID
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
