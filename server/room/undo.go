package room

import (
	"slices"
	"time"

	"amends/server/fault"
	"amends/server/wire"
)

// Undoing a turn. The rules: the last start or end of a turn can be undone within wire.UndoMs, unless
// another event of turns or the queue settled it. An ended turn resumes where it was and the gap is not
// counted; a started turn returns to the head of the queue. Raised or lowered hands of other people do
// not prevent this; one of the same person does, since nobody may wait and speak at once, and so does
// their leaving or removal: a turn goes to nobody who may not come back. A new round lets everybody speak
// once more.

// ErrUndoOver: a turn cannot be undone any more.
var ErrUndoOver = fault.New(fault.Conflict, "turn.undo_over", "This cannot be taken back any more.")

// Undo is the last start or end of a turn: the turn as it was, and for an ended one the speaker's
// counts before the end.
type Undo struct {
	Ended  bool
	At     time.Time
	Turn   Speaking
	Before Person
}

var againRules = map[string]rule{
	"queue_round": plain(builder.newRound).underWay(),
	"turn_undo":   plain(builder.undoTurn).underWay(),
}

func (b builder) newRound() ([]Event, error) { return b.one(RoundBegun, Data{}), nil }

func (b builder) undoTurn() ([]Event, error) {
	u := b.s.Voice.Undo
	if u == nil || b.d.Now.Sub(u.At) > wire.UndoMs*time.Millisecond {
		return nil, ErrUndoOver
	}
	return b.one(TurnUndone, u.Turn.data()), nil
}

// Events of undo and new rounds.
const (
	TurnUndone = "turn.undone"
	RoundBegun = "queue.round"
)

var againKinds = map[string]kind{
	TurnUndone: {apply: (*State).turnUndone, turn: settled},
	RoundBegun: {apply: (*State).roundBegun, turn: settled},
}

func (s *State) roundBegun(Event) {
	for who, p := range s.People {
		p.LastSegment = -1
		s.People[who] = p
	}
	s.QueueOpen = true
}

func (s *State) turnUndone(e Event) {
	u := s.Voice.Undo
	switch {
	case u == nil:
	case u.Ended:
		// Adapt to the room as it is now: it may have been paused or resumed since the turn ended.
		turn := u.Turn.rest(u.At)
		if !turn.Paused && !s.resting() {
			turn = turn.run(e.At)
		}
		p := s.People[turn.Member]
		p.Spoken, p.SpokenMs, p.LastSegment = u.Before.Spoken, u.Before.SpokenMs, u.Before.LastSegment
		s.People[turn.Member], s.Turn = p, &turn
	default:
		s.Queue, s.Turn = slices.Insert(s.Queue, 0, u.Turn.Waiting), nil
	}
}

// followUndo records what can be undone, and discards it after an event that settles it.
func (s *State) followUndo(old before, e Event) {
	switch kinds[e.Kind].turn {
	case undoable:
		s.Voice.Undo = undoOfTurn(s, old, e)
	case settled:
		s.Voice.Undo = nil
	case settledForThem:
		if u := s.Voice.Undo; u != nil && u.Turn.Member == e.Data.Member {
			s.Voice.Undo = nil
		}
	case untouched:
	}
}

// undoOfTurn is the undo of the turn that has just started or ended.
func undoOfTurn(s *State, old before, e Event) *Undo {
	if s.Turn != nil {
		return &Undo{At: e.At, Turn: *s.Turn}
	}
	if !old.speaking {
		return nil
	}
	speaker := old.speaker
	if !old.known {
		speaker.LastSegment = -1
	}
	return &Undo{Ended: true, At: e.At, Turn: old.turn, Before: speaker}
}

func undoOf(s State, names Names) *wire.TurnUndo {
	u := s.Voice.Undo
	if u == nil {
		return nil
	}
	return &wire.TurnUndo{Ended: u.Ended, Name: names.Of[u.Turn.Member], Until: u.At.UnixMilli() + wire.UndoMs}
}
