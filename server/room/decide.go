package room

import (
	"slices"
	"time"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// Actor is who gives a command, as far as the rules need it.
type Actor struct {
	Member      id.Member
	Facilitator bool
}

// Faults of commands. Each is a result for the person who asked and never ends the room.
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

// Deciding is what a decision needs from outside: the time, and fresh ids.
type Deciding struct {
	Now     time.Time
	NewTurn func() id.Turn
	NewCall func() id.Call
	// Permute gives 0 to n-1 in random order.
	Permute func(n int) []int
	// Since is when a phone was lost that is now said to be dropped; zero is Grace ago.
	Since time.Time
	// Answers are those to the open pulse by option; AnswersLost says that there is nothing to
	// count any more.
	Answers     map[int]int
	AnswersLost bool
	// Said are the check-in words of the part under way, oldest first; SaidAway says that the store
	// which keeps them does not answer.
	Said     []Said
	SaidAway bool
}

// Decide says which events follow from a command of an actor in a state. No event and no
// error means that what was asked is so already.
func Decide(s State, by Actor, c wire.Command, d Deciding) ([]Event, error) {
	b := builder{s: s, by: by, d: d}
	if s.Phase == wire.RoomEnded && !b.afterEnd(c) {
		return nil, ErrEnded
	}
	if c.Expect != nil && *c.Expect != s.Segment {
		return nil, ErrMovedOn
	}
	switch c.Do {
	case "open", "start", "next", "go", "end", "lock", "unlock":
		return b.course(c)
	case "back":
		if by.Facilitator {
			return b.backward(c)
		}
		return b.personal(c)
	case "pause", "resume", "extend", "calm", "uncalm":
		return b.timer(c)
	case "raise", "lower", "pass", "queue_move", "queue_add", "queue_open", "queue_close":
		return b.queue(c)
	case "turn_undo", "queue_round":
		return b.again(c)
	case "pulse_open", "pulse", "pulse_close", "pulse_show":
		return b.pulse(c)
	case "note":
		return b.note(c)
	case "word", "word_show", "word_open", "word_close":
		return b.word(c)
	case "turn_start", "turn_pause", "turn_close", "turn_end":
		return b.turn(c)
	case "away", "ready", "ready_reset":
		return b.personal(c)
	case "help", "help_take", "help_done":
		return b.help(c)
	case "here", "talk_after", "talk_done", "check_done", "caught_up":
		return b.care(c)
	case "trios", "trio_round":
		return b.trios(c)
	case "reorder", "skip":
		return b.agenda(c)
	case "admit", "remove":
		return b.door(c)
	case "take_over", "handover":
		return b.hold(c)
	}
	return nil, wire.ErrUnknownCommand
}

type builder struct {
	s  State
	by Actor
	d  Deciding
}

func (b builder) one(kind string, data Data) []Event {
	return []Event{{Kind: kind, Actor: b.by.Member, At: b.d.Now, Data: data}}
}

func (b builder) live() bool { return b.s.Phase == wire.RoomRunning || b.s.Phase == wire.RoomPaused }

func (b builder) course(c wire.Command) ([]Event, error) {
	s := b.s
	switch c.Do {
	case "open":
		if s.Phase != wire.RoomScheduled {
			return nil, nil
		}
		return b.one(Opened, Data{}), nil
	case "start":
		if b.live() {
			return nil, nil
		}
		if s.Phase != wire.RoomOpen {
			return nil, ErrNotNow
		}
		return append(b.one(Started, Data{}), b.advance(s.after(-1))...), nil
	case "next":
		if !b.live() {
			return nil, ErrNotNow
		}
		to := s.after(s.Segment)
		if to < 0 {
			return nil, ErrLast
		}
		return b.advance(to), nil
	case "go":
		if !b.live() {
			return nil, ErrNotNow
		}
		to := s.Course.at(c.Segment)
		if to < 0 {
			return nil, ErrNoSuch
		}
		return b.advance(to), nil
	case "end":
		if s.Phase == wire.RoomScheduled {
			return nil, ErrNotNow
		}
		return append(b.endTurn(), b.one(Ended, Data{})...), nil
	case "lock", "unlock":
		want := c.Do == "lock"
		if s.Locked == want {
			return nil, nil
		}
		if want {
			return b.one(Locked, Data{}), nil
		}
		return b.one(Unlocked, Data{}), nil
	}
	return nil, ErrNotNow
}

func (b builder) backward(c wire.Command) ([]Event, error) {
	if c.Expect == nil {
		return nil, wire.ErrFrame.With("expect.segment", "is missing")
	}
	to := b.s.before(b.s.Segment)
	if !b.live() || to < 0 {
		return nil, ErrNotNow
	}
	return b.advance(to), nil
}

// advance moves to a segment; a turn under way ends with the part it belongs to.
func (b builder) advance(to int) []Event {
	ms := int64(b.s.Plan.Segments[to].PlannedMin) * 60_000
	return append(b.endTurn(), b.one(Advanced, Data{Segment: &to, Ms: ms})...)
}

func (b builder) endTurn() []Event {
	if b.s.Turn == nil {
		return nil
	}
	return b.one(TurnEnded, Data{Turn: b.s.Turn.Turn, Member: b.s.Turn.Member})
}

func (b builder) timer(c wire.Command) ([]Event, error) {
	s := b.s
	switch c.Do {
	case "calm":
		if s.Calm {
			return nil, nil
		}
		if s.Phase == wire.RoomScheduled {
			return nil, ErrNotNow
		}
		return b.one(Calmed, Data{}), nil
	case "uncalm":
		if !s.Calm {
			return nil, nil
		}
		return b.one(Uncalmed, Data{}), nil
	}
	if !b.live() {
		return nil, ErrNotNow
	}
	switch c.Do {
	case "pause":
		if s.Phase == wire.RoomPaused {
			return nil, nil
		}
		return b.one(Paused, Data{}), nil
	case "resume":
		if s.Phase == wire.RoomRunning {
			return nil, nil
		}
		return b.one(Resumed, Data{}), nil
	case "extend":
		return b.one(Extended, Data{Ms: int64(c.Seconds) * 1000}), nil
	}
	return nil, ErrNotNow
}

func (b builder) queue(c wire.Command) ([]Event, error) {
	s, me := b.s, b.by.Member
	switch c.Do {
	case "queue_open", "queue_close":
		if !b.live() {
			return nil, ErrNotNow
		}
		if want := c.Do == "queue_open"; want == s.QueueOpen {
			return nil, nil
		} else if want {
			return b.one(QueueOpened, Data{}), nil
		}
		return b.one(QueueClosed, Data{}), nil
	case "queue_move":
		if !slices.ContainsFunc(s.Queue, func(w Waiting) bool { return w.Turn == c.Turn }) {
			return nil, ErrNoSuch
		}
		return b.one(Moved, Data{Turn: c.Turn, To: c.To, Reason: c.Reason}), nil
	case "queue_add":
		return b.raise(c.Member, true)
	case "raise":
		if !s.Present(me) {
			return nil, ErrNotHere
		}
		return b.raise(me, false)
	}
	// lower and pass: the hand goes down, or the turn goes on to the next person. Neither
	// ever says no.
	if s.Turn != nil && s.Turn.Member == me {
		return b.endTurn(), nil
	}
	at := s.place(me)
	if at < 0 {
		return nil, nil
	}
	kind := Lowered
	if c.Do == "pass" {
		kind = Passed
	}
	return b.one(kind, Data{Turn: s.Queue[at].Turn, Member: me}), nil
}

// raise: one place a person, once per round; a counselor can add a person who has no phone,
// and one who has spoken already.
func (b builder) raise(who id.Member, byCounselor bool) ([]Event, error) {
	s := b.s
	if !b.live() {
		return nil, ErrNotNow
	}
	if s.place(who) >= 0 || s.Turn != nil && s.Turn.Member == who {
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

func (b builder) turn(c wire.Command) ([]Event, error) {
	s := b.s
	if !b.live() {
		return nil, ErrNotNow
	}
	if c.Do == "turn_start" {
		return b.startTurn(c)
	}
	if s.Turn == nil {
		return nil, ErrNoTurn
	}
	data := Data{Turn: s.Turn.Turn, Member: s.Turn.Member}
	switch {
	case c.Do == "turn_end":
		return b.one(TurnEnded, data), nil
	case c.Do == "turn_close" && s.Turn.asked(b.d.Now):
		return nil, nil
	case c.Do == "turn_close":
		return b.one(TurnClosing, data), nil
	case s.Turn.Timer.Running():
		return b.one(TurnPaused, data), nil
	case s.resting():
		return nil, ErrNotNow
	}
	return b.one(TurnResumed, data), nil
}

func (b builder) startTurn(c wire.Command) ([]Event, error) {
	s := b.s
	if s.Turn != nil {
		return nil, ErrTurnBusy
	}
	if len(s.Queue) == 0 {
		return nil, ErrQueueEmpty
	}
	next := s.Queue[0]
	if !c.Turn.IsZero() {
		at := slices.IndexFunc(s.Queue, func(w Waiting) bool { return w.Turn == c.Turn })
		if at < 0 {
			return nil, ErrNoSuch
		}
		next = s.Queue[at]
	}
	segment, _ := s.Current()
	return b.one(TurnStarted, Data{Turn: next.Turn, Member: next.Member, Ms: int64(segment.ShareSec) * 1000}), nil
}

func (b builder) personal(c wire.Command) ([]Event, error) {
	s, me := b.s, b.by.Member
	if c.Do == "ready_reset" {
		return b.one(ReadyReset, Data{}), nil
	}
	p := s.People[me]
	if !s.Present(me) {
		return nil, ErrNotHere
	}
	mine := Data{Member: me}
	switch {
	case c.Do == "away" && p.State != wire.PersonAway:
		return b.one(Away, mine), nil
	case c.Do == "back" && p.State == wire.PersonAway:
		return b.one(Back, mine), nil
	case c.Do == "ready" && c.On && !s.Ready[me]:
		return b.one(Ready, mine), nil
	case c.Do == "ready" && !c.On && s.Ready[me]:
		return b.one(Unready, mine), nil
	}
	return nil, nil
}

func (b builder) help(c wire.Command) ([]Event, error) {
	s, me := b.s, b.by.Member
	if c.Do == "help" {
		if slices.ContainsFunc(s.Help, func(h Call) bool { return h.Member == me }) {
			return nil, nil
		}
		return b.one(HelpCalled, Data{Call: b.d.NewCall(), Member: me}), nil
	}
	at := slices.IndexFunc(s.Help, func(h Call) bool { return h.ID == c.Call })
	if at < 0 {
		return nil, ErrNoSuch
	}
	if c.Do == "help_done" {
		return b.one(HelpDone, Data{Call: c.Call, Member: s.Help[at].Member}), nil
	}
	if !s.Help[at].TakenBy.IsZero() {
		return nil, nil
	}
	return b.one(HelpTaken, Data{Call: c.Call, Member: s.Help[at].Member}), nil
}
