package room

import (
	"fmt"
	"testing"
	"time"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// unkept draws failures of the stores of words and answers for the random walk.
func unkept(t *rapid.T, d *Deciding) {
	rarely := func(what string) bool { return even(t, what, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) == 0 }
	d.SaidAway = rarely("away")
	d.Answers, d.AnswersLost = map[int]int{0: even(t, "answers", 0, 2, 4, 5, 9)}, rarely("lost")
}

// voiced checks the invariants of pulses and notes in every state.
func voiced(s State) error {
	for i, p := range s.Voice.Pulses {
		all := 0
		for _, n := range p.Counts {
			all += n
		}
		switch {
		case p.Result == wire.PulseOpen && (i < len(s.Voice.Pulses)-1 || s.Phase == wire.RoomEnded):
			return fmt.Errorf("an older pulse is open, or one after the end")
		case (p.Result == wire.PulseCounts) != (len(p.Counts) > 0):
			return fmt.Errorf("%s with %d counts", p.Result, len(p.Counts))
		case len(p.Counts) > 0 && all < wire.PulseFloor:
			return fmt.Errorf("a pulse with %d answers has counts", all)
		case p.Shown && p.Result != wire.PulseCounts:
			return fmt.Errorf("a pulse without counts is shown")
		}
	}
	if u := s.Voice.Undo; u != nil && (u.Ended && s.Turn != nil || !u.Ended && s.Turn == nil) {
		return fmt.Errorf("the undo does not match the turn")
	}
	if shown := s.Voice.Words.Shown; len(shown) > wire.WordsShown || len(shown) > 0 && s.WordRun() == 0 {
		return fmt.Errorf("%d words are shown in part %d", len(shown), s.Segment)
	}
	if s.Phase == wire.RoomEnded && !s.Voice.Note.IsZero() {
		return fmt.Errorf("a note outlived the workshop")
	}
	return nil
}

// table runs a room command by command.
type table struct {
	t       *testing.T
	s       State
	now     time.Time
	answers map[int]int
	lost    bool
	said    []Said
	away    bool
}

func (x *table) do(by id.Member, c wire.Command) string {
	x.t.Helper()
	d := deciding(x.now)
	d.Answers, d.AnswersLost, d.Said, d.SaidAway = x.answers, x.lost, x.said, x.away
	expect := x.s.Segment
	c.Expect = &expect
	events, err := Decide(x.s, Actor{Member: by, Facilitator: by.IsZero()}, c, d)
	if err != nil {
		return fault.As(err).Code
	}
	x.take(events)
	return ""
}

func (x *table) take(events []Event) {
	x.t.Helper()
	for _, e := range events {
		next, err := Apply(x.s, e)
		if err != nil {
			x.t.Fatal(err)
		}
		x.s = next
	}
	if err := legal(x.s); err != nil {
		x.t.Fatal(err)
	}
}

// checkIn is a room in its check-in part with people in it.
func checkIn(t *testing.T, people ...id.Member) *table {
	t.Helper()
	x := &table{t: t, s: New(plan()), now: start()}
	boss := id.Member{}
	x.do(boss, wire.Command{Do: "open"})
	x.do(boss, wire.Command{Do: "start"})
	x.do(boss, wire.Command{Do: "next"})
	for _, p := range people {
		events, err := Join(x.s, p, deciding(x.now))
		if err != nil {
			t.Fatal(err)
		}
		x.take(events)
	}
	return x
}

func TestATurnIsUndone(t *testing.T) {
	t.Parallel()
	boss, sam, ana := id.Member{}, id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	x.do(sam, wire.Command{Do: "raise"})
	x.do(ana, wire.Command{Do: "raise"})
	if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "turn.undo_over" {
		t.Errorf("undo without a turn: %q", code)
	}
	x.do(boss, wire.Command{Do: "turn_start"})
	x.now = x.now.Add(14 * time.Second)
	if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "" || x.s.Turn != nil || x.s.position(sam) != 0 || x.s.People[sam].Spoken != 0 {
		t.Fatalf("a turn started by mistake: %q, turn %v, position %d", code, x.s.Turn, x.s.position(sam))
	}
	if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "turn.undo_over" {
		t.Errorf("a second undo: %q", code)
	}
	x.do(boss, wire.Command{Do: "turn_start"})
	x.now = x.now.Add(20 * time.Second)
	x.do(boss, wire.Command{Do: "turn_end"})
	x.now = x.now.Add(10 * time.Second)
	if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "" {
		t.Fatal(code)
	}
	if got := x.s.Turn.Timer.EndsAt.Sub(x.now); got != 40*time.Second || x.s.People[sam].Spoken != 0 {
		t.Errorf("the turn goes on with %s and %d turns counted", got, x.s.People[sam].Spoken)
	}
	x.now = x.now.Add(5 * time.Second)
	x.do(sam, wire.Command{Do: "pass"})
	if p := x.s.People[sam]; p.SpokenMs != 25_000 || p.Spoken != 1 {
		t.Errorf("the gap was counted: %d ms in %d turns", p.SpokenMs, p.Spoken)
	}
	late := *x
	late.now = late.now.Add(16 * time.Second)
	if code := late.do(boss, wire.Command{Do: "turn_undo"}); code != "turn.undo_over" {
		t.Errorf("after 16 seconds: %q", code)
	}
	x.do(boss, wire.Command{Do: "turn_start"})
	if x.s.Turn.Member != ana {
		t.Fatal("the wrong person speaks")
	}
	x.do(boss, wire.Command{Do: "turn_pause"})
	if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "turn.undo_over" {
		t.Errorf("undo after another event: %q", code)
	}
}

// A turn that a counselor paused comes back paused: its speaker is not counted before they go on.
func TestAPausedTurnIsGivenBackPaused(t *testing.T) {
	t.Parallel()
	boss, sam := id.Member{}, id.New[id.Member]()
	x := checkIn(t, sam)
	x.do(sam, wire.Command{Do: "raise"})
	x.do(boss, wire.Command{Do: "turn_start"})
	x.now = x.now.Add(20 * time.Second)
	x.do(boss, wire.Command{Do: "turn_pause"})
	x.do(boss, wire.Command{Do: "turn_end"})
	x.now = x.now.Add(10 * time.Second)
	if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "" || x.s.Turn == nil || !x.s.Turn.Paused || x.s.Turn.Timer.Left != 40*time.Second {
		t.Fatalf("%q, the turn is %+v", code, x.s.Turn)
	}
	x.now = x.now.Add(time.Minute)
	x.do(boss, wire.Command{Do: "turn_pause"}) // goes on
	x.now = x.now.Add(5 * time.Second)
	x.do(sam, wire.Command{Do: "pass"})
	if p := x.s.People[sam]; p.SpokenMs != 25_000 {
		t.Errorf("spoke %d ms, want 25000", p.SpokenMs)
	}
}

// Who was taken out or said goodbye is given no turn back: "Take back" right after it would let them
// speak in a room that they may not come into.
func TestNoTurnIsGivenBackToWhoIsGone(t *testing.T) {
	t.Parallel()
	boss := id.Member{}
	gone := map[string]func(*table, id.Member){
		"taken out": func(x *table, who id.Member) {
			x.do(boss, wire.Command{Do: "remove", With: wire.RemoveWith{Member: who, Reason: "safety"}})
		},
		"said goodbye": func(x *table, who id.Member) { x.take(Depart(x.s, who, deciding(x.now))) },
	}
	for how, leave := range gone {
		for _, last := range []string{"raise", "turn_start", "turn_end"} {
			sam, ana := id.New[id.Member](), id.New[id.Member]()
			x := checkIn(t, sam, ana)
			x.do(sam, wire.Command{Do: "raise"})
			x.do(ana, wire.Command{Do: "raise"})
			for _, do := range []string{"turn_start", "turn_end"} {
				if last != "raise" {
					x.do(boss, wire.Command{Do: do})
				}
				if do == last {
					break
				}
			}
			leave(x, sam)
			if undo := undoOf(x.s, Names{}); undo != nil {
				t.Errorf("%s after %s: taking back is offered: %v", how, last, undo)
			}
			if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "turn.undo_over" || x.s.Turn != nil || x.s.position(sam) >= 0 {
				t.Errorf("%s after %s: %q, the turn is %v", how, last, code, x.s.Turn)
			}
		}
	}
}

// Somebody else's turn can still be taken back.
func TestATurnIsTakenBackWhenSomebodyElseIsTakenOut(t *testing.T) {
	t.Parallel()
	boss, sam, ana := id.Member{}, id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	x.do(sam, wire.Command{Do: "raise"})
	x.do(boss, wire.Command{Do: "turn_start"})
	x.do(boss, wire.Command{Do: "turn_end"})
	x.do(boss, wire.Command{Do: "remove", With: wire.RemoveWith{Member: ana, Reason: "asked"}})
	if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "" || x.s.Turn == nil || x.s.Turn.Member != sam {
		t.Errorf("%q, the turn is %v", code, x.s.Turn)
	}
}

func TestANewRoundLetsEverybodySpeakOnceMore(t *testing.T) {
	t.Parallel()
	boss, sam := id.Member{}, id.New[id.Member]()
	x := checkIn(t, sam)
	for _, want := range []string{"", "queue.spoken"} {
		if code := x.do(sam, wire.Command{Do: "raise"}); code != want {
			t.Errorf("a hand: %q, want %q", code, want)
		}
		x.do(boss, wire.Command{Do: "turn_start"})
		x.do(boss, wire.Command{Do: "turn_end"})
	}
	x.do(boss, wire.Command{Do: "queue_close"})
	x.do(boss, wire.Command{Do: "queue_round"})
	if code := x.do(sam, wire.Command{Do: "raise"}); code != "" || x.s.People[sam].Spoken != 1 {
		t.Errorf("a hand in the new round: %q, %d turns", code, x.s.People[sam].Spoken)
	}
}

// Fewer than five answers leave no counts at all, and no counts exist before the close.
func TestAPulseShowsNothingBelowTheFloor(t *testing.T) {
	t.Parallel()
	boss, sam := id.Member{}, id.New[id.Member]()
	for name, c := range map[string]struct {
		answers map[int]int
		lost    bool
		result  wire.PulseResult
		counts  []int
		show    string
	}{
		"five": {map[int]int{0: 2, 3: 3}, false, wire.PulseCounts, []int{2, 0, 0, 3}, ""},
		"four": {map[int]int{0: 4}, false, wire.PulseFew, []int{}, "pulse.few"},
		"none": {nil, false, wire.PulseFew, []int{}, "pulse.few"},
		"lost": {nil, true, wire.PulseLost, []int{}, "pulse.few"},
	} {
		x := checkIn(t, sam)
		if code := x.do(boss, wire.Command{Do: "pulse_open", With: wire.PulseOpenWith{Kind: wire.PulseReplies, Tag: wire.PulseOther}}); code != "" {
			t.Fatal(code)
		}
		if code := x.do(boss, wire.Command{Do: "pulse_open", With: wire.PulseOpenWith{Kind: wire.PulseScale, Tag: wire.PulseOther}}); code != "pulse.open" {
			t.Errorf("a second pulse while one is open: %q", code)
		}
		open := x.s.Voice.Open()
		seq := x.s.Seq
		for value, want := range map[int]string{0: "", 3: "", 4: "room.no_such"} {
			if code := x.do(sam, wire.Command{Do: "pulse", With: wire.PulseWith{Pulse: open.ID, Value: value}}); code != want {
				t.Errorf("answer %d: %q, want %q", value, code, want)
			}
		}
		if code := x.do(sam, wire.Command{Do: "pulse", With: wire.PulseWith{Pulse: id.New[id.Pulse]()}}); code != "pulse.none" {
			t.Errorf("an answer to another question: %q", code)
		}
		if code := x.do(id.New[id.Member](), wire.Command{Do: "pulse", With: wire.PulseWith{Pulse: open.ID}}); code != "room.not_here" {
			t.Errorf("an answer of a person who is not in the room: %q", code)
		}
		if x.s.Seq != seq {
			t.Error("an answer made an event")
		}
		if code := x.do(boss, wire.Command{Do: "pulse_show", With: wire.PulseShowWith{}}); code != "pulse.open" {
			t.Errorf("shown while it is open: %q", code)
		}
		x.answers, x.lost = c.answers, c.lost
		x.do(boss, wire.Command{Do: "pulse_close"})
		v := ViewsOf(x.s, Names{})
		if diff := cmp.Diff(c.counts, v.Facilitator.Pulse.Counts); diff != "" || v.Facilitator.Pulse.Result != c.result {
			t.Errorf("%s: %s %s", name, v.Facilitator.Pulse.Result, diff)
		}
		if v.Participant.Pulse != nil || v.Stage.Pulse != nil {
			t.Errorf("%s: a result is seen before it is shown", name)
		}
		if code := x.do(boss, wire.Command{Do: "pulse_show", With: wire.PulseShowWith{}}); code != c.show {
			t.Errorf("%s: showing it: %q", name, code)
		}
		if v = ViewsOf(x.s, Names{}); (v.Stage.Pulse != nil) != (c.show == "") {
			t.Errorf("%s: the stage has %v", name, v.Stage.Pulse)
		}
		x.do(boss, wire.Command{Do: "next"})
		if v = ViewsOf(x.s, Names{}); v.Stage.Pulse != nil || len(v.Facilitator.Pulses) != 1 {
			t.Errorf("%s: after the part the stage has %v", name, v.Stage.Pulse)
		}
		if code := x.do(sam, wire.Command{Do: "pulse", With: wire.PulseWith{Pulse: open.ID}}); code != "pulse.none" {
			t.Errorf("an answer after the close: %q", code)
		}
	}
}

// A turn is never cut: the person is asked to close, whatever time is left, and can keep speaking.
func TestATurnIsAskedToClose(t *testing.T) {
	t.Parallel()
	boss, sam, ana := id.Member{}, id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	if code := x.do(boss, wire.Command{Do: "turn_close"}); code != "turn.none" {
		t.Errorf("asking to close without a turn: %q", code)
	}
	x.do(sam, wire.Command{Do: "raise"})
	x.do(boss, wire.Command{Do: "turn_start"})
	x.now = x.now.Add(20 * time.Second)
	if code := x.do(boss, wire.Command{Do: "turn_close"}); code != "" {
		t.Fatal(code)
	}
	v := ViewsOf(x.s, Names{}).Participant.TurnTimer
	if v.TotalMs != 20_000 || v.EndsAt != x.now.UnixMilli() {
		t.Errorf("asked to close after 20 seconds of a minute, the clock is %+v", v)
	}
	seq := x.s.Seq
	if code := x.do(boss, wire.Command{Do: "turn_close"}); code != "" || x.s.Seq != seq {
		t.Errorf("asked twice: %q, %d more events", code, x.s.Seq-seq)
	}
	if code := x.do(boss, wire.Command{Do: "turn_undo"}); code != "turn.undo_over" {
		t.Errorf("undoing a start after another event: %q", code)
	}
	x.now = x.now.Add(10 * time.Second)
	x.do(sam, wire.Command{Do: "pass"})
	if p := x.s.People[sam]; p.SpokenMs != 30_000 {
		t.Errorf("spoke %d ms, want 30000", p.SpokenMs)
	}
	// The same in a paused room, and in a part whose turns have no clock.
	x.do(boss, wire.Command{Do: "pause"})
	x.s.Plan.Segments[1].ShareSec = 0
	x.do(ana, wire.Command{Do: "raise"})
	x.do(boss, wire.Command{Do: "turn_start"})
	x.do(boss, wire.Command{Do: "turn_close"})
	if v := ViewsOf(x.s, Names{}).Participant.TurnTimer; v.TotalMs != 1_000 || v.LeftMs != -1 {
		t.Errorf("asked to close while the room is paused, the clock is %+v", v)
	}
	x.do(boss, wire.Command{Do: "resume"})
	if v := ViewsOf(x.s, Names{}).Participant.TurnTimer; v.EndsAt != x.now.UnixMilli() {
		t.Errorf("after the room resumed the clock is %+v", v)
	}
}
