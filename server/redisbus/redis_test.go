package redisbus_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"amends/server/bus"
	"amends/server/bus/bustest"
	"amends/server/id"
	"amends/server/redisbus"
)

func TestOnEmbeddedRedis(t *testing.T) {
	t.Parallel()
	bustest.Run(t, func(t *testing.T) bustest.Kit {
		mini := miniredis.NewMiniRedis()
		t.Cleanup(mini.Close)
		o := redisbus.Options{Dialer: dialer{mini.Dial}.connect, Key: testKey()}
		return bustest.Kit{A: open(t, o).Stores(), B: open(t, o).Stores(), Advance: mini.FastForward}
	})
}

func TestOnRealRedis(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	// The parent test waits for the whole suite, so the server outlives all subtests.
	t.Run("suite", func(t *testing.T) {
		bustest.Run(t, func(t *testing.T) bustest.Kit {
			o := s.options(t)
			return bustest.Kit{A: open(t, o).Stores(), B: open(t, o).Stores(), Advance: func(d time.Duration) { s.age(t, o.Prefix, d) }}
		})
	})
}

// age shortens the TTL of every key under prefix, which is how time passes for our state.
func (s *server) age(t *testing.T, prefix string, d time.Duration) {
	t.Helper()
	client := s.client(t)
	keys := client.Scan(t.Context(), 0, "*", 1000).Iterator()
	for keys.Next(t.Context()) {
		if !strings.HasPrefix(keys.Val(), prefix) {
			continue
		}
		left, err := client.PTTL(t.Context(), keys.Val()).Result()
		if err == nil && left > d {
			err = client.PExpire(t.Context(), keys.Val(), left-d).Err()
		} else if err == nil {
			err = client.Del(t.Context(), keys.Val()).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := keys.Err(); err != nil {
		t.Fatal(err)
	}
}

// everything uses each store once with secret values, and returns those that must not be visible in
// Redis.
func everything(t *testing.T, stores bus.Stores) (marks []string) {
	t.Helper()
	ctx, signin := t.Context(), id.New[id.Signin]()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		_, err := stores.Limits.Allow(ctx, "mark-address", bus.SigninPerAddress())
		check(err)
	}
	check(stores.Limits.Refund(ctx, "mark-address", bus.SigninPerAddress()))
	_, err := stores.Backoff.Try(ctx, "mark-name")
	check(err)
	_, err = stores.Backoff.Wait(ctx, "mark-name")
	check(err)
	_, err = stores.Backoff.Fail(ctx, "mark-name")
	check(err)
	check(stores.Backoff.Clear(ctx, "mark-other-name"))
	_, _, err = stores.Halves.Take(ctx, signin)
	check(err)
	check(stores.Halves.Put(ctx, signin, bus.Half{}, time.Hour))
	check(stores.Halves.Delete(ctx, id.New[id.Signin]()))
	check(stores.Codes.Put(ctx, bus.StageCode, "918273", []byte("value"), bus.StageCodeLife))
	_, _, err = stores.Codes.Take(ctx, bus.StageCode, "000000")
	check(err)
	list := bus.WordList{Workshop: id.New[id.Workshop](), Run: 1}
	check(stores.Words.Put(ctx, list, bus.Said{ID: id.New[id.Word](), Member: id.New[id.Member](), Command: id.New[id.Command](), Text: "mark-word", At: time.Now()}))
	_, err = stores.Words.All(ctx, list)
	check(err)
	check(stores.Words.Forget(ctx, list, id.New[id.Member]()))
	s, err := stores.Bus.Subscribe(ctx, bus.Kick, func([]byte) {}, func() {})
	check(err)
	check(stores.Bus.Publish(ctx, bus.Kick, nil))
	s.Close()
	return []string{"mark-", "918273", signin.String()}
}

func TestKeysRevealNoNameCodeOrAddress(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	o := s.options(t)
	marks := everything(t, open(t, o).Stores())
	keys, err := s.client(t).Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) != 5 {
		t.Errorf("%d keys, want one for each store", len(keys))
	}
	for _, key := range keys {
		for _, mark := range marks {
			if strings.Contains(key, mark) {
				t.Errorf("%q is in a key", mark)
			}
		}
		if left, err := s.client(t).PTTL(t.Context(), key).Result(); err != nil || left <= 0 {
			t.Errorf("a key has no lifetime: %s, %v", left, err)
		}
	}
	// Under another HMAC secret the same items have other keys: a guess cannot be tested without it.
	o.Key = []byte(strings.Repeat("q", 32))
	other := open(t, o)
	if _, ok, err := other.Stores().Codes.Take(t.Context(), bus.StageCode, "918273"); ok || err != nil {
		t.Errorf("another secret found the code: %v, %v", ok, err)
	}
}

// A reader of Redis' memory sees neither a check-in word nor its author, and neither another secret nor
// the list of another part of the room can open one.
func TestWordsAreSealed(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	o := s.options(t)
	r, ctx := open(t, o), t.Context()
	list, sam := bus.WordList{Workshop: id.New[id.Workshop](), Run: 1}, id.New[id.Member]()
	if err := r.Stores().Words.Put(ctx, list, bus.Said{ID: id.New[id.Word](), Member: sam, Command: id.New[id.Command](), Text: "canaryword", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	client := s.client(t)
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	kept, err := client.HGetAll(ctx, keys[0]).Result()
	if err != nil || len(kept) != 1 {
		t.Fatal(len(kept), err)
	}
	var field, sealed string
	for field, sealed = range kept {
		raw := keys[0] + field + sealed
		if strings.Contains(raw, "canary") || strings.Contains(raw, sam.String()) || strings.Contains(raw, list.Workshop.String()) {
			t.Errorf("Redis holds a word or its person in clear: %q", raw)
		}
	}
	// A sealed word that is moved to another list, or altered, does not open.
	other := bus.WordList{Workshop: list.Workshop, Run: 2}
	if err := r.Stores().Words.Put(ctx, other, bus.Said{ID: id.New[id.Word](), Member: sam, Command: id.New[id.Command](), Text: "theirs", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	both, err := client.Keys(ctx, "*").Result()
	if err != nil || len(both) != 2 {
		t.Fatal(both, err)
	}
	for _, key := range both {
		if err := client.HSet(ctx, key, field, sealed, "changed", sealed[:len(sealed)-1]+"x", "short", "x").Err(); err != nil {
			t.Fatal(err)
		}
	}
	for want, of := range map[string]bus.WordList{"canaryword": list, "theirs": other} {
		if all, err := r.Stores().Words.All(ctx, of); err != nil || len(all) != 1 || all[0].Text != want {
			t.Errorf("%d words, %v", len(all), err)
		}
	}
	o.Key = []byte(strings.Repeat("q", 32))
	if all, err := open(t, o).Stores().Words.All(ctx, list); err != nil || len(all) != 0 {
		t.Errorf("another secret opened %d words, %v", len(all), err)
	}
}

func TestOnlyPlainCommandsAreUsed(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	client := s.client(t)
	if err := client.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	r := open(t, s.options(t))
	everything(t, r.Stores())
	stats, err := client.InfoMap(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"ping", "publish", "subscribe", "unsubscribe", "set", "get", "getdel", "del", "hsetnx", "hgetall", "hdel", "pttl", "pexpire", "eval", "evalsha", "hello",
		"config|resetstat", "info"}
	for name := range stats["Commandstats"] {
		if name = strings.TrimPrefix(name, "cmdstat_"); !slices.Contains(allowed, name) {
			t.Errorf("command %s is not on the list", name)
		}
	}
	if len(stats["Commandstats"]) < 10 {
		t.Errorf("only saw %v", stats)
	}
}

func TestOpenRefusesInvalidOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redisbus.Options{
		"no URL":     {Key: testKey()},
		"wrong URL":  {URL: "http://:secret-password@host", Key: testKey()},
		"unreadable": {URL: "redis://:secret-password@host:port", Key: testKey()},
		"no key":     {URL: "redis://localhost"},
		"short key":  {URL: "redis://localhost", Key: testKey()[:31]},
	} {
		r, err := redisbus.Open(t.Context(), o)
		if !errors.Is(err, bus.ErrMisuse) || r != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret-password") {
			t.Errorf("%s: the password is in the error", name)
		}
	}
}

func TestWithoutRedisANodeStartsAndCallsFailFast(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := redisbus.Options{URL: "unix:///nowhere/at/all", Key: testKey(), Log: slog.New(slog.NewTextHandler(&log, nil))}
	began := time.Now()
	r, err := redisbus.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	stores := r.Stores()
	e := listen(t, r, bus.Kick)
	for range 100 {
		if err := stores.Bus.Publish(t.Context(), bus.Kick, nil); !errors.Is(err, bus.ErrAway) {
			t.Fatalf("publish: %v", err)
		}
		if decision, err := stores.Limits.Allow(t.Context(), "key", bus.InvitationPerAddress()); decision.OK || !errors.Is(err, bus.ErrAway) {
			t.Fatalf("limit: %+v, %v", decision, err)
		}
	}
	if took := time.Since(began); took > bound {
		t.Errorf("it took %s", took)
	}
	// The subscriber is told to read repeatedly while the outage lasts.
	e.gap(t)
	e.gap(t)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := stores.Bus.Subscribe(context.Background(), bus.Kick, func([]byte) {}, func() {}); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("subscribe after close: %v", err)
	}
	if got := strings.Count(log.String(), "lost the Redis pub/sub connection"); got != 1 {
		t.Errorf("the log says %d times that it is away", got)
	}
}
