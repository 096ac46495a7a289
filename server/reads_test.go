package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"amends/server"
	"amends/server/actor"
	"amends/server/app"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/postgres"
	"amends/server/wire"
)

// A row marked Reads counts for no limit of writes, so what it runs must be unable to change anything.
// Each is run by an App whose database role may only select and that has no stores at all: a write, or
// any use of a store, fails here whatever the use case returns.

func TestRowsThatReadChangeNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	tried, ran := s.triesOf(app.Reads), map[string]bool{}
	reader := s.reader(bus.Stores{Local: bus.NoLimits{}})
	for _, one := range tried {
		if problem := one.run(s.ctx, reader); problem != "" {
			t.Error(problem)
		}
		ran[one.row.Name] = true
	}
	for _, o := range app.Operations() {
		if o.Has(app.Reads) && !ran[o.Name] {
			t.Errorf("%s is marked Reads and was not run", o.Name)
		}
	}
}

// The mark Ephemeral is for rows that need a store: one that uses none is a row that reads.
func TestEphemeralRowsUseAStoreAndNoTable(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	tried := s.triesOf(app.Ephemeral)
	if len(tried) == 0 {
		t.Fatal("no row is ephemeral")
	}
	reader := s.reader(bus.Stores{Limits: bus.NoLimits{}, Local: bus.NoLimits{}})
	for _, one := range tried {
		if problem := one.run(s.ctx, reader); !strings.Contains(problem, noStores) {
			t.Errorf("%s as %s uses no store: %q", one.row.Name, one.who.Kind, problem)
		}
	}
}

// A call counts once, however often the use case looks at the sign-in.
func TestKeepingAHalfCountsAsOneWrite(t *testing.T) {
	t.Parallel()
	var writes counted
	w := newWorldWith(t, func(c *server.Config) {
		c.Stores = func(whole bus.Stores) bus.Stores {
			writes.Limiter, whole.Limits = whole.Limits, &writes
			return whole
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sam := w.people["participant"]
	for n, call := range []struct {
		method, path string
		body         any
	}{{"PUT", "/signin/half", wire.Half{Half: key()}}, {"POST", "/signin/half/take", nil}, {"DELETE", "/signin/half", nil}} {
		check(t, sam.Do(ctx, call.method, call.path, call.body, nil))
		if got := int(writes.n.Load()); got != n+1 {
			t.Errorf("%s %s: %d writes are counted, want %d", call.method, call.path, got, n+1)
		}
	}
}

// counted counts the tries of one rule.
type counted struct {
	bus.Limiter
	n atomic.Int32
}

func (c *counted) Allow(ctx context.Context, key string, rule bus.Rule) (bus.Decision, error) {
	if rule.Name == bus.WritePerMember().Name {
		c.n.Add(1)
	}
	return c.Limiter.Allow(ctx, key, rule)
}

// noStores is how the use of a store that is not there ends.
const noStores = "nil pointer dereference"

// try is one request of a row by somebody who may.
type try struct {
	row    app.Operation
	who    actor.Actor
	ask    ask
	answer string
}

// triesOf makes the requests of all rows with a mark, while the database can still be changed: some ask
// about something new.
func (s *scene) triesOf(mark app.Mark) (all []try) {
	s.Helper()
	left := expectations()
	for _, o := range app.Operations() {
		if !o.Has(mark) {
			continue
		}
		for _, e := range left[o.Name] {
			for _, who := range e.may {
				answer := strings.TrimLeft(e.answer, "0123456789 ")
				if said, named := e.otherwise[who]; named {
					answer = strings.TrimLeft(said, "0123456789 ")
				}
				all = append(all, try{o, s.actor(who), e.ask(s, who), answer})
			}
		}
	}
	return all
}

// actor is who a person's cookies say they are.
func (s *scene) actor(who string) actor.Actor {
	s.Helper()
	base, err := url.Parse(s.base)
	check(s.T, err)
	c := s.seat(who)
	for _, cookie := range c.HTTP.Jar.Cookies(base) {
		identify := map[string]func(context.Context, string) (actor.Actor, error){"signin": s.app.Identify, "guest": s.app.IdentifyGuest}[cookie.Name]
		if identify == nil {
			continue
		}
		is, err := identify(s.ctx, cookie.Value)
		check(s.T, err)
		return is
	}
	s.Fatalf("%s has no cookie of a person", who)
	return actor.Actor{}
}

// reader is an App that can change no table. After it, nobody can change this database any more.
func (s *scene) reader(stores bus.Stores) *app.App {
	s.Helper()
	super := s.db.Conn(s.T, "postgres")
	for _, schema := range []string{"public", "lookup"} {
		_, err := super.Exec(s.ctx, "revoke insert, update, delete, truncate on all tables in schema "+schema+" from public, app")
		check(s.T, err)
	}
	db, err := postgres.Open(s.ctx, s.db.URL("app"), 2)
	check(s.T, err)
	s.Cleanup(db.Close)
	a, err := app.New(app.Options{DB: db, Stores: stores, Secrets: s.cfg.Secrets, Log: s.cfg.Log, PublicURL: s.base})
	check(s.T, err)
	return a
}

// run returns what is wrong about the answer, "" for what was expected.
func (one try) run(ctx context.Context, a *app.App) (problem string) {
	defer func() {
		if r := recover(); r != nil {
			problem = fmt.Sprintf("%s as %s: it uses a store: %v", one.row.Name, one.who.Kind, r)
		}
	}()
	_, err := one.row.Run(actor.With(ctx, one.who), a, given{one.ask})
	said := ""
	if err != nil {
		said = fault.As(err).Code
	}
	if said != one.answer {
		return fmt.Sprintf("%s as %s: %v, want %q", one.row.Name, one.who.Kind, err, one.answer)
	}
	return ""
}

// given is a request without HTTP.
type given struct{ ask }

func (g given) Param(name string) string  { return g.at[name] }
func (g given) Query(name string) string  { return g.query.Get(name) }
func (g given) Header(name string) string { return g.header.Get(name) }
func (g given) Address() app.Address      { return "127.0.0.1/32" }
func (g given) Device() string            { return "" }
func (g given) Decode(into any) error     { return json.Unmarshal(g.Body(), into) }

func (g given) Body() []byte {
	b, err := json.Marshal(g.body)
	if err != nil {
		panic(err) // the expectations hold plain values
	}
	return b
}
