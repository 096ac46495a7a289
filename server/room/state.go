// Package room is the live state machine of a workshop: pure functions over events.
//
// Decide says whether a command is allowed now and which events follow; Apply folds one event into the
// state; the views say who sees what. Nothing here reads a clock, makes an id, or knows of sockets and
// tables: these come in as arguments. A running timer is stored as its end time, a stopped one as the
// time left, and a timer that ends never moves the agenda.
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
	// Open is an open meeting: it has no cohort and takes guests.
	Open bool
	// Segments are in the room's current order.
	Segments []agenda.Segment
	// Lead is the facilitator the workshop was planned with; Staff are all named facilitators.
	Lead  id.Member
	Staff []id.Member
}

// Event is one fact of a room. It carries ids and codes only, never texts that people wrote.
type Event struct {
	Kind  string
	Actor id.Member
	At    time.Time
	Data  Data
}

// Data has the details of events; each kind uses its own fields.
type Data struct {
	Segment *int      `json:"segment,omitempty"`
	Ms      int64     `json:"ms,omitempty"`
	Member  id.Member `json:"member,omitzero"`
	Turn    id.Turn   `json:"turn,omitzero"`
	// HelpTap is stored under its older name.
	HelpTap id.HelpTap `json:"call,omitzero"`
	To      int        `json:"to,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	// Groups and Cards are of practice groups; Round is the round that begins.
	Groups [][]id.Member `json:"groups,omitempty"`
	Cards  []int         `json:"cards,omitempty"`
	Round  int           `json:"round,omitempty"`
	// Order are the numbers of the parts to come, in their new order.
	Order []int `json:"order,omitempty"`
	// Of pulses: the id, what it asks, the number of options, and the counts when it closed.
	Pulse   id.Pulse       `json:"pulse,omitzero"`
	Kind    wire.PulseKind `json:"kind,omitempty"`
	Tag     wire.PulseTag  `json:"tag,omitempty"`
	Options int            `json:"options,omitempty"`
	Counts  []int          `json:"counts,omitempty"`
	Note    id.Note        `json:"note,omitzero"`
	// Word is the id of a check-in word; no event names its author.
	Word id.Word `json:"word,omitzero"`
	// Guest and Crowd are of a person who comes, as in Deciding; All is of one who was admitted, removed
	// or let back in together with others.
	Guest bool `json:"guest,omitempty"`
	Crowd bool `json:"crowd,omitempty"`
	All   bool `json:"all,omitempty"`
	// Goodbye on a Left event means that the person said goodbye: their words are removed too.
	Goodbye bool `json:"goodbye,omitempty"`
}

// JSON encodes the details for storage.
func (d Data) JSON() json.RawMessage {
	b, err := json.Marshal(d)
	if err != nil {
		panic(fmt.Sprintf("details of an event: %v", err)) // cannot happen: the fields are plain values
	}
	return b
}

// Person is a participant who has come, or has spoken without a phone.
type Person struct {
	// Came means that they joined by phone at least once.
	Came      bool
	State     wire.PersonState
	DroppedAt time.Time
	Spoken    int
	SpokenMs  int64
	// LastSegment is the index of the segment in which the person last spoke, -1 for never.
	LastSegment int
	// Guest is a person without an account; Since is when they came first, to the door or into the room,
	// zero after a goodbye.
	Guest bool
	Since time.Time
}

// Waiting is one entry of the queue.
type Waiting struct {
	Turn   id.Turn
	Member id.Member
}

// Speaking is the turn under way. Spoke is the time spoken in finished stretches; RunsFrom is when the
// current stretch began, zero while the turn is stopped.
type Speaking struct {
	Waiting
	Timer    Clock
	Spoke    time.Duration
	RunsFrom time.Time
	// Paused means that a facilitator stopped this turn's clock; it stays stopped when the room
	// resumes.
	Paused bool
}

// rest stops the turn's clock and the counting of spoken time.
func (t Speaking) rest(now time.Time) Speaking {
	t.Spoke, t.RunsFrom = t.spoken(now), time.Time{}
	t.Timer = t.Timer.rest(now)
	return t
}

// run restarts the turn.
func (t Speaking) run(now time.Time) Speaking {
	if t.RunsFrom.IsZero() {
		t.RunsFrom = now
	}
	t.Timer = t.Timer.run(now)
	return t
}

// closing sets the turn's clock to zero left, also in a part without clocks: a share is never cut, the
// person is asked to close. The total becomes the time spoken, at least a second.
func (t Speaking) closing(now time.Time) Speaking {
	running := !t.RunsFrom.IsZero()
	t.Timer = Clock{Total: max(t.spoken(now), time.Second)}
	if running {
		t.Timer.EndsAt = now
	}
	return t
}

// asked reports whether the turn's clock says "please close".
func (t Speaking) asked(now time.Time) bool {
	return t.Timer.Total > 0 && t.Timer.rest(now).Left <= 0
}

// spoken is how long the person has spoken, without the time in which the turn or the room was stopped.
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

// State is a room after Seq events. It is a value: Apply and Folding never change a State they were
// given.
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

// New returns a room before its first event.
func New(plan Plan) State {
	return State{Plan: plan, Phase: wire.RoomScheduled, Segment: -1, Started: make([]time.Time, len(plan.Segments)),
		People: map[id.Member]Person{}, Ready: map[id.Member]bool{}, Care: newCare(),
		Course: newCourse(len(plan.Segments)), Doorway: newDoorway(), Team: newTeam(plan.Lead)}
}

// Current returns the segment under way; false before the start.
func (s State) Current() (agenda.Segment, bool) {
	if s.Segment < 0 || s.Segment >= len(s.Plan.Segments) {
		return agenda.Segment{}, false
	}
	return s.Plan.Segments[s.Segment], true
}

// Here counts connected people, including those who stepped away. A dropped person is not counted but
// keeps their seat (Taken).
func (s State) Here() int {
	n := 0
	for _, p := range s.People {
		if p.State == wire.PersonHere || p.State == wire.PersonAway {
			n++
		}
	}
	return n
}

// Taken counts seats in use: connected people, and dropped ones, who may reconnect even when the room
// is full.
func (s State) Taken() int {
	n := 0
	for _, p := range s.People {
		if p.State != wire.PersonOut {
			n++
		}
	}
	return n
}

// Present reports whether a person is in the room, connected or dropped.
func (s State) Present(m id.Member) bool {
	p, ok := s.People[m]
	return ok && p.State != wire.PersonOut
}

// ReadyCount counts connected people who are ready.
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

// clone copies everything that apply may change in place.
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

// Clock is a countdown. The zero Clock means that there is none.
type Clock struct {
	Total, Left time.Duration
	EndsAt      time.Time
}

// Running reports whether the countdown runs.
func (c Clock) Running() bool { return !c.EndsAt.IsZero() }

func startClock(total time.Duration, now time.Time) Clock {
	if total == 0 {
		return Clock{}
	}
	return Clock{Total: total, EndsAt: now.Add(total)}
}

// rest stops the countdown and keeps the time left, which is negative when it ran over.
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

// view encodes the countdown for the wire. A stopped countdown with exactly 0 ms left is sent as -1 ms,
// because an absent LeftMs means that it is running.
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
