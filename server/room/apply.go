package room

import (
	"fmt"
	"slices"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// The kinds of events. Their names are kept in the database: they are never reused.
const (
	Opened      = "room.opened"
	Started     = "room.started"
	Advanced    = "segment.advanced"
	Paused      = "room.paused"
	Resumed     = "room.resumed"
	Extended    = "timer.extended"
	Ended       = "room.ended"
	Calmed      = "room.calmed"
	Uncalmed    = "room.uncalmed"
	Locked      = "room.locked"
	Unlocked    = "room.unlocked"
	Joined      = "person.joined"
	Dropped     = "person.dropped"
	Left        = "person.left"
	Away        = "person.away"
	Back        = "person.back"
	Raised      = "hand.raised"
	Lowered     = "hand.lowered"
	Passed      = "hand.passed"
	TurnStarted = "turn.started"
	TurnPaused  = "turn.paused"
	TurnResumed = "turn.resumed"
	TurnClosing = "turn.closing"
	TurnEnded   = "turn.ended"
	Moved       = "queue.moved"
	QueueOpened = "queue.opened"
	QueueClosed = "queue.closed"
	Ready       = "person.ready"
	Unready     = "person.unready"
	ReadyReset  = "ready.reset"
	HelpCalled  = "help.called"
	HelpTaken   = "help.taken"
	HelpDone    = "help.done"
	HereTold    = "here.told"
	TalkAsked   = "talk.asked"
	TalkDropped = "talk.dropped"
	TalkDone    = "talk.done"
	CheckRaised = "check.raised"
	CheckDone   = "check.done"
	CaughtUp    = "person.caught_up"
	TriosBuilt  = "trios.built"
	TrioRound   = "trios.round"
	Reordered   = "agenda.reordered"
	Skipped     = "segment.skipped"
	Unskipped   = "segment.unskipped"
	Knocked     = "door.knocked"
	DoorLeft    = "door.left"
	Admitted    = "door.admitted"
	Removed     = "person.removed"
	StaffJoined = "staff.joined"
	StaffLeft   = "staff.left"
	TookOver    = "lead.taken_over"
	HandedOver  = "lead.handed_over"
	Held        = "room.held"
	Unheld      = "room.unheld"
	TurnUndone  = "turn.undone"
	RoundBegun  = "queue.round"
	PulseOpened = "pulse.opened"
	PulseClosed = "pulse.closed"
	PulseShown  = "pulse.shown"
	PulseHidden = "pulse.hidden"
	NoteSet     = "note.set"
	NoteGone    = "note.withdrawn"
	WordShown   = "word.shown"
	WordHidden  = "word.hidden"
	WordsOpened = "words.opened"
	WordsClosed = "words.closed"
)

// Kinds lists every kind of event; a test holds Apply to it.
func Kinds() []string {
	return []string{Opened, Started, Advanced, Paused, Resumed, Extended, Ended, Calmed, Uncalmed, Locked, Unlocked, Joined, Dropped, Left, Away, Back,
		Raised, Lowered, Passed, TurnStarted, TurnPaused, TurnResumed, TurnClosing, TurnEnded, Moved, QueueOpened, QueueClosed, Ready, Unready, ReadyReset,
		HelpCalled, HelpTaken, HelpDone,
		HereTold, TalkAsked, TalkDropped, TalkDone, CheckRaised, CheckDone, CaughtUp, TriosBuilt, TrioRound,
		Reordered, Skipped, Unskipped, Knocked, DoorLeft, Admitted, Removed, StaffJoined, StaffLeft, TookOver, HandedOver, Held, Unheld,
		TurnUndone, RoundBegun, PulseOpened, PulseClosed, PulseShown, PulseHidden, NoteSet, NoteGone,
		WordShown, WordHidden, WordsOpened, WordsClosed}
}

// Apply folds the next event into the state. An unknown kind is an error: a node that does
// not know an event shows nothing rather than something wrong.
func Apply(s State, e Event) (State, error) {
	f := Fold(s)
	err := f.Apply(e)
	return f.State(), err
}

func (s *State) apply(e Event) error {
	old := s.asBefore(e.Data.Member)
	s.Seq++
	switch e.Kind {
	case Opened, Started, Advanced, Ended, Locked, Unlocked:
		s.applyCourse(e)
	case Paused, Resumed, Extended, Calmed, Uncalmed:
		s.applyTimer(e)
	case Joined, Dropped, Left, Away, Back, Ready, Unready, ReadyReset:
		s.applyPerson(e)
	case Raised, Lowered, Passed, Moved, QueueOpened, QueueClosed:
		s.applyQueue(e)
	case TurnStarted, TurnPaused, TurnResumed, TurnClosing, TurnEnded:
		s.applyTurn(e)
	case HelpCalled, HelpTaken, HelpDone:
		s.applyHelp(e)
	case HereTold, TalkAsked, TalkDropped, TalkDone, CheckRaised, CheckDone, CaughtUp, TriosBuilt, TrioRound:
		s.applyCare(e)
	case Reordered, Skipped, Unskipped:
		s.applyAgenda(e)
	case Knocked, DoorLeft, Admitted, Removed:
		s.applyDoor(e)
	case StaffJoined, StaffLeft, TookOver, HandedOver, Held, Unheld:
		s.applyTeam(e)
	case TurnUndone, RoundBegun:
		s.applyAgain(e)
	case PulseOpened, PulseClosed, PulseShown, PulseHidden, NoteSet, NoteGone:
		s.applyVoice(e)
	case WordShown, WordHidden, WordsOpened, WordsClosed:
		s.applyWord(e)
	default:
		return fmt.Errorf("event kind %q is not known", e.Kind)
	}
	s.followCare(old, e)
	s.followVoice(old, e)
	return nil
}

func (s *State) applyCourse(e Event) {
	switch e.Kind {
	case Opened:
		s.Phase, s.OpenedAt = wire.RoomOpen, e.At
	case Started:
		s.Phase = wire.RoomRunning
	case Advanced:
		s.finish(e.At)
		s.Segment = *e.Data.Segment
		s.Started[s.Segment], s.Course.Skipped[s.Segment] = e.At, false
		s.Timer = startClock(time.Duration(e.Data.Ms)*time.Millisecond, e.At)
		if s.resting() {
			s.Timer = s.Timer.rest(e.At)
		}
		s.QueueOpen = s.Plan.Segments[s.Segment].Queue
		clear(s.Ready)
	case Ended:
		s.finish(e.At)
		s.Phase, s.EndedAt, s.Calm, s.Holding, s.QueueOpen = wire.RoomEnded, e.At, false, false, false
		s.Doorway.Waits = nil
		s.Timer, s.Turn, s.Queue, s.Help = Clock{}, nil, nil, nil
		clear(s.Ready)
	case Locked:
		s.Locked = true
	case Unlocked:
		s.Locked = false
	}
}

// applyTimer: pause, calm and holding each rest the timers; lifting one leaves them resting
// while another still holds.
func (s *State) applyTimer(e Event) {
	switch e.Kind {
	case Paused:
		s.Phase = wire.RoomPaused
	case Resumed:
		s.Phase = wire.RoomRunning
	case Calmed:
		s.Calm = true
	case Uncalmed:
		s.Calm = false
	case Extended:
		s.Timer = s.Timer.extend(time.Duration(e.Data.Ms) * time.Millisecond)
		return
	}
	s.rest(e.At)
}

// rest lets the timers run or rest as the room now stands.
func (s *State) rest(now time.Time) {
	if s.resting() {
		s.Timer = s.Timer.rest(now)
		if s.Turn != nil {
			*s.Turn = s.Turn.rest(now)
		}
		return
	}
	s.Timer = s.Timer.run(now)
	if s.Turn != nil && !s.Turn.Paused {
		*s.Turn = s.Turn.run(now)
	}
}

func (s *State) applyPerson(e Event) {
	who := e.Data.Member
	p, known := s.People[who]
	if !known {
		p.LastSegment = -1
	}
	switch e.Kind {
	case Joined:
		p.State, p.Came, p.DroppedAt = wire.PersonHere, true, time.Time{}
		s.leaveDoor(who)
	case Dropped:
		p.State, p.DroppedAt = wire.PersonDropped, e.At
	case Left:
		p.State, p.DroppedAt = wire.PersonOut, time.Time{}
		delete(s.Ready, who)
		s.Queue = slices.DeleteFunc(s.Queue, func(w Waiting) bool { return w.Member == who })
	case Away:
		p.State = wire.PersonAway
	case Back:
		p.State = wire.PersonHere
	case Ready:
		s.Ready[who] = true
		return
	case Unready:
		delete(s.Ready, who)
		return
	case ReadyReset:
		clear(s.Ready)
		return
	}
	s.People[who] = p
}

func (s *State) applyQueue(e Event) {
	switch e.Kind {
	case QueueOpened:
		s.QueueOpen = true
	case QueueClosed:
		s.QueueOpen = false
	case Raised:
		s.Queue = slices.Insert(s.Queue, s.spotFor(e.Data.Member), Waiting{Turn: e.Data.Turn, Member: e.Data.Member})
	case Lowered, Passed:
		s.Queue = slices.DeleteFunc(s.Queue, func(w Waiting) bool { return w.Turn == e.Data.Turn })
	case Moved:
		from := slices.IndexFunc(s.Queue, func(w Waiting) bool { return w.Turn == e.Data.Turn })
		if from < 0 {
			return
		}
		row := s.Queue[from]
		s.Queue = slices.Delete(s.Queue, from, from+1)
		s.Queue = slices.Insert(s.Queue, min(e.Data.To-1, len(s.Queue)), row)
	}
}

// spotFor keeps the order of raised hands, but who has not spoken yet goes first.
func (s *State) spotFor(m id.Member) int {
	if s.People[m].Spoken > 0 {
		return len(s.Queue)
	}
	at := slices.IndexFunc(s.Queue, func(w Waiting) bool { return s.People[w.Member].Spoken > 0 })
	if at < 0 {
		return len(s.Queue)
	}
	return at
}

func (s *State) applyTurn(e Event) {
	switch e.Kind {
	case TurnStarted:
		s.Queue = slices.DeleteFunc(s.Queue, func(w Waiting) bool { return w.Turn == e.Data.Turn })
		s.Turn = &Speaking{Waiting: Waiting{Turn: e.Data.Turn, Member: e.Data.Member}, Timer: startClock(time.Duration(e.Data.Ms)*time.Millisecond, e.At), RunsFrom: e.At}
		if s.resting() {
			*s.Turn = s.Turn.rest(e.At)
		}
	case TurnPaused:
		*s.Turn, s.Turn.Paused = s.Turn.rest(e.At), true
	case TurnResumed:
		*s.Turn, s.Turn.Paused = s.Turn.run(e.At), false
	case TurnClosing:
		*s.Turn = s.Turn.closing(e.At)
	case TurnEnded:
		p, known := s.People[s.Turn.Member]
		if !known {
			p.State = wire.PersonOut
		}
		p.Spoken++
		p.SpokenMs += s.Turn.spoken(e.At).Milliseconds()
		p.LastSegment = s.Segment
		s.People[s.Turn.Member] = p
		s.Turn = nil
	}
}

func (s *State) applyHelp(e Event) {
	at := slices.IndexFunc(s.Help, func(c Call) bool { return c.ID == e.Data.Call })
	switch {
	case e.Kind == HelpCalled:
		s.Help = append(s.Help, Call{ID: e.Data.Call, Member: e.Data.Member, At: e.At})
	case at < 0:
	case e.Kind == HelpTaken:
		s.Help[at].TakenBy = e.Actor
	case e.Kind == HelpDone:
		s.Help = slices.Delete(s.Help, at, at+1)
	}
}
