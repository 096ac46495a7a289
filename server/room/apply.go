package room

import (
	"fmt"
	"slices"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// Apply folds the next event into the state and returns the new state; s is unchanged. An unknown kind
// is an error: a node of an older build must not show a wrong state.
func Apply(s State, e Event) (State, error) {
	f := Fold(s)
	err := f.Apply(e)
	return f.State(), err
}

func (s *State) apply(e Event) error {
	k, known := kinds[e.Kind]
	if !known {
		return fmt.Errorf("event kind %q is not known", e.Kind)
	}
	old := s.asBefore(e.Data.Member)
	s.Seq++
	k.apply(s, e)
	s.followCare(old, e)
	s.followVoice(old, e)
	return nil
}

// Events of the room as a whole.
const (
	Opened   = "room.opened"
	Started  = "room.started"
	Advanced = "segment.advanced"
	Ended    = "room.ended"
	Locked   = "room.locked"
	Unlocked = "room.unlocked"
	Paused   = "room.paused"
	Resumed  = "room.resumed"
	Extended = "timer.extended"
	Calmed   = "room.calmed"
	Uncalmed = "room.uncalmed"
)

var roomKinds = map[string]kind{
	Opened:   {apply: func(s *State, e Event) { s.Phase, s.OpenedAt = wire.RoomOpen, e.At }, audited: ofWorkshop},
	Started:  {apply: func(s *State, _ Event) { s.Phase = wire.RoomRunning }},
	Advanced: {apply: (*State).advanced, turn: settled},
	Ended:    {apply: (*State).ended, turn: settled, audited: ofWorkshop},
	Locked:   {apply: func(s *State, _ Event) { s.Locked = true }, audited: ofWorkshop},
	Unlocked: {apply: func(s *State, _ Event) { s.Locked = false }, audited: ofWorkshop},
	Paused:   {apply: resting(func(s *State) { s.Phase = wire.RoomPaused })},
	Resumed:  {apply: resting(func(s *State) { s.Phase = wire.RoomRunning })},
	Calmed:   {apply: resting(func(s *State) { s.Calm = true })},
	Uncalmed: {apply: resting(func(s *State) { s.Calm = false })},
	Extended: {apply: func(s *State, e Event) { s.Timer = s.Timer.extend(time.Duration(e.Data.Ms) * time.Millisecond) }},
}

func (s *State) advanced(e Event) {
	s.finish(e.At)
	s.Segment = *e.Data.Segment
	s.Started[s.Segment], s.Course.Skipped[s.Segment] = e.At, false
	s.Timer = startClock(time.Duration(e.Data.Ms)*time.Millisecond, e.At)
	if s.resting() {
		s.Timer = s.Timer.rest(e.At)
	}
	s.QueueOpen = s.Plan.Segments[s.Segment].Queue
	clear(s.Ready)
}

func (s *State) ended(e Event) {
	s.finish(e.At)
	s.Phase, s.EndedAt, s.Calm, s.Holding, s.QueueOpen = wire.RoomEnded, e.At, false, false, false
	s.Doorway.Waits, s.Doorway.Aside = nil, nil
	s.Timer, s.Turn, s.Queue, s.Help = Clock{}, nil, nil, nil
	clear(s.Ready)
}

// resting wraps a change of pause, calm or holding. Each of the three alone stops the timers; they run
// again only when none of them is left.
func resting(change func(*State)) func(*State, Event) {
	return func(s *State, e Event) {
		change(s)
		s.rest(e.At)
	}
}

// rest stops or restarts the timers to match the state of the room.
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

// Events about single people.
const (
	Joined     = "person.joined"
	Dropped    = "person.dropped"
	Left       = "person.left"
	Away       = "person.away"
	Back       = "person.back"
	Ready      = "person.ready"
	Unready    = "person.unready"
	ReadyReset = "ready.reset"
)

var personKinds = map[string]kind{
	Joined:     {apply: (*State).joined},
	Dropped:    {apply: person(func(p *Person, e Event) { p.State, p.DroppedAt = wire.PersonDropped, e.At })},
	Left:       {apply: (*State).left, turn: settledForThem},
	Away:       {apply: person(func(p *Person, _ Event) { p.State = wire.PersonAway })},
	Back:       {apply: person(func(p *Person, _ Event) { p.State = wire.PersonHere })},
	Ready:      {apply: func(s *State, e Event) { s.Ready[e.Data.Member] = true }},
	Unready:    {apply: func(s *State, e Event) { delete(s.Ready, e.Data.Member) }},
	ReadyReset: {apply: func(s *State, _ Event) { clear(s.Ready) }},
}

// person wraps a change of the person that the event names.
func person(change func(*Person, Event)) func(*State, Event) {
	return func(s *State, e Event) {
		p, known := s.People[e.Data.Member]
		if !known {
			p.LastSegment = -1
		}
		change(&p, e)
		s.People[e.Data.Member] = p
	}
}

func (s *State) joined(e Event) {
	since := e.At
	if at := s.atDoor(e.Data.Member); at >= 0 {
		since = s.Doorway.Waits[at].At
	}
	s.leaveDoor(e.Data.Member)
	person(func(p *Person, _ Event) {
		p.State, p.Came, p.DroppedAt, p.Guest = wire.PersonHere, true, time.Time{}, p.Guest || e.Data.Guest
		if p.Since.IsZero() {
			p.Since = since
		}
	})(s, e)
}

func (s *State) left(e Event) {
	delete(s.Ready, e.Data.Member)
	s.unqueue(func(w Waiting) bool { return w.Member == e.Data.Member })
	person(func(p *Person, _ Event) {
		p.State, p.DroppedAt = wire.PersonOut, time.Time{}
		if e.Data.Goodbye {
			p.Since = time.Time{}
		}
	})(s, e)
}

// unqueue removes entries from the queue, also those that are set aside.
func (s *State) unqueue(which func(Waiting) bool) {
	s.Queue = slices.DeleteFunc(s.Queue, which)
	s.Doorway.Aside = slices.DeleteFunc(s.Doorway.Aside, func(a Aside) bool { return which(a.Waiting) })
}

// Events of the queue.
const (
	Raised      = "hand.raised"
	Lowered     = "hand.lowered"
	Passed      = "hand.passed"
	Moved       = "queue.moved"
	QueueOpened = "queue.opened"
	QueueClosed = "queue.closed"
)

var queueKinds = map[string]kind{
	QueueOpened: {apply: func(s *State, _ Event) { s.QueueOpen = true }},
	QueueClosed: {apply: func(s *State, _ Event) { s.QueueOpen = false }},
	Raised:      {apply: (*State).raised, turn: settledForThem},
	Lowered:     {apply: (*State).lowered, turn: settledForThem},
	Passed:      {apply: (*State).lowered, turn: settledForThem},
	Moved:       {apply: (*State).moved, turn: settled},
}

func (s *State) raised(e Event) {
	s.unqueue(func(w Waiting) bool { return w.Member == e.Data.Member }) // from those set aside
	s.Queue = slices.Insert(s.Queue, s.spotFor(e.Data.Member), Waiting{Turn: e.Data.Turn, Member: e.Data.Member})
}

func (s *State) lowered(e Event) { s.unqueue(func(w Waiting) bool { return w.Turn == e.Data.Turn }) }

func (s *State) moved(e Event) {
	from := slices.IndexFunc(s.Queue, func(w Waiting) bool { return w.Turn == e.Data.Turn })
	if from < 0 {
		return
	}
	row := s.Queue[from]
	s.Queue = slices.Delete(s.Queue, from, from+1)
	s.Queue = slices.Insert(s.Queue, min(e.Data.To-1, len(s.Queue)), row)
}

// spotFor returns the queue index for a new hand: people who have not spoken yet come before those who
// have, each group in the order of raising.
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

// Events of a turn.
const (
	TurnStarted = "turn.started"
	TurnPaused  = "turn.paused"
	TurnResumed = "turn.resumed"
	TurnClosing = "turn.closing"
	TurnEnded   = "turn.ended"
)

var turnKinds = map[string]kind{
	TurnStarted: {apply: (*State).turnStarted, turn: undoable},
	TurnPaused:  {apply: spoken(func(s *State, e Event) { *s.Turn, s.Turn.Paused = s.Turn.rest(e.At), true }), turn: settled},
	TurnResumed: {apply: spoken(func(s *State, e Event) { *s.Turn, s.Turn.Paused = s.Turn.run(e.At), false }), turn: settled},
	TurnClosing: {apply: spoken(func(s *State, e Event) { *s.Turn = s.Turn.closing(e.At) }), turn: settled},
	TurnEnded:   {apply: spoken((*State).turnEnded), turn: undoable},
}

// spoken is a change of the turn under way. Events of older builds may speak of one that was given
// back to somebody who had been taken out: here there is none.
func spoken(change func(*State, Event)) func(*State, Event) {
	return func(s *State, e Event) {
		if s.Turn != nil {
			change(s, e)
		}
	}
}

func (s *State) turnStarted(e Event) {
	s.lowered(e)
	s.Turn = &Speaking{Waiting: Waiting{Turn: e.Data.Turn, Member: e.Data.Member}, Timer: startClock(time.Duration(e.Data.Ms)*time.Millisecond, e.At), RunsFrom: e.At}
	if s.resting() {
		*s.Turn = s.Turn.rest(e.At)
	}
}

func (s *State) turnEnded(e Event) {
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

// Events of a help tap. The first kind is stored under its older name.
const (
	HelpTapped = "help.called"
	HelpTaken  = "help.taken"
	HelpDone   = "help.done"
)

var helpKinds = map[string]kind{
	HelpTapped: {apply: func(s *State, e Event) {
		s.Help = append(s.Help, HelpTap{ID: e.Data.HelpTap, Member: e.Data.Member, At: e.At})
	}},
	HelpTaken: {apply: tapped(func(s *State, at int, e Event) { s.Help[at].TakenBy = e.Actor })},
	HelpDone:  {apply: tapped(func(s *State, at int, _ Event) { s.Help = slices.Delete(s.Help, at, at+1) })},
}

// tapped wraps a change of an existing help tap; an event for an unknown tap changes nothing.
func tapped(change func(s *State, at int, e Event)) func(*State, Event) {
	return func(s *State, e Event) {
		if at := slices.IndexFunc(s.Help, func(h HelpTap) bool { return h.ID == e.Data.HelpTap }); at >= 0 {
			change(s, at, e)
		}
	}
}
