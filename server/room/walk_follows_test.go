package room

import (
	"fmt"
	"slices"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// What must be true after one event, whatever came before: the rules that a state alone (legal) does not
// show. They are written from the rules at the top of each file, not from its code.

// turnsEnd are the events after which no turn can be undone, whoever it was of.
func turnsEnd() []string {
	return []string{TurnPaused, TurnResumed, TurnClosing, TurnUndone, Moved, RoundBegun, Advanced, Ended}
}

// follows checks one event of a walk.
func follows(before, after State, e Event) error {
	for _, rule := range []func(before, after State, e Event) error{leaves, sweeps, settles, pauses, takesPlace, asks, lines, mutes} {
		if err := rule(before, after, e); err != nil {
			return fmt.Errorf("%s: %w", e.Kind, err)
		}
	}
	return nil
}

// leaves: who leaves or is removed waits for nothing any more, and so does everybody after the end.
func leaves(_, after State, e Event) error {
	who := e.Data.Member
	gone := e.Kind == Left || e.Kind == Removed
	switch {
	case gone && after.position(who) >= 0:
		return fmt.Errorf("%s left with a raised hand", who)
	case gone && after.Ready[who]:
		return fmt.Errorf("%s left and is ready", who)
	case (e.Kind == Removed || e.Data.Goodbye) && after.Turn != nil && after.Turn.Member == who:
		return fmt.Errorf("%s is gone for good and speaks", who)
	case (e.Kind == Advanced || e.Kind == Ended) && (len(after.Ready) > 0 || len(after.Care.Late) > 0 || after.Care.Trios != nil):
		return fmt.Errorf("ready people, a catch-up or practice groups outlive their part")
	case e.Kind == HelpDone && after.Care.Quiet[who].Why == wire.CheckHelp:
		return fmt.Errorf("%s was helped and is missed because of it", who)
	}
	return nil
}

// sweeps: only guests are removed together, and nobody whom a facilitator let in by name.
func sweeps(before, after State, e Event) error {
	who := e.Data.Member
	p, at := before.People[who], before.atDoor(who)
	switch {
	case e.Kind == Removed && e.Data.All && (before.Named(who) || before.Doorway.Admitted[who]):
		return fmt.Errorf("%s is a counselor or was let in by name", who)
	case e.Kind == Removed && e.Data.All && !p.Guest && (at < 0 || !before.Doorway.Waits[at].Guest):
		return fmt.Errorf("%s has an account", who)
	case e.Kind == Returned && after.Removed(who):
		return fmt.Errorf("%s was let back in and is removed", who)
	case e.Kind == GuestsListen && slices.ContainsFunc(after.Queue, func(w Waiting) bool { return after.People[w.Member].Guest }):
		return fmt.Errorf("a guest who only listens waits to speak")
	case e.Kind == GuestsSpeak && len(after.Queue) != len(before.Queue)+len(before.Doorway.Aside):
		return fmt.Errorf("a hand that was set aside is lost")
	}
	return nil
}

// settles: a turn is undone only while nothing else happened to turns and the queue, or to its person.
func settles(before, after State, e Event) error {
	if u := before.Voice.Undo; e.Kind == TurnUndone && e.At.Sub(u.At) > wire.UndoMs*time.Millisecond {
		return fmt.Errorf("a turn was undone after %s", e.At.Sub(u.At))
	}
	u := after.Voice.Undo
	if u == nil {
		return nil
	}
	own := slices.Contains([]string{Raised, Lowered, Passed, Left, Removed}, e.Kind) && u.Turn.Member == e.Data.Member
	if own || slices.Contains(turnsEnd(), e.Kind) {
		return fmt.Errorf("the turn of %s can still be undone", u.Turn.Member)
	}
	return nil
}

// pauses: a turn that a counselor stopped stays stopped until a counselor resumes it: the room's own
// stops and covers, and undoing the end of it, do not set its clock running.
func pauses(before, after State, e Event) error {
	stopped := before.Turn != nil && before.Turn.Paused || e.Kind == TurnPaused
	if u := before.Voice.Undo; e.Kind == TurnUndone && u != nil && u.Ended {
		stopped = u.Turn.Paused
	}
	if stopped && e.Kind != TurnResumed && after.Turn != nil && !after.Turn.Paused {
		return fmt.Errorf("a paused turn goes on")
	}
	return nil
}

// takesPlace: a part is skipped once, and one is left to begin with.
func takesPlace(before, after State, e Event) error {
	if e.Kind != Skipped && e.Kind != Unskipped {
		return nil
	}
	at := before.Course.at(*e.Data.Segment)
	switch out := e.Kind == Skipped; {
	case before.Course.Skipped[at] == out:
		return fmt.Errorf("part %d is skipped, or unskipped, for the second time", *e.Data.Segment)
	case after.Segment < 0 && after.after(-1) < 0:
		return fmt.Errorf("no part is left to begin with")
	}
	return nil
}

// asks: a hidden result is shown to nobody, and neither is an older one once the room has gone on.
func asks(_, after State, e Event) error {
	hidden := slices.Contains([]string{PulseHidden, PulseOpened, Advanced, Ended}, e.Kind)
	if hidden && slices.ContainsFunc(after.Voice.Pulses, func(p Pulse) bool { return p.Shown }) {
		return fmt.Errorf("a result stays shown")
	}
	return nil
}

// mutes: a muted person stays muted until a counselor unmutes them or the room ends, and unmuting them
// puts no word on the screens.
func mutes(before, after State, e Event) error {
	for who := range before.Voice.Words.Muted {
		if !after.Voice.Words.Muted[who] && e.Kind != Ended && (e.Kind != WordsUnmuted || e.Data.Member != who) {
			return fmt.Errorf("%s is not muted any more", who)
		}
	}
	if e.Kind == WordsUnmuted && len(after.Voice.Words.Shown) > len(before.Voice.Words.Shown) {
		return fmt.Errorf("unmuting showed a word")
	}
	return nil
}

// lines: a hand joins the queue behind those who have spoken as little, and before those who have spoken.
func lines(before, after State, e Event) error {
	if e.Kind != Raised {
		return nil
	}
	who, at := e.Data.Member, after.position(e.Data.Member)
	if before.People[who].Spoken > 0 && at != len(after.Queue)-1 {
		return fmt.Errorf("%s has spoken and does not stand last", who)
	}
	spoke := func(w Waiting) bool { return before.People[w.Member].Spoken > 0 }
	if before.People[who].Spoken == 0 && slices.ContainsFunc(after.Queue[:at], spoke) {
		return fmt.Errorf("%s has not spoken and stands behind somebody who has", who)
	}
	return nil
}

// spokenRound is who has spoken in this round of this part, from the events alone.
type spokenRound map[id.Member]bool

// note counts the event in, and refuses a hand of somebody who has spoken already, unless a counselor
// raised it.
func (r spokenRound) note(before State, e Event, byCounselor bool) error {
	switch e.Kind {
	case Advanced, RoundBegun:
		clear(r)
	case TurnEnded:
		r[e.Data.Member] = true
	case TurnUndone:
		if u := before.Voice.Undo; u != nil && u.Ended {
			delete(r, e.Data.Member)
		}
	case Raised:
		if r[e.Data.Member] && !byCounselor {
			return fmt.Errorf("%s raised a hand twice in one round", e.Data.Member)
		}
	}
	return nil
}

// stopped holds what is true of the clocks and of the people who are gone, in every state.
func stopped(s State) error {
	if t := s.Turn; t != nil && (t.Timer.Running() || !t.RunsFrom.IsZero()) && (t.Paused || s.resting()) {
		return fmt.Errorf("the turn's clock runs while the turn is paused (%v) or the room rests", t.Paused)
	}
	if u := s.Voice.Undo; u != nil && s.position(u.Turn.Member) >= 0 {
		return fmt.Errorf("%s waits, and their turn can be undone", u.Turn.Member)
	}
	if s.Phase == wire.RoomEnded && (len(s.Doorway.Waits) > 0 || len(s.Help) > 0) {
		return fmt.Errorf("%d people wait at the door of a room that has ended, and %d for help", len(s.Doorway.Waits), len(s.Help))
	}
	for who := range s.Care.Quiet {
		if state := s.People[who].State; s.Phase == wire.RoomEnded || state == wire.PersonHere || state == wire.PersonAway {
			return fmt.Errorf("%s counts as quiet while connected, or after the end", who)
		}
	}
	for who := range s.Ready {
		if !s.Present(who) {
			return fmt.Errorf("%s is ready without being present", who)
		}
	}
	for _, a := range s.Doorway.Aside {
		if !s.Doorway.Listen || s.Removed(a.Member) || s.position(a.Member) >= 0 || s.Turn != nil && s.Turn.Member == a.Member {
			return fmt.Errorf("%s is set aside and waits, speaks or was removed, or guests may speak", a.Member)
		}
	}
	for _, who := range s.Doorway.Swept {
		if !s.Removed(who) {
			return fmt.Errorf("%s can be let back in twice", who)
		}
	}
	for who := range s.Doorway.Removed {
		if s.Doorway.admits(who) {
			return fmt.Errorf("%s was removed and may come in", who)
		}
	}
	return nil
}

// unshown holds the views to the rule that a room sees a result only while a counselor shows it.
func unshown(v Views, s State) error {
	open := s.Voice.Open()
	for _, p := range []*wire.PulseView{v.Participant.Pulse, v.Stage.Pulse} {
		if p == nil || open != nil && p.Pulse == open.ID.String() {
			continue
		}
		at := slices.IndexFunc(s.Voice.Pulses, func(of Pulse) bool { return of.ID.String() == p.Pulse })
		if at < 0 || !s.Voice.Pulses[at].Shown {
			return fmt.Errorf("a result is visible although no counselor shows it")
		}
	}
	return nil
}
