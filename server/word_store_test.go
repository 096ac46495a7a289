package server_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"amends/server"
	"amends/server/bus"
	"amends/server/id"

	"github.com/redis/go-redis/v9"
)

// unforgetting is a store that loses deletions.
type unforgetting struct {
	bus.Words
	lost *atomic.Bool
}

func (u unforgetting) Forget(ctx context.Context, list bus.WordList, who id.Member) error {
	if u.lost.Load() {
		return bus.ErrAway
	}
	return u.Words.Forget(ctx, list, who)
}

// deaf is a store that accepts a word and does not answer; when speechless, it answers nothing
// afterwards.
type deaf struct {
	bus.Words
	on, speechless *atomic.Bool
}

func (d deaf) Put(ctx context.Context, list bus.WordList, word bus.Said) error {
	if err := d.Words.Put(ctx, list, word); err != nil || !d.on.Load() {
		return err
	}
	return bus.ErrAway
}

func (d deaf) All(ctx context.Context, list bus.WordList) ([]bus.Said, error) {
	all, err := d.Words.All(ctx, list)
	if err == nil && d.speechless.Load() && slices.ContainsFunc(all, func(w bus.Said) bool { return w.Text == "calm" }) {
		return nil, bus.ErrAway
	}
	return all, err
}

// Nobody is told that a word was lost while the counselors see it; and when the outcome is unknown, a
// retry makes no second word.
func TestAWordWhoseAnswerIsLostIsKeptOnce(t *testing.T) {
	t.Parallel()
	var on, speechless atomic.Bool
	w := newWorldWith(t, func(c *server.Config) {
		c.Stores = func(s bus.Stores) bus.Stores { s.Words = deaf{s.Words, &on, &speechless}; return s }
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	on.Store(true)
	if code := do(ctx, t, sam, "word", `{"word":"hopeful"}`, -1); code != "" {
		t.Errorf("a word that the store has: %q", code)
	}
	inList(ctx, t, dana, "hopeful")
	speechless.Store(true)
	if code := do(ctx, t, ana, "word", `{"word":"calm"}`, -1); code != "word.away" {
		t.Errorf("a word of which nobody knows: %q", code)
	}
	on.Store(false)
	speechless.Store(false)
	if code := do(ctx, t, ana, "word", `{"word":"calm"}`, -1); code != "" {
		t.Errorf("sent again: %q", code)
	}
	inList(ctx, t, dana, "calm")
	room, err := id.Parse[id.Workshop](workshop)
	check(t, err)
	run := number(ctx, t, w.db.Conn(t, "postgres"), "select max(seq) from room_event where workshop_id = $1 and kind = 'segment.advanced'", workshop)
	kept, err := w.stores.Words.All(ctx, bus.WordList{Workshop: room, Run: int64(run)})
	if err != nil || len(kept) != 2 {
		t.Errorf("the store has %d words, %v", len(kept), err)
	}
	if rows := saidOf(t, dana.State()); len(rows) != 2 {
		t.Errorf("the list is %+v", rows)
	}
}

// While Redis does not answer no word is accepted, and the person is told; a shown word can still be
// withdrawn.
func TestAWordIsWithdrawnWhileRedisIsUnreachable(t *testing.T) {
	t.Parallel()
	address := redisServer(t)
	w := newWorldOn(t, address)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	stage := w.stage(ctx, t, workshop)
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	do(ctx, t, sam, "word", `{"word":"hopeful"}`, -1)
	said := inList(ctx, t, dana, "hopeful")
	do(ctx, t, dana, "word_show", showing(true, said), -1)
	awaitWords(ctx, t, stage, "hopeful")
	options, err := redis.ParseURL(address)
	check(t, err)
	shared := redis.NewClient(options)
	defer shared.Close()
	info, err := shared.InfoMap(ctx, "server").Result()
	check(t, err)
	pid, err := strconv.Atoi(info["Server"]["process_id"])
	check(t, err)
	check(t, syscall.Kill(pid, syscall.SIGSTOP))
	if code := do(ctx, t, ana, "word", `{"word":"lost"}`, -1); code != "word.away" {
		t.Errorf("a word that cannot be kept: %q", code)
	}
	if wordsOn(stage.State()) != "hopeful" {
		t.Error("the shown word disappeared with the store")
	}
	if code := do(ctx, t, dana, "word_show", showing(false, said), -1); code != "" {
		t.Fatal(code)
	}
	awaitWords(ctx, t, stage, "")
	if code := do(ctx, t, dana, "word_show", showing(true, said), -1); code != "word.away" {
		t.Errorf("showing what cannot be read: %q", code)
	}
	// A counselor is told that the list is unavailable, and gets it again without acting.
	awaitView(ctx, t, dana, "words_away", true)
	check(t, syscall.Kill(pid, syscall.SIGCONT))
	awaitView(ctx, t, dana, "words_away", false)
	inList(ctx, t, dana, "hopeful")
}

// sleepFor is for limits and grace periods that run in real time.
func sleepFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keptNowhere searches every table, every key of Redis and the log.
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
		if errors.Is(err, redis.Nil) {
			continue // limits and heartbeats may expire at any moment
		}
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
	check(t, c.Del(ctx, "probe").Err())
}
