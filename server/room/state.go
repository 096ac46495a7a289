// Package room is the live state machine of a workshop: pure functions over facts.
//
// The rules: Decide says whether a command may happen now and which events follow; Apply
// folds one event into the state; the views say who sees what. Nothing here reads a clock,
// makes an id by itself, or knows of sockets and tables. Timers are facts: a running one has
// an end, a resting one has what is left, and the end of a timer never moves the agenda.
package room

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"amends/server/agenda"
	"amends/server/id"
	"amends/server/wire"
)

// Plan is what was fixed when the workshop was scheduled.
type Plan struct {
	Workshop id.Workshop
	Title    string
	Language string
	RoomCode string
	StartsAt time.Time
	Capacity int
	// Open is an open meeting: no cohort, guests may come.
	Open bool
	// Segments stand in the order in which the room goes through them.
	Segments []agenda.Segment
	// Lead is who the workshop was planned with; Staff are all named facilitators.
	Lead  id.Member
	Staff []id.Member
}

// Event is one fact of a room. It carries ids and codes only.
type Event struct {
	Kind  string
	Actor id.Member
	At    time.Time
	Data  Data
}

// Data holds the details of all kinds of events; each kind fills its own.
type Data struct {
	Segment *int      `json:"segment,omitempty"`
	Ms      int64     `json:"ms,omitempty"`
	Member  id.Member `json:"member,omitzero"`
	Turn    id.Turn   `json:"turn,omitzero"`
	// HelpTap is stored under its older name.
	HelpTap id.HelpTap `json:"call,omitzero"`
	To      int        `json:"to,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	// Groups and Cards are those of practice groups; Round is the one that begins.
	Groups [][]id.Member `json:"groups,omitempty"`
	Cards  []int         `json:"cards,omitempty"`
	Round  int           `json:"round,omitempty"`
	// Order are the parts to come, by their numbers.
	Order []int `json:"order,omitempty"`
	// Of pulses: which, what it asks, how many options, and the counts of one that was closed.
	Pulse   id.Pulse       `json:"pulse,omitzero"`
	Kind    wire.PulseKind `json:"kind,omitempty"`
	Tag     wire.PulseTag  `json:"tag,omitempty"`
	Options int            `json:"options,omitempty"`
	Counts  []int          `json:"counts,omitempty"`
	Note    id.Note        `json:"note,omitzero"`
	// Word is a check-in word, by its own id; whose it is stands in no event.
	Word id.Word `json:"word,omitzero"`
	// Goodbye says of who left that they said so, for good: their words go with them.
	Goodbye bool `json:"goodbye,omitempty"`
}

// JSON is the stored form of the details.
func (d Data) JSON() json.RawMessage {
	b, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("details of an event: %v", err)) // plain fields: cannot happen
	}
	return b
}

// Person is one participant who has come, or has spoken without a phone.
type Person struct {
	// Came says that they were here by a phone; others speak without one.
	Came      bool
	State     wire.PersonState
	DroppedAt time.Time
	Spoken    int
	SpokenMs  int64
	// LastSegment is the segment in which the person spoke last; -1 for never.
	LastSegment int
}

// Waiting is one raised hand.
type Waiting struct {
	Turn   id.Turn
	Member id.Member
}

// Speaking is the turn under way. Spoke is how long the person has spoken in the stretches that
// are over; RunsFrom is when the one under way began, zero while the turn rests.
type Speaking struct {
	Waiting
	Timer    Clock
	Spoke    time.Duration
	RunsFrom time.Time
	// Paused says that a facilitator stopped this turn's clock, whatever covers the room.
	Paused bool
}

// rest stops the turn's clock, and what counts as spoken.
func (t Speaking) rest(now time.Time) Speaking {
	t.Spoke, t.RunsFrom = t.spoken(now), time.Time{}
	t.Timer = t.Timer.rest(now)
	return t
}

// run lets the turn go on.
func (t Speaking) run(now time.Time) Speaking {
	if t.RunsFrom.IsZero() {
		t.RunsFrom = now
	}
	t.Timer = t.Timer.run(now)
	return t
}

// closing sets the turn's clock to its end, whatever was left, and gives one to a turn without: a
// share is never cut, the person is asked to close. What was spoken is the whole time then.
func (t Speaking) closing(now time.Time) Speaking {
	running := !t.RunsFrom.IsZero()
	t.Timer = Clock{Total: max(t.spoken(now), time.Second)}
	if running {
		t.Timer.EndsAt = now
	}
	return t
}

// asked says whether the turn's clock says "please close".
func (t Speaking) asked(now time.Time) bool {
	return t.Timer.Total > 0 && t.Timer.rest(now).Left <= 0
}

// spoken is how long the person has spoken: without the time in which the turn or the room rested.
func (t Speaking) spoken(now time.Time) time.Duration {
	if t.RunsFrom.IsZero() {
		return t.Spoke
	}
	return t.Spoke + now.Sub(t.RunsFrom)
}

// HelpTap is one help tap.
type HelpTap struct {
	ID      id.HelpTap
	Member  id.Member
	At      time.Time
	TakenBy id.Member
}

// State is a room after some number of events. It is a value: Apply returns a new one and
// leaves the old one as it was, and so does a Folding.
type State struct {
	Plan      Plan
	Seq       int64
	Phase     wire.RoomState
	Calm      bool
	Holding   bool
	Locked    bool
	Segment   int
	Timer     Clock
	Started   []time.Time
	OpenedAt  time.Time
	EndedAt   time.Time
	QueueOpen bool
	Queue     []Waiting
	Turn      *Speaking
	People    map[id.Member]Person
	Ready     map[id.Member]bool
	Help      []HelpTap
	Care      Care
	Course    Course
	Doorway   Doorway
	Team      Team
	Voice     Voice
}

// New is a room in which nothing has happened.
func New(plan Plan) State {
	return State{Plan: plan, Phase: wire.RoomScheduled, Segment: -1, Started: make([]time.Time, len(plan.Segments)),
		People: map[id.Member]Person{}, Ready: map[id.Member]bool{}, Care: newCare(),
		Course: newCourse(len(plan.Segments)), Doorway: newDoorway(), Team: newTeam(plan.Lead)}
}

// Current is the segment under way; false before the start.
func (s State) Current() (agenda.Segment, bool) {
	if s.Segment < 0 || s.Segment >= len(s.Plan.Segments) {
		return agenda.Segment{}, false
	}
	return s.Plan.Segments[s.Segment], true
}

// Here counts the people who are here: with a signal, stepped away or not. Whose phone has been
// gone for Grace is not here; their seat is kept all the same (Taken).
func (s State) Here() int {
	n := 0
	for _, p := range s.People {
		if p.State == wire.PersonHere || p.State == wire.PersonAway {
			n++
		}
	}
	return n
}

// Taken counts the seats of the room that are taken: by who is here, and by who lost the
// signal, for they can come back whatever the size says.
func (s State) Taken() int {
	n := 0
	for _, p := range s.People {
		if p.State != wire.PersonOut {
			n++
		}
	}
	return n
}

// Present says whether a person is in the room.
func (s State) Present(m id.Member) bool {
	p, ok := s.People[m]
	return ok && p.State != wire.PersonOut
}

// ReadyCount counts ready people among those who are here with a signal.
func (s State) ReadyCount() int {
	n := 0
	for m := range s.Ready {
		if s.People[m].State == wire.PersonHere || s.People[m].State == wire.PersonAway {
			n++
		}
	}
	return n
}

func (s State) position(m id.Member) int {
	return slices.IndexFunc(s.Queue, func(w Waiting) bool { return w.Member == m })
}

// clone copies everything that Apply may change.
func (s State) clone() State {
	s.Started, s.Queue, s.Help = slices.Clone(s.Started), slices.Clone(s.Queue), slices.Clone(s.Help)
	people, ready := make(map[id.Member]Person, len(s.People)+1), make(map[id.Member]bool, len(s.Ready)+1)
	for k, v := range s.People {
		people[k] = v
	}
	for k := range s.Ready {
		ready[k] = true
	}
	s.People, s.Ready, s.Care = people, ready, s.Care.clone()
	s.Course, s.Doorway, s.Team = s.Course.clone(), s.Doorway.clone(), s.Team.clone()
	s.Voice = s.Voice.clone()
	if s.Turn != nil {
		turn := *s.Turn
		s.Turn = &turn
	}
	return s
}

// Clock is a countdown as a fact. The zero Clock is none.
type Clock struct {
	Total, Left time.Duration
	EndsAt      time.Time
}

// Running says whether the countdown runs.
func (c Clock) Running() bool { return !c.EndsAt.IsZero() }

func startClock(total time.Duration, now time.Time) Clock {
	if total == 0 {
		return Clock{}
	}
	return Clock{Total: total, EndsAt: now.Add(total)}
}

// rest stops the countdown with what is left, which is negative when it ran over.
func (c Clock) rest(now time.Time) Clock {
	if !c.Running() {
		return c
	}
	return Clock{Total: c.Total, Left: c.EndsAt.Sub(now)}
}

func (c Clock) run(now time.Time) Clock {
	if c.Running() || c.Total == 0 {
		return c
	}
	return Clock{Total: c.Total, EndsAt: now.Add(c.Left)}
}

func (c Clock) extend(by time.Duration) Clock {
	c.Total += by
	if c.Running() {
		c.EndsAt = c.EndsAt.Add(by)
	} else {
		c.Left += by
	}
	return c
}

// view writes the countdown for the wire. A resting one at exactly nothing left says 1 ms
// over, for absent means running.
func (c Clock) view() wire.Countdown {
	v := wire.Countdown{TotalMs: c.Total.Milliseconds()}
	if c.Total == 0 {
		return v
	}
	if c.Running() {
		v.EndsAt = c.EndsAt.UnixMilli()
	} else if v.LeftMs = c.Left.Milliseconds(); v.LeftMs == 0 {
		v.LeftMs = -1
	}
	return v
}
