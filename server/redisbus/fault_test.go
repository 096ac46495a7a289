package redisbus_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/id"
	"amends/server/redisbus"
)

// ear is a subscriber that records its messages and gaps.
type ear struct {
	rung chan string
	gaps chan struct{}
}

func listen(t *testing.T, node *redisbus.Redis, topic bus.Topic) *ear {
	t.Helper()
	e := &ear{rung: make(chan string, 1000), gaps: make(chan struct{}, 1000)}
	s, err := node.Stores().Bus.Subscribe(t.Context(), topic,
		func(payload []byte) { e.rung <- string(payload) }, func() { e.gaps <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return e
}

func (e *ear) gap(t *testing.T) {
	t.Helper()
	select {
	case <-e.gaps:
	case <-time.After(bound):
		t.Fatal("nobody said that messages may be missing")
	}
}

func (e *ear) ring(t *testing.T) string {
	t.Helper()
	select {
	case message := <-e.rung:
		return message
	case <-time.After(bound):
		t.Fatal("nothing was heard")
		return ""
	}
}

// forget discards what was recorded so far.
func (e *ear) forget() {
	for len(e.gaps) > 0 {
		<-e.gaps
	}
	for len(e.rung) > 0 {
		<-e.rung
	}
}

// hears publishes until a message arrives: after an outage both nodes reconnect at their own pace.
func (e *ear) hears(t *testing.T, from *redisbus.Redis, topic bus.Topic) {
	t.Helper()
	n := 0
	eventually(t, "a message is heard again", func() bool {
		n++
		_ = from.Stores().Bus.Publish(t.Context(), topic, []byte(strconv.Itoa(n)))
		return len(e.rung) > 0
	})
}

func newRoom() bus.Topic { return bus.Room(id.New[id.Workshop]()) }

func TestAKilledRedisIsAGapAndReconnects(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a, b := open(t, s.options(t)), open(t, s.options(t))
	rooms := []bus.Topic{newRoom(), newRoom(), bus.Kick}
	var ears []*ear
	for _, room := range rooms {
		ears = append(ears, listen(t, b, room))
	}
	if len(ears[0].gaps) != 0 {
		t.Error("a gap before anything happened")
	}
	for range 3 {
		s.kill()
		for _, e := range ears {
			e.gap(t)
		}
		if err := a.Stores().Bus.Publish(t.Context(), rooms[0], []byte("lost")); !errors.Is(err, bus.ErrAway) {
			t.Errorf("publishing to nobody: %v", err)
		}
		// A room subscribed during the outage gets a gap too.
		late := listen(t, b, newRoom())
		late.gap(t)
		for _, e := range ears {
			e.forget()
		}
		s.start(t)
		for n, e := range ears {
			e.gap(t)
			e.hears(t, a, rooms[n])
		}
		// Loaded Lua scripts are lost with the process, and are loaded again on use.
		if _, err := a.Stores().Limits.Allow(t.Context(), "key", bus.WritePerMember()); err != nil {
			t.Errorf("limit after a restart: %v", err)
		}
		for _, e := range ears {
			e.forget()
		}
	}
}

func TestAnUnresponsiveRedisIsAGapAndCallsFailFast(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a, b := open(t, s.options(t)), open(t, s.options(t))
	room := newRoom()
	e := listen(t, b, room)
	s.stop(t)
	began := time.Now()
	for range 200 {
		if err := a.Stores().Bus.Publish(t.Context(), room, nil); !errors.Is(err, bus.ErrAway) {
			t.Fatalf("publish to a silent Redis: %v", err)
		}
	}
	// One call waits half a second, the others fail at once.
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("200 calls took %s", took)
	}
	e.gap(t)
	s.carryOn(t)
	e.gap(t)
	e.forget()
	e.hears(t, a, room)
}

func TestADisconnectedSubscriberGetsAGap(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a := open(t, s.options(t))
	room := newRoom()
	e := listen(t, a, room)
	client := s.client(t)
	for range 10 {
		if killed, err := client.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Result(); err != nil || killed != 1 {
			t.Fatalf("killed %d subscribers, %v", killed, err)
		}
		// One gap for the loss, one after the reconnect.
		e.gap(t)
		e.gap(t)
		eventually(t, "the subscription is back", func() bool {
			names, err := client.PubSubNumSub(t.Context(), t.Name()+":"+string(room)).Result()
			return err == nil && names[t.Name()+":"+string(room)] == 1
		})
		e.forget()
		e.hears(t, a, room)
		e.forget()
	}
}

// After an outage many topics are subscribed again, in several SUBSCRIBE commands.
func TestManyTopicsAreSubscribedAgain(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a, b := open(t, s.options(t)), open(t, s.options(t))
	rooms, ears := make([]bus.Topic, 700), make([]*ear, 700)
	for n := range rooms {
		rooms[n] = newRoom()
		ears[n] = listen(t, b, rooms[n])
	}
	s.kill()
	ears[0].gap(t)
	s.start(t)
	ears[0].hears(t, a, rooms[0])
	for n, e := range ears {
		e.hears(t, a, rooms[n])
		e.gap(t)
	}
}

// lossy is a connection that, while cut is set, delivers a PUBLISH and loses the reply. It stops
// reading before it sends, so that even a quick reply is lost.
type lossy struct {
	net.Conn
	cut, deaf *atomic.Bool
}

func (l lossy) Write(b []byte) (int, error) {
	last := l.cut.Load() && bytes.Contains(b, []byte("publish"))
	if last {
		l.deaf.Store(true)
	}
	n, err := l.Conn.Write(b)
	if last {
		_ = l.Conn.Close()
	}
	return n, err
}

func (l lossy) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if l.deaf.Load() {
		return 0, net.ErrClosed
	}
	return n, err
}

func TestACallWithALostReplyIsNotRetried(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	var cut atomic.Bool
	o := s.options(t)
	o.Dialer = dialer{func() (net.Conn, error) {
		conn, err := net.Dial("unix", s.socket)
		return lossy{conn, &cut, new(atomic.Bool)}, err
	}}.connect
	r := open(t, o)
	cut.Store(true)
	if err := r.Stores().Bus.Publish(t.Context(), bus.Kick, nil); !errors.Is(err, bus.ErrAway) {
		t.Fatalf("publish without an answer: %v", err)
	}
	calls := func() string {
		stats, err := s.client(t).InfoMap(t.Context(), "commandstats").Result()
		if err != nil {
			t.Fatal(err)
		}
		return stats["Commandstats"]["cmdstat_publish"]
	}
	eventually(t, "the question arrived", func() bool { return calls() != "" })
	if got := calls(); !strings.HasPrefix(got, "calls=1,") {
		t.Errorf("it was asked more than once: %s", got)
	}
}

func TestFlushingRedisLosesOnlyExpendableState(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	a, b := open(t, s.options(t)), open(t, s.options(t))
	room := newRoom()
	e := listen(t, b, room)
	signin := id.New[id.Signin]()
	stores := a.Stores()
	if err := stores.Halves.Put(t.Context(), signin, bus.Half{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := stores.Limits.Allow(t.Context(), "key", bus.InvitationPerAddress()); err != nil {
		t.Fatal(err)
	}
	if err := s.client(t).FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.client(t).ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := stores.Halves.Take(t.Context(), signin); ok || err != nil {
		t.Errorf("half after a flush: %v, %v", ok, err)
	}
	if decision, err := stores.Limits.Allow(t.Context(), "key", bus.InvitationPerAddress()); err != nil || !decision.OK {
		t.Errorf("limit after a flush: %+v, %v", decision, err)
	}
	if err := stores.Bus.Publish(t.Context(), room, []byte("still here")); err != nil {
		t.Fatal(err)
	}
	if got := e.ring(t); got != "still here" {
		t.Errorf("heard %q", got)
	}
}

func TestValuesNotWrittenByUsAreRefused(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	o := s.options(t)
	r := open(t, o)
	stores, signin := r.Stores(), id.New[id.Signin]()
	if err := stores.Halves.Put(t.Context(), signin, bus.Half{1}, time.Hour); err != nil {
		t.Fatal(err)
	}
	client := s.client(t)
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	if err := client.Set(t.Context(), keys[0], "too short", time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	if half, ok, err := stores.Halves.Take(t.Context(), signin); ok || err != nil || half != (bus.Half{}) {
		t.Errorf("nine bytes were taken for a half: %v, %v", ok, err)
	}
	if err := client.Del(t.Context(), keys[0]).Err(); err != nil {
		t.Fatal(err)
	}
	if err := client.LPush(t.Context(), keys[0], "a list").Err(); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := stores.Halves.Take(t.Context(), signin); ok || err == nil {
		t.Errorf("a list was taken for a half: %v, %v", ok, err)
	}
}

func TestCloseEndsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	r := open(t, s.options(t))
	rooms := make([]bus.Topic, 20)
	for n := range rooms {
		rooms[n] = newRoom()
		listen(t, r, rooms[n])
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Stores().Bus.Publish(context.Background(), rooms[0], nil); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("publish after close: %v", err)
	}
	if _, err := r.Stores().Limits.Allow(context.Background(), "key", bus.InvitationPerAddress()); err == nil {
		t.Error("Allow succeeded after Close")
	}
	eventually(t, "no connection is left", func() bool {
		clients, err := s.client(t).ClientList(context.Background()).Result()
		return err == nil && len(clients) > 0 && !containsSubscriber(clients)
	})
}

func containsSubscriber(clients string) bool { return strings.Contains(clients, "cmd=subscribe") }
