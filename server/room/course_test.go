package room

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"amends/server/agenda"
	"amends/server/id"
	"amends/server/wire"

	"github.com/google/go-cmp/cmp"
)

// coursed checks the invariants of course, door and team in every state.
func coursed(s State) error {
	parts := slices.Sorted(slices.Values(s.Course.Parts))
	for i, part := range parts {
		if i != part {
			return fmt.Errorf("the parts are %v", s.Course.Parts)
		}
	}
	for i, skipped := range s.Course.Skipped {
		if skipped && (Fixed(s.Plan.Segments[i].Type) || i == s.Segment && s.Phase != wire.RoomEnded) {
			return fmt.Errorf("part %d is left out", s.Course.Parts[i])
		}
	}
	for _, k := range s.Doorway.Waits {
		if s.Present(k.Member) || s.Removed(k.Member) {
			return fmt.Errorf("%s is at the door although present or removed", k.Member)
		}
	}
	for who := range s.Doorway.Removed {
		if s.Present(who) || s.position(who) >= 0 || s.Turn != nil && s.Turn.Member == who {
			return fmt.Errorf("%s was removed and is still present", who)
		}
	}
	live := s.Phase == wire.RoomRunning || s.Phase == wire.RoomPaused
	switch {
	case s.Holding && !live:
		return fmt.Errorf("a room in phase %s is held", s.Phase)
	case len(s.Plan.Staff) > 0 && !s.Named(s.Team.Lead):
		return fmt.Errorf("the lead is not a facilitator")
	case s.ReadyCount() > s.ReadyOf():
		return fmt.Errorf("%d of %d are ready", s.ReadyCount(), s.ReadyOf())
	}
	return nil
}

// script drives one room with two counselors, with a clock of its own.
type script struct {
	t         *testing.T
	s         State
	now       time.Time
	dana, kof id.Member
}

func newScript(t *testing.T, capacity int) *script {
	sc := &script{t: t, now: start(), dana: id.New[id.Member](), kof: id.New[id.Member]()}
	p := plan()
	p.Capacity, p.Lead, p.Staff = capacity, sc.dana, []id.Member{sc.dana, sc.kof}
	p.Segments = nil
	for _, kind := range []agenda.SegmentType{agenda.Arrive, agenda.Ground, agenda.Write, agenda.Share, agenda.CheckOut, agenda.Close} {
		p.Segments = append(p.Segments, agenda.Segment{Type: kind, Title: string(kind), PlannedMin: 5, ShareSec: 60, Queue: kind == agenda.Share})
	}
	sc.s = New(p)
	return sc
}

func (sc *script) fold(events []Event) {
	sc.t.Helper()
	for _, e := range events {
		next, err := Apply(sc.s, e)
		if err != nil {
			sc.t.Fatal(err)
		}
		sc.s = next
	}
	if err := legal(sc.s); err != nil {
		sc.t.Fatal(err)
	}
}

func (sc *script) by(who id.Member, verb string, c wire.Command) error {
	sc.t.Helper()
	c.Do, c.Spec = verb, wire.Commands()[verb]
	if (c.Spec.Expects || verb == "back") && c.Expect == nil {
		at := sc.s.Segment
		c.Expect = &at
	}
	events, err := Decide(sc.s, Actor{Member: who, Facilitator: true}, c, deciding(sc.now))
	if err == nil {
		sc.fold(events)
	}
	return err
}

func (sc *script) do(verb string, c wire.Command) {
	sc.t.Helper()
	if err := sc.by(sc.dana, verb, c); err != nil {
		sc.t.Fatal(verb, err)
	}
}

func (sc *script) refused(verb string, c wire.Command, want error) {
	sc.t.Helper()
	if err := sc.by(sc.dana, verb, c); !errors.Is(err, want) {
		sc.t.Errorf("%s: %v, want %v", verb, err, want)
	}
}

func (sc *script) join(who id.Member) {
	sc.t.Helper()
	events, err := Join(sc.s, who, deciding(sc.now))
	if err != nil {
		sc.t.Fatal(err)
	}
	sc.fold(events)
}

func (sc *script) titles() (out []string) {
	for i, seg := range sc.s.Plan.Segments {
		name := seg.Title
		if sc.s.Course.Skipped[i] {
			name = "(" + name + ")"
		}
		out = append(out, name)
	}
	return out
}

func TestPartsToComeCanBeReorderedAndSkipped(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 12)
	sc.do("open", wire.Command{})
	sc.do("skip", wire.Command{With: wire.SkipWith{Segment: 0}})
	sc.do("skip", wire.Command{With: wire.SkipWith{Segment: 0, On: new(false)}})
	sc.do("start", wire.Command{})
	sc.now = sc.now.Add(2 * time.Minute)
	for name, order := range map[string][]int{"too few": {2, 3}, "the part under way": {0, 1, 2, 3, 4}, "an unknown part": {1, 2, 3, 4, 9}} {
		if err := sc.by(sc.dana, "reorder", wire.Command{With: wire.ReorderWith{Order: order}}); !errors.Is(err, ErrOrder) {
			t.Errorf("%s: %v", name, err)
		}
	}
	sc.do("reorder", wire.Command{With: wire.ReorderWith{Order: []int{3, 1, 2, 4, 5}}})
	sc.do("skip", wire.Command{With: wire.SkipWith{Segment: 1 + 1}})
	want := []string{"arrive", "share", "ground", "(write)", "check_out", "close"}
	if diff := cmp.Diff(want, sc.titles()); diff != "" {
		t.Fatal(diff)
	}
	for part, fault := range map[int]error{0: ErrPast, 1: ErrNeverSkipped, 4: ErrNeverSkipped, 5: ErrNeverSkipped, 20: ErrNoSuch} {
		sc.refused("skip", wire.Command{With: wire.SkipWith{Segment: part}}, fault)
	}
	stale := 4
	sc.refused("reorder", wire.Command{Expect: &stale, With: wire.ReorderWith{Order: []int{1, 2, 3, 4, 5}}}, ErrMovedOn)
	sc.refused("skip", wire.Command{Expect: &stale, With: wire.SkipWith{Segment: 3}}, ErrMovedOn)

	sc.do("next", wire.Command{})
	if sc.s.Segment != 1 || !sc.s.QueueOpen || sc.s.Course.Took[0] != 2*time.Minute {
		t.Fatalf("after Next the room is at part %d, took %v", sc.s.Segment, sc.s.Course.Took)
	}
	sc.now = sc.now.Add(time.Minute)
	sc.do("next", wire.Command{})
	sc.do("next", wire.Command{})
	if sc.titles()[sc.s.Segment] != "check_out" {
		t.Fatalf("Next did not pass over the skipped part: %d", sc.s.Segment)
	}
	// Back passes over it too. Going to it unskips it, and the times of both runs add up.
	sc.do("back", wire.Command{})
	sc.do("back", wire.Command{})
	sc.now = sc.now.Add(3 * time.Minute)
	sc.do("go", wire.Command{With: wire.GoWith{Segment: 2}})
	if sc.titles()[sc.s.Segment] != "write" || sc.s.Course.Took[1] != 4*time.Minute {
		t.Fatalf("at %v, took %v", sc.titles(), sc.s.Course.Took)
	}
	sc.do("go", wire.Command{With: wire.GoWith{Segment: 5}})
	sc.refused("next", wire.Command{}, ErrLast)
	sc.do("end", wire.Command{})
	sc.refused("reorder", wire.Command{With: wire.ReorderWith{Order: []int{1}}}, ErrEnded)
	var took []int64
	for _, p := range courseOf(sc.s) {
		took = append(took, p.TookMs/60_000)
	}
	if diff := cmp.Diff([]int64{2, 4, 0, 0, 0, 0}, took); diff != "" {
		t.Error(diff)
	}
}

func TestTheReadyCountIsOfConnectedPeople(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 12)
	people := []id.Member{id.New[id.Member](), id.New[id.Member](), id.New[id.Member]()}
	sc.do("open", wire.Command{})
	for _, p := range people {
		sc.join(p)
	}
	sc.do("start", wire.Command{})
	say := func(who id.Member, verb string) {
		t.Helper()
		events, err := Decide(sc.s, Actor{Member: who}, wire.Command{Do: verb}, deciding(sc.now))
		if err != nil {
			t.Fatal(err)
		}
		sc.fold(events)
	}
	say(people[0], "ready")
	if sc.s.ReadyCount() != 1 || sc.s.ReadyOf() != 3 {
		t.Errorf("%d of %d", sc.s.ReadyCount(), sc.s.ReadyOf())
	}
	sc.fold(Drop(sc.s, people[1], deciding(sc.now)))
	say(people[2], "away")
	if sc.s.ReadyCount() != 1 || sc.s.ReadyOf() != 1 {
		t.Errorf("with one person gone and one away: %d of %d", sc.s.ReadyCount(), sc.s.ReadyOf())
	}
}

// A room that has not started keeps a part to start with, also where the plan has none that always takes
// place: without it, Start would go to no part at all.
func TestTheLastPartToBeginWithIsNotSkipped(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 7)
	for i := range sc.s.Plan.Segments {
		sc.s.Plan.Segments[i].Type = agenda.Write
	}
	sc.do("open", wire.Command{})
	last := len(sc.s.Plan.Segments) - 1
	for part := range last {
		sc.do("skip", wire.Command{With: wire.SkipWith{Segment: part}})
	}
	sc.refused("skip", wire.Command{With: wire.SkipWith{Segment: last}}, ErrNeverSkipped)
	sc.do("start", wire.Command{})
	if sc.s.Segment != last {
		t.Errorf("the room starts at part %d, want %d", sc.s.Segment, last)
	}
}
