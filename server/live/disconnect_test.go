package live

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/bus"
	"amends/server/id"
	"amends/server/wire"
)

// ear is a Conn that records what it is sent.
type ear struct {
	mu     sync.Mutex
	frames []string
	codes  []wire.CloseCode
	closed chan struct{}
}

func newEar() *ear { return &ear{closed: make(chan struct{})} }

func (e *ear) Send(frame []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frames = append(e.frames, string(frame))
	return len(e.codes) == 0
}

func (e *ear) SendPassing(frame []byte) bool { return e.Send(frame) }

func (e *ear) Close(code wire.CloseCode, _ string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.codes = append(e.codes, code); len(e.codes) == 1 {
		close(e.closed)
	}
}

func (e *ear) closedWith() []wire.CloseCode {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.codes
}

// quietHub is a hub without use cases: only operations without the database work.
func quietHub(t *testing.T) (*Hub, *strings.Builder) {
	t.Helper()
	log := &strings.Builder{}
	memory := bus.NewMemory(time.Now)
	h, err := NewHub(Options{Bus: memory.Stores().Bus, Node: id.New[id.Node](), Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		h.Close(ctx)
		memory.Close()
	})
	return h, log
}

func stages(r *liveRoom, n int) []*ear {
	var ears []*ear
	for range n {
		e := newEar()
		ears = append(ears, e)
		r.members[&member{conn: e, seat: app.Seat{Role: wire.RoleStage}}] = actor.Actor{}
	}
	return ears
}

// Everybody is disconnected exactly once, with 1012, a few per step.
func TestAShutdownDisconnectsARoomInSmallSteps(t *testing.T) {
	t.Parallel()
	for _, people := range []int{0, 1, 4, 9, 1000, 5000} {
		h, _ := quietHub(t)
		r := newRoom(h, app.RoomKey{Workshop: id.New[id.Workshop]()})
		ears := stages(r, people)
		r.disconnecting.begin(people)
		steps, before := 0, 0
		for done := false; !done; steps++ {
			done = r.disconnectSome()
			gone := 0
			for _, e := range ears {
				gone += len(e.closedWith())
			}
			if step := gone - before; step > stepOf(people) {
				t.Fatalf("%d of %d went in one step", step, people)
			}
			before = gone
		}
		if before != people || time.Duration(steps-1)*disconnectEvery > disconnectMost {
			t.Errorf("%d of %d were sent away in %d steps", before, people, steps)
		}
		for _, e := range ears {
			if codes := e.closedWith(); len(codes) != 1 || codes[0] != wire.CloseGoingAway {
				t.Fatalf("one was closed with %v", codes)
			}
		}
		r.disconnecting.stop()
	}
}

// A panic ends only its room: members and late visitors are told to reconnect, waiting readers return,
// and the next visitor gets a new room.
func TestARoomThatPanicsEndsAlone(t *testing.T) {
	t.Parallel()
	h, log := quietHub(t)
	key := app.RoomKey{Workshop: id.New[id.Workshop]()}
	r := newRoom(h, key)
	ears := stages(r, 3)
	h.mu.Lock()
	h.rooms[key.Workshop] = r
	h.mu.Unlock()
	late := newEar()
	left := left{done: make(chan struct{})}
	r.inbox <- look{nil} // there is no such member: it panics
	r.inbox <- entered{member: &member{conn: late}}
	r.inbox <- left
	h.wait.Add(1)
	go func() {
		defer h.wait.Done()
		r.run(h.ctx)
	}()
	for _, e := range append(ears, late) {
		<-e.closed
		if codes := e.closedWith(); codes[0] != wire.CloseGoingAway {
			t.Errorf("closed with %v", codes)
		}
	}
	(&Visit{hub: h, room: r, member: &member{}}).leave() // returns
	if h.open(key) {
		t.Error("the hub still has the room")
	}
	if text := log.String(); strings.Count(text, "a room panicked") != 1 {
		t.Errorf("the log says %q", text)
	}
}

// A panic in a reader leaves nobody in the room.
func TestAReaderThatPanicsLeavesItsRoom(t *testing.T) {
	t.Parallel()
	h, _ := quietHub(t)
	r := newRoom(h, app.RoomKey{Workshop: id.New[id.Workshop]()})
	m := &member{conn: newEar(), seat: app.Seat{Role: wire.RoleStage}}
	r.members[m] = actor.Actor{}
	r.checkAt = time.Now().Add(time.Hour)
	h.wait.Add(1)
	go func() {
		defer h.wait.Done()
		r.run(h.ctx)
	}()
	h.mu.Lock()
	h.rooms[r.key.Workshop], r.users = r, 1
	h.mu.Unlock()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nothing panicked")
			}
		}()
		(&Visit{hub: h, room: r, member: m}).Serve(func() ([]byte, error) { panic("a defect") })
	}()
	h.mu.Lock()
	users := r.users
	h.mu.Unlock()
	h.stop()
	<-r.ended
	if len(r.members) != 0 || users != 0 {
		t.Errorf("%d members, %d users", len(r.members), users)
	}
}
