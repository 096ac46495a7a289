package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server/client"

	"github.com/redis/go-redis/v9"
)

// heardBy polls until a word came and gives how often it stood in answers, by its id.
func (p *phone) heardBy(ctx context.Context, t *testing.T, word string) (ids []string) {
	t.Helper()
	for {
		if code := p.poll(ctx, t); code != "" {
			t.Fatalf("%q never came: %s", word, code)
		}
		for _, w := range p.seen.Words {
			if w.Word == word {
				ids = append(ids, w.ID)
			}
		}
		if len(ids) > 0 {
			return ids
		}
	}
}

// A check-in word reaches phones that poll: one that waits, one that is between two questions,
// one on another node; and it is in no table, no key and no log.
func TestACheckInWordReachesWhoPollsOnAnyNode(t *testing.T) {
	t.Parallel()
	address := redisServer(t)
	w := newWorldOn(t, address)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	there := w.there(w.another(ctx, t))
	workshop, dana, sam, _ := w.started(ctx, t, "step9-60")
	far := enter(ctx, t, there("counselor2"), workshop)
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	awaitView(ctx, t, far, "segment", 2)
	// Ana's socket gives way to her phone that polls, on the other node.
	ana := dial(there("participant2"), workshop)
	ana.until(ctx, t, "segment", 2)
	if code := do(ctx, t, sam, "word", `{"word":"canaryfirst"}`, -1); code != "" {
		t.Fatal(code)
	}
	// Nothing else is new, so the answer is due to the word alone.
	first := ana.heardBy(ctx, t, "canaryfirst")
	awaitWord(ctx, t, far, "canaryfirst")

	// Between two questions: the word waits in the memory of her connection.
	check(t, sleepFor(ctx, 3100*time.Millisecond)) // one word a person in three seconds
	if code := do(ctx, t, sam, "word", `{"word":"canarysecond"}`, -1); code != "" {
		t.Fatal(code)
	}
	awaitWord(ctx, t, far, "canarysecond")
	second := ana.heardBy(ctx, t, "canarysecond")
	// A word still shown is told again under its id, with the time it has left.
	again := ana.seen.Words[0]
	if again.ID != first[0] || again.Word != "canaryfirst" || again.ForMs >= 17_000 || second[0] == first[0] || len(ana.seen.Words) != 2 {
		t.Errorf("told again: %+v after %v", ana.seen.Words, first)
	}
	if raw := string(ana.seen.Raw); strings.Contains(raw, w.people["participant"].member) {
		t.Errorf("told whose word it is: %s", raw)
	}
	// From the other side: a word given over plain requests reaches sockets on both nodes.
	if code := ana.do(ctx, t, "word", `{"word":"canarythird"}`, -1); code != "" {
		t.Fatal(code)
	}
	for _, s := range []*client.Socket{dana, far, sam} {
		awaitWord(ctx, t, s, "canarythird")
	}
	w.keptNowhere(ctx, t, "canary", address)
}

// sleepFor is for limits that count real time.
func sleepFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func awaitWord(ctx context.Context, t *testing.T, s *client.Socket, word string) {
	t.Helper()
	err := s.Await(ctx, func(frames []client.Frame) bool {
		return slices.ContainsFunc(frames, func(f client.Frame) bool { return strings.Contains(string(f.Raw), word) })
	})
	if err != nil {
		t.Fatalf("%q never came: %v", word, err)
	}
}

// keptNowhere looks into every table, every key of Redis and the log.
func (w *world) keptNowhere(ctx context.Context, t *testing.T, text, redisAddress string) {
	t.Helper()
	super := w.db.Conn(t, "postgres")
	rows, err := super.Query(ctx, "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'lookup')")
	check(t, err)
	var tables []string
	for rows.Next() {
		var table string
		check(t, rows.Scan(&table))
		tables = append(tables, table)
	}
	check(t, rows.Err())
	for _, table := range tables {
		if n := number(ctx, t, super, "select count(*) from "+table+" x where x::text like '%' || $1 || '%'", text); n > 0 {
			t.Errorf("%s holds the word", table)
		}
	}
	if len(tables) < 20 || strings.Contains(w.log.String(), text) {
		t.Error("the log holds the word, or no table was looked at")
	}
	if redisAddress == "" {
		return
	}
	options, err := redis.ParseURL(redisAddress)
	check(t, err)
	c := redis.NewClient(options)
	defer c.Close()
	keys, err := c.Keys(ctx, "*").Result()
	check(t, err)
	for _, key := range keys {
		kept, err := c.Dump(ctx, key).Result()
		check(t, err)
		if strings.Contains(key+kept, text) {
			t.Errorf("Redis keeps the word under %s", strings.ReplaceAll(key, text, "..."))
		}
	}
	if got := fmt.Sprint(c.Set(ctx, "probe", text, time.Minute).Err()); got != "<nil>" {
		t.Fatal(got)
	}
	if kept, err := c.Dump(ctx, "probe").Result(); err != nil || !strings.Contains(kept, text) {
		t.Errorf("the probe of Redis does not see what is kept: %v", err)
	}
}
