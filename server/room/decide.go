package room

import (
	"slices"
	"time"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// Actor is the person who gives a command. Guest: without an account.
type Actor struct {
	Member      id.Member
	Facilitator bool
	Guest       bool
}

// Faults of commands. Each is an answer to the person who sent the command; none ends the room.
var (
	ErrMovedOn    = fault.New(fault.Conflict, "room.moved_on", "The room has moved on already.")
	ErrNotNow     = fault.New(fault.Conflict, "room.not_now", "This cannot be done right now.")
	ErrEnded      = fault.New(fault.Conflict, "room.ended", "This workshop has ended.")
	ErrLast       = fault.New(fault.Conflict, "room.last_segment", "This is the last part. You can end the workshop.")
	ErrLocked     = fault.New(fault.Forbidden, "room.locked", "The room is locked. Please speak to a counselor.")
	ErrFull       = fault.New(fault.Conflict, "room.full", "The room is full. Please speak to a counselor.")
	ErrNotHere    = fault.New(fault.Conflict, "room.not_here", "You are not in the room yet.")
	ErrQueueShut  = fault.New(fault.Conflict, "queue.closed", "The list is closed right now.")
	ErrSpoken     = fault.New(fault.Conflict, "queue.spoken", "You have shared in this part. Others go first.")
	ErrNoTurn     = fault.New(fault.Conflict, "turn.none", "Nobody speaks right now.")
	ErrTurnBusy   = fault.New(fault.Conflict, "turn.busy", "Someone speaks right now.")
	ErrQueueEmpty = fault.New(fault.Conflict, "queue.empty", "Nobody waits to speak.")
	ErrNoSuch     = fault.New(fault.NotFound, "room.no_such", "This is not there any more.")
)

// Deciding is the outside input of a decision: the time, fresh ids, randomness, and what is stored
// beside the events.
type Deciding struct {
	Now        time.Time
	NewTurn    func() id.Turn
	NewHelpTap func() id.HelpTap
	NewPulse   func() id.Pulse
	NewNote    func() id.Note
	// Permute returns 0 to n-1 in random order.
	Permute func(n int) []int
	// Guest says that the person who joins has no account; Crowd that too many guests came from their
	// network, so that a facilitator must let them in.
	Guest, Crowd bool
	// Entered are the guests who entered the code since the time that remove_since names.
	Entered []id.Member
	// Since is when the phone of a Drop was lost; zero means Grace ago.
	Since time.Time
	// Answers counts the answers to the open pulse by option; AnswersLost means that they cannot be
	// counted any more.
	Answers     map[int]int
	AnswersLost bool
	// Said are the check-in words of the current part, oldest first; SaidAway means that their store
	// does not answer.
	Said     []Said
	SaidAway bool
}

var runRules = map[string]rule{
	"open":        plain(builder.open),
	"start":       plain(builder.start),
	"next":        plain(builder.next).underWay(),
	"go":          with(builder.goTo).underWay(),
	"back":        plain(builder.back),
	"end":         plain(builder.end),
	"lock":        plain(builder.lock),
	"unlock":      plain(builder.unlock),
	"pause":       plain(builder.pause).underWay(),
	"resume":      plain(builder.resume).underWay(),
	"extend":      with(builder.extend).underWay(),
	"calm":        plain(builder.calm),
	"uncalm":      plain(builder.uncalm),
	"queue_open":  plain(builder.openQueue).underWay(),
	"queue_close": plain(builder.closeQueue).underWay(),
	"queue_move":  with(builder.move),
	"queue_add":   with(builder.add),
	"raise":       plain(builder.raiseOwn).aloud(),
	"lower":       plain(builder.lower),
	"pass":        plain(builder.pass),
	"turn_start":  with(builder.startTurn).underWay(),
	"turn_pause":  plain(builder.pauseTurn).underWay(),
	"turn_close":  plain(builder.closeTurn).underWay(),
	"turn_end":    plain(builder.stopTurn).underWay(),
	"away":        plain(builder.away),
	"ready":       with(builder.ready),
	"ready_reset": plain(builder.resetReady),
	"help":        plain(builder.tapHelp),
	"help_take":   with(builder.takeHelp),
	"help_done":   with(builder.endHelp),
}

func (b builder) open() ([]Event, error) {
	return b.unless(b.s.Phase != wire.RoomScheduled, Opened, Data{})
}

func (b builder) start() ([]Event, error) {
	if b.live() {
		return nil, nil
	}
	if b.s.Phase != wire.RoomOpen {
		return nil, ErrNotNow
	}
	return append(b.one(Started, Data{}), b.advance(b.s.after(-1))...), nil
}

func (b builder) next() ([]Event, error) {
	to := b.s.after(b.s.Segment)
	if to < 0 {
		return nil, ErrLast
	}
	return b.advance(to), nil
}

func (b builder) goTo(w wire.GoWith) ([]Event, error) {
	to := b.s.Course.at(w.Segment)
	if to < 0 {
		return nil, ErrNoSuch
	}
	return b.advance(to), nil
}

// back means the previous part for a facilitator, and "I am back" for a participant.
func (b builder) back() ([]Event, error) {
	if b.by.Facilitator {
		return b.backward()
	}
	if !b.s.Present(b.by.Member) {
		return nil, ErrNotHere
	}
	return b.unless(b.s.People[b.by.Member].State != wire.PersonAway, Back, b.mine())
}

func (b builder) backward() ([]Event, error) {
	if b.c.Expect == nil {
		return nil, wire.ErrFrame.With("expect.segment", "is missing")
	}
	to := b.s.before(b.s.Segment)
	if !b.live() || to < 0 {
		return nil, ErrNotNow
	}
	return b.advance(to), nil
}

// advance moves to a segment. A turn under way ends with its part.
func (b builder) advance(to int) []Event {
	ms := int64(b.s.Plan.Segments[to].PlannedMin) * 60_000
	return append(b.endTurn(), b.one(Advanced, Data{Segment: &to, Ms: ms})...)
}

func (b builder) end() ([]Event, error) {
	if b.s.Phase == wire.RoomScheduled {
		return nil, ErrNotNow
	}
	return append(b.endTurn(), b.one(Ended, Data{})...), nil
}

func (b builder) lock() ([]Event, error)   { return b.unless(b.s.Locked, Locked, Data{}) }
func (b builder) unlock() ([]Event, error) { return b.unless(!b.s.Locked, Unlocked, Data{}) }

func (b builder) calm() ([]Event, error) {
	if !b.s.Calm && b.s.Phase == wire.RoomScheduled {
		return nil, ErrNotNow
	}
	return b.unless(b.s.Calm, Calmed, Data{})
}

func (b builder) uncalm() ([]Event, error) { return b.unless(!b.s.Calm, Uncalmed, Data{}) }

func (b builder) pause() ([]Event, error) {
	return b.unless(b.s.Phase == wire.RoomPaused, Paused, Data{})
}

func (b builder) resume() ([]Event, error) {
	return b.unless(b.s.Phase == wire.RoomRunning, Resumed, Data{})
}

func (b builder) extend(w wire.ExtendWith) ([]Event, error) {
	return b.one(Extended, Data{Ms: int64(w.Seconds) * 1000}), nil
}

func (b builder) openQueue() ([]Event, error) {
	return b.unless(b.s.QueueOpen, QueueOpened, Data{})
}

func (b builder) closeQueue() ([]Event, error) {
	return b.unless(!b.s.QueueOpen, QueueClosed, Data{})
}

func (b builder) move(w wire.QueueMoveWith) ([]Event, error) {
	if !slices.ContainsFunc(b.s.Queue, func(in Waiting) bool { return in.Turn == w.Turn }) {
		return nil, ErrNoSuch
	}
	return b.one(Moved, Data{Turn: w.Turn, To: w.To, Reason: string(w.Reason)}), nil
}

func (b builder) add(w wire.QueueAddWith) ([]Event, error) { return b.raise(w.Member, true) }

func (b builder) raiseOwn() ([]Event, error) {
	if !b.s.Present(b.by.Member) {
		return nil, ErrNotHere
	}
	return b.raise(b.by.Member, false)
}

func (b builder) lower() ([]Event, error) { return b.stepBack(Lowered) }
func (b builder) pass() ([]Event, error)  { return b.stepBack(Passed) }

// stepBack lowers the person's hand or ends their turn. It is never refused.
func (b builder) stepBack(kind string) ([]Event, error) {
	s, me := b.s, b.by.Member
	if s.Turn != nil && s.Turn.Member == me {
		return b.endTurn(), nil
	}
	at := s.position(me)
	if aside := s.aside(me); aside >= 0 {
		return b.one(kind, Data{Turn: s.Doorway.Aside[aside].Turn, Member: me}), nil
	}
	if at < 0 {
		return nil, nil
	}
	return b.one(kind, Data{Turn: s.Queue[at].Turn, Member: me}), nil
}

// raise adds a person to the queue, at most once, and at most one turn per person and round. A
// counselor may also add a person without a phone, or one who has spoken already.
func (b builder) raise(who id.Member, byCounselor bool) ([]Event, error) {
	s := b.s
	if !b.live() {
		return nil, ErrNotNow
	}
	if s.position(who) >= 0 || s.Turn != nil && s.Turn.Member == who {
		return nil, nil
	}
	if s.Removed(who) {
		return nil, ErrNoSuch
	}
	if !byCounselor && !s.QueueOpen {
		return nil, ErrQueueShut
	}
	if p := s.People[who]; !byCounselor && p.Spoken > 0 && p.LastSegment == s.Segment {
		return nil, ErrSpoken
	}
	return b.one(Raised, Data{Turn: b.d.NewTurn(), Member: who}), nil
}

func (b builder) endTurn() []Event {
	if b.s.Turn == nil {
		return nil
	}
	return b.one(TurnEnded, b.s.Turn.data())
}

// data identifies the turn in its events.
func (t Speaking) data() Data { return Data{Turn: t.Turn, Member: t.Member} }

func (b builder) stopTurn() ([]Event, error) {
	if b.s.Turn == nil {
		return nil, ErrNoTurn
	}
	return b.endTurn(), nil
}

func (b builder) closeTurn() ([]Event, error) {
	if b.s.Turn == nil {
		return nil, ErrNoTurn
	}
	return b.unless(b.s.Turn.asked(b.d.Now), TurnClosing, b.s.Turn.data())
}

// pauseTurn is a toggle: it stops the turn's clock, or restarts a stopped one.
func (b builder) pauseTurn() ([]Event, error) {
	switch s := b.s; {
	case s.Turn == nil:
		return nil, ErrNoTurn
	case s.Turn.Timer.Running():
		return b.one(TurnPaused, s.Turn.data()), nil
	case s.resting():
		return nil, ErrNotNow
	}
	return b.one(TurnResumed, b.s.Turn.data()), nil
}

func (b builder) startTurn(w wire.TurnStartWith) ([]Event, error) {
	s := b.s
	if s.Turn != nil {
		return nil, ErrTurnBusy
	}
	if len(s.Queue) == 0 {
		return nil, ErrQueueEmpty
	}
	next := s.Queue[0]
	if !w.Turn.IsZero() {
		at := slices.IndexFunc(s.Queue, func(in Waiting) bool { return in.Turn == w.Turn })
		if at < 0 {
			return nil, ErrNoSuch
		}
		next = s.Queue[at]
	}
	segment, _ := s.Current()
	return b.one(TurnStarted, Data{Turn: next.Turn, Member: next.Member, Ms: int64(segment.ShareSec) * 1000}), nil
}

// mine is the data of an event about the actor.
func (b builder) mine() Data { return Data{Member: b.by.Member} }

func (b builder) away() ([]Event, error) {
	if !b.s.Present(b.by.Member) {
		return nil, ErrNotHere
	}
	return b.unless(b.s.People[b.by.Member].State == wire.PersonAway, Away, b.mine())
}

func (b builder) ready(w wire.ReadyWith) ([]Event, error) {
	if !b.s.Present(b.by.Member) {
		return nil, ErrNotHere
	}
	was := b.s.Ready[b.by.Member]
	if wire.On(w.On) {
		return b.unless(was, Ready, b.mine())
	}
	return b.unless(!was, Unready, b.mine())
}

func (b builder) resetReady() ([]Event, error) { return b.one(ReadyReset, Data{}), nil }

func (b builder) tapHelp() ([]Event, error) {
	me := b.by.Member
	tapped := slices.ContainsFunc(b.s.Help, func(h HelpTap) bool { return h.Member == me })
	return b.unless(tapped, HelpTapped, Data{HelpTap: b.d.NewHelpTap(), Member: me})
}

func (b builder) takeHelp(w wire.HelpTakeWith) ([]Event, error) {
	tap, there := b.s.helpTap(w.Tap)
	if !there {
		return nil, ErrNoSuch
	}
	return b.unless(!tap.TakenBy.IsZero(), HelpTaken, Data{HelpTap: tap.ID, Member: tap.Member})
}

func (b builder) endHelp(w wire.HelpDoneWith) ([]Event, error) {
	tap, there := b.s.helpTap(w.Tap)
	if !there {
		return nil, ErrNoSuch
	}
	return b.one(HelpDone, Data{HelpTap: tap.ID, Member: tap.Member}), nil
}

// helpTap finds a help tap by its id.
func (s State) helpTap(named id.HelpTap) (HelpTap, bool) {
	at := slices.IndexFunc(s.Help, func(h HelpTap) bool { return h.ID == named })
	if at < 0 {
		return HelpTap{}, false
	}
	return s.Help[at], true
}
