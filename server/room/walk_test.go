package room

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"amends/server/agenda"
	"amends/server/id"
	"amends/server/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func plan() Plan {
	return Plan{Workshop: id.New[id.Workshop](), Title: "Group", Language: "en", RoomCode: "ABC123", StartsAt: start(), Capacity: 7, Segments: []agenda.Segment{
		{Type: agenda.Arrive, Title: "Arrive", PlannedMin: 5, Worksheet: agenda.NoWorksheet},
		{Type: agenda.CheckIn, Title: "Check in", PlannedMin: 10, Queue: true, ShareSec: 60, Points: []string{"one"}},
		{Type: agenda.Write, Title: "Write", PlannedMin: 15, Worksheet: agenda.Entry},
		{Type: agenda.Practice, Title: "Practice", PlannedMin: 18, Worksheet: agenda.NoWorksheet},
		{Type: agenda.Close, Title: "Close", PlannedMin: 3, Worksheet: agenda.NoWorksheet},
	}}
}

func start() time.Time { return time.Date(2026, 5, 12, 18, 30, 0, 0, time.UTC) }

func deciding(now time.Time) Deciding {
	return Deciding{Now: now, NewTurn: id.New[id.Turn], NewHelpTap: id.New[id.HelpTap], NewPulse: id.New[id.Pulse], NewNote: id.New[id.Note], Permute: rand.Perm}
}

// legal holds what must be true of every state.
func legal(s State) error {
	seen := map[id.Member]bool{}
	for _, w := range s.Queue {
		if seen[w.Member] || s.Turn != nil && s.Turn.Member == w.Member {
			return fmt.Errorf("%s stands twice in the queue, or speaks and waits", w.Member)
		}
		seen[w.Member] = true
	}
	live := s.Phase == wire.RoomRunning || s.Phase == wire.RoomPaused
	switch {
	case live != (s.Segment >= 0 && s.Phase != wire.RoomEnded):
		return fmt.Errorf("phase %s at segment %d", s.Phase, s.Segment)
	case s.Timer.Running() && (s.Phase != wire.RoomRunning || s.Calm || s.Holding):
		return fmt.Errorf("the timer runs while the room is %s, calm %v, held %v", s.Phase, s.Calm, s.Holding)
	case s.Phase == wire.RoomEnded && (s.Turn != nil || len(s.Queue) > 0 || s.Calm || s.Holding):
		return fmt.Errorf("an ended room still has a turn, a queue or a cover")
	case s.Taken() > s.Plan.size():
		return fmt.Errorf("%d seats taken in a room for %d", s.Taken(), s.Plan.size())
	case s.Here() > s.Taken():
		return fmt.Errorf("more here than seats taken")
	case s.ReadyCount() > s.Here():
		return fmt.Errorf("more ready than here")
	}
	if err := stopped(s); err != nil {
		return err
	}
	if err := coursed(s); err != nil {
		return err
	}
	if err := voiced(s); err != nil {
		return err
	}
	return cared(s)
}

// A random walk over commands and facts never reaches an illegal state; every patch turns the
// old view into the new one; no view holds null. All walks together do everything that the tables
// know, for what no walk reaches is tested by none; what is rare may take some walks more.
func TestRandomWalk(t *testing.T) {
	t.Parallel()
	walks, did := 0, map[string]int{}
	for range 4 {
		rapid.Check(t, func(t *rapid.T) {
			walks++
			w := newWalk(t, did)
			for _, m := range w.moves(t) {
				before, old := w.s, ViewsOf(w.s, w.names(w.s))
				w.fold(t, m(t))
				if err := legal(w.s); err != nil {
					t.Fatal(err)
				}
				w.shows(t, before, old)
			}
		})
		if len(untried(did)) == 0 || walks < 100 {
			return // one recorded walk, or a few, cannot meet everything
		}
	}
	t.Errorf("%d walks never did: %s", walks, strings.Join(untried(did), ", "))
}

// shows holds what everybody sees after a move to what they saw before it.
func (w *walk) shows(t *rapid.T, before State, old Views) {
	fresh := ViewsOf(w.s, w.names(w.s))
	if err := errors.Join(unnamed(fresh, w.s), unshown(fresh, w.s)); err != nil {
		t.Fatal(err)
	}
	patchable(t, old.Facilitator, fresh.Facilitator)
	patchable(t, old.Participant, fresh.Participant)
	patchable(t, old.Stage, fresh.Stage)
	everybody, touched := Touched(before, w.s)
	for i, p := range w.people {
		was, is := MeOf(before, p, w.names(before)), MeOf(w.s, p, w.names(w.s))
		alike := reflect.DeepEqual(was, is)
		if !alike && !everybody && !touched[p] {
			t.Fatalf("the part of a person who was not touched changed: %s", cmp.Diff(was, is))
		}
		if !alike || i == 0 {
			patchable(t, was, is)
		}
	}
}

func patchable(t *rapid.T, old, fresh any) {
	patch, err := Patch(old, fresh)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := object(old)
	b, _ := object(fresh)
	read, _ := object(patch) // as a client reads it
	// A diff costs more than all the rest of a walk: it is made where there is one.
	if got := merge(a, read); !reflect.DeepEqual(b, got) {
		t.Fatal(cmp.Diff(b, got))
	}
	if path := nullIn(b, ""); path != "" {
		t.Fatalf("%s is null", path)
	}
}

// object is what a client makes of a text.
func object(v any) (map[string]any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var o map[string]any
	return o, json.Unmarshal(text, &o)
}

// merge is RFC 7396, written anew here so that the test does not trust the code under test.
func merge(into, patch map[string]any) map[string]any {
	out := maps.Clone(into)
	for k, v := range patch {
		if inner, ok := v.(map[string]any); ok {
			base, _ := out[k].(map[string]any)
			if base == nil {
				base = map[string]any{}
			}
			out[k] = merge(base, inner)
		} else if v == nil {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}

func nullIn(v any, path string) string {
	switch x := v.(type) {
	case nil:
		return path
	case map[string]any:
		for k, inner := range x {
			if p := nullIn(inner, path+"."+k); p != "" {
				return p
			}
		}
	case []any:
		for i, inner := range x {
			if p := nullIn(inner, fmt.Sprintf("%s[%d]", path, i)); p != "" {
				return p
			}
		}
	}
	return ""
}

func TestEveryKindOfEventIsApplied(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		first, s := 0, New(plan())
		for _, turn := range []*Speaking{{}, nil} { // events of older builds may speak of a turn that is not there
			s.Turn = turn
			after, err := Apply(s, Event{Kind: kind, At: start(), Data: Data{Segment: &first, To: 1}})
			if err != nil || turn == nil && after.Voice.Undo != nil && kind != TurnStarted {
				t.Errorf("%s: %v, to take back: %v", kind, err, after.Voice.Undo)
			}
		}
	}
	if _, err := Apply(New(plan()), Event{Kind: "room.flooded"}); err == nil {
		t.Error("an unknown kind was applied")
	}
}

func TestTimersAreFactsThroughPauseCalmAndExtend(t *testing.T) {
	t.Parallel()
	s, now := New(plan()), start()
	boss := Actor{Facilitator: true}
	do := func(verb string, seconds int) {
		t.Helper()
		expect := s.Segment
		c := wire.Command{Do: verb, Expect: &expect}
		if seconds > 0 {
			c.With = wire.ExtendWith{Seconds: seconds}
		}
		events, err := Decide(s, boss, c, deciding(now))
		if err != nil {
			t.Fatal(verb, err)
		}
		for _, e := range events {
			if s, err = Apply(s, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	do("open", 0)
	do("start", 0)
	now = now.Add(time.Minute)
	do("pause", 0)
	now = now.Add(time.Hour)
	if s.Timer.Left != 4*time.Minute {
		t.Errorf("after a minute and a pause %s are left", s.Timer.Left)
	}
	do("extend", 60)
	do("calm", 0)
	do("resume", 0)
	if s.Timer.Running() {
		t.Error("the timer runs under the calm cover")
	}
	do("uncalm", 0)
	if got := s.Timer.EndsAt.Sub(now); got != 5*time.Minute {
		t.Errorf("after the cover %s are left, want 5m", got)
	}
	now = now.Add(20 * time.Minute)
	if s.Segment != 0 {
		t.Error("the end of a timer moved the agenda")
	}
	b, err := json.Marshal(s.Timer.view())
	if err != nil || string(b) == "" {
		t.Error(err)
	}
}
