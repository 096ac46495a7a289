package server_test

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"amends/server"
	"amends/server/app"
	"amends/server/bus"
	"amends/server/client"
	"amends/server/embedded"
	"amends/server/id"
	"amends/server/postgres/pgtest"
	"amends/server/wire"
)

// TestMain runs more tests in parallel than there are CPUs, unless told otherwise: several wait half a
// minute for a grace period, and would delay the others.
func TestMain(m *testing.M) {
	node := flag.Bool("node", false, "be a node of a test that kills one")
	flag.Parse()
	if *node {
		if err := beNode(); err != nil {
			panic(err)
		}
		return
	}
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", "6"); err != nil {
			panic(err)
		}
	}
	pgtest.Main(m)
}

// world is a running server with two facilities and a person of every role.
type world struct {
	db     *pgtest.Database
	base   string
	log    *lockedBuffer
	people map[string]*person
	cohort string
	cfg    server.Config
	app    *app.App
	stores bus.Stores
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

// newWorldOn uses the Redis at this address, which several nodes can share.
func newWorldOn(t *testing.T, redisURL string) *world {
	t.Helper()
	return newWorldWith(t, func(c *server.Config) { c.RedisURL, c.RedisDial = redisURL, nil })
}

func newWorldWith(t *testing.T, change func(*server.Config)) *world {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	w := &world{db: settled.template.New(t), log: &lockedBuffer{}, people: map[string]*person{}, cohort: settled.cohort}
	_, err := w.log.Write(settled.log)
	check(t, err)
	// All worlds share the sign-ins of the first, whose proof would run out while the tests run.
	w.provedAgo(ctx, t, 0)
	w.cfg.Secrets = settled.secrets
	stop := w.serve(ctx, t, change)
	t.Cleanup(stop)
	for name, p := range settled.people {
		moved, err := p.At(w.base)
		check(t, err)
		w.people[name] = &person{Client: moved, account: p.account.Clone(), member: p.member}
	}
	return w
}

// provedAgo makes the last step-up of everybody this old.
func (w *world) provedAgo(ctx context.Context, t testing.TB, ago time.Duration) {
	t.Helper()
	_, err := w.db.Conn(t, "postgres").Exec(ctx, "update signin set proved_at = $1", time.Now().Add(-ago))
	check(t, err)
}

// serve starts a world's server with its own embedded Redis; stop ends both.
func (w *world) serve(ctx context.Context, t testing.TB, change func(*server.Config)) (stop func()) {
	t.Helper()
	redis := embedded.StartRedis()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	w.base = "http://" + l.Addr().String()
	w.cfg = server.Config{DatabaseURL: w.db.URL("app"), DatabaseConns: 8, RedisDial: redis.Dial, Secrets: w.cfg.Secrets, PublicURL: w.base,
		Log: slog.New(slog.NewJSONHandler(w.log, nil)), Version: "test"}
	change(&w.cfg)
	breaks := w.cfg.Stores
	w.cfg.Stores = func(whole bus.Stores) bus.Stores {
		if w.stores = whole; breaks != nil {
			w.stores = breaks(whole)
		}
		return w.stores
	}
	s, err := server.New(ctx, w.cfg)
	check(t, err)
	running, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running, l) }()
	w.app = s.App()
	return func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		redis.Close()
	}
}

func (w *world) join(ctx context.Context, t testing.TB, name, code string) {
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

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
