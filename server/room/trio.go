package room

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"amends/server/agenda"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// Practice groups. The rules: connected people are dealt into groups of three, with one pair or one
// group of four where the number requires it, in a random order that the event stores. A group is a
// list: the first person speaks, the second listens, the others watch. Each round moves the first
// person to the end, so everybody speaks in turn, and a newcomer, appended at the end, changes nobody's
// role. A person who leaves the room leaves the group; a person left alone joins the smallest group; a
// group of five is split into three and two. The groups end with their part.

// Faults of practice groups.
var (
	ErrNotPractice = fault.New(fault.Conflict, "trio.not_now", "Practice groups are for the practice part.")
	ErrTooFew      = fault.New(fault.Conflict, "trio.too_few", "Two people are needed for a practice group.")
	ErrNoTrios     = fault.New(fault.Conflict, "trio.none", "There are no practice groups yet.")
	ErrLastRound   = fault.New(fault.Conflict, "trio.last_round", "This was the last round.")
)

// Durations of a round, and its made-up stories.
const (
	TryFor  = 4 * time.Minute
	TalkFor = 2 * time.Minute
	// rounds is for a group of three; a group of four has one more.
	rounds = 3
	// CaseVersion and CaseCards identify the stories; their texts are in the front end.
	CaseVersion = 1
	CaseCards   = 10
)

// Trios are the practice groups of a part.
type Trios struct {
	Groups []Group
	Round  int
	Cards  []int
	Timer  Clock
}

// Group is one practice group in the order of roles. Deck is the offset of its first story in Cards.
type Group struct {
	People []id.Member
	Deck   int
}

func (t *Trios) clone() *Trios {
	if t == nil {
		return nil
	}
	c := *t
	c.Groups = slices.Clone(t.Groups)
	for i := range c.Groups {
		c.Groups[i].People = slices.Clone(c.Groups[i].People)
	}
	return &c
}

// rounds is how many rounds these groups have.
func (t *Trios) rounds() int {
	n := rounds
	for _, g := range t.Groups {
		n = max(n, len(g.People))
	}
	return n
}

// groupOf returns the index of a person's group, -1 for none.
func (t *Trios) groupOf(who id.Member) int {
	return slices.IndexFunc(t.Groups, func(g Group) bool { return slices.Contains(g.People, who) })
}

// story identifies the group's made-up story of this round. A group never gets the same one twice.
func (t *Trios) story(g Group) string {
	if len(t.Cards) == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", CaseVersion, t.Cards[(g.Deck+t.Round-1)%len(t.Cards)]+1)
}

var trioRules = map[string]rule{
	"trios":      plain(builder.buildTrios),
	"trio_round": with(builder.nextTrios),
}

// practising reports whether the room is in a practice part.
func (b builder) practising() bool {
	segment, _ := b.s.Current()
	return b.live() && segment.Type == agenda.Practice
}

func (b builder) buildTrios() ([]Event, error) {
	people := b.s.withSignal()
	switch {
	case !b.practising():
		return nil, ErrNotPractice
	case len(people) < 2:
		return nil, ErrTooFew
	}
	return b.one(TriosBuilt, Data{Groups: deal(people, b.d.Permute(len(people))), Cards: b.d.Permute(CaseCards), Round: 1, Ms: (TryFor + TalkFor).Milliseconds()}), nil
}

func (b builder) nextTrios(w wire.TrioRoundWith) ([]Event, error) {
	switch t := b.s.Care.Trios; {
	case !b.practising():
		return nil, ErrNotPractice
	case t == nil:
		return nil, ErrNoTrios
	case w.Round != nil && *w.Round != t.Round:
		return nil, ErrMovedOn
	case t.Round >= t.rounds():
		return nil, ErrLastRound
	}
	return b.one(TrioRound, Data{Round: b.s.Care.Trios.Round + 1, Ms: (TryFor + TalkFor).Milliseconds()}), nil
}

// withSignal lists connected people who have not stepped away, sorted by id so that the order is
// deterministic.
func (s State) withSignal() []id.Member {
	var people []id.Member
	for who, p := range s.People {
		if p.State == wire.PersonHere {
			people = append(people, who)
		}
	}
	slices.SortFunc(people, func(a, b id.Member) int { return strings.Compare(a.String(), b.String()) })
	return people
}

// deal splits people, in the given order, into groups of three, with one pair or one group of four at
// the end when the number is not divisible by three.
func deal(people []id.Member, order []int) [][]id.Member {
	var groups [][]id.Member
	for len(order) > 0 {
		n := 3
		switch len(order) {
		case 2, 4:
			n = len(order)
		}
		group := make([]id.Member, 0, n)
		for _, i := range order[:n] {
			group = append(group, people[i])
		}
		groups, order = append(groups, group), order[n:]
	}
	return groups
}

// Events of practice groups.
const (
	TriosBuilt = "trios.built"
	TrioRound  = "trios.round"
)

var trioKinds = map[string]kind{
	TriosBuilt: {apply: (*State).triosBuilt},
	TrioRound:  {apply: (*State).trioRound},
}

func (s *State) triosBuilt(e Event) {
	t := &Trios{Round: e.Data.Round, Cards: e.Data.Cards, Timer: startClock(time.Duration(e.Data.Ms)*time.Millisecond, e.At)}
	for i, people := range e.Data.Groups {
		t.Groups = append(t.Groups, Group{People: slices.Clone(people), Deck: i * wire.MaxRounds})
	}
	s.Care.Trios = t
}

func (s *State) trioRound(e Event) {
	t := s.Care.Trios
	if t == nil {
		return
	}
	t.Round, t.Timer = e.Data.Round, startClock(time.Duration(e.Data.Ms)*time.Millisecond, e.At)
	for i, g := range t.Groups {
		if len(g.People) > 1 {
			t.Groups[i].People = slices.Concat(g.People[1:], g.People[:1])
		}
	}
}

// followTrios removes people who left from the groups, adds people who came, and keeps the groups'
// timer in step with the room's.
func (s *State) followTrios(old before, who id.Member, now time.Time) {
	t := s.Care.Trios
	if t == nil {
		return
	}
	for i := range t.Groups {
		t.Groups[i].People = slices.DeleteFunc(t.Groups[i].People, func(m id.Member) bool { return !s.Present(m) })
	}
	came := s.People[who].State == wire.PersonHere && old.person.State != wire.PersonHere
	if came && t.groupOf(who) < 0 {
		t.add(who)
	}
	t.mend()
	// A part always has a timer, so it stands still exactly while the room is paused or covered.
	if s.Timer.Running() {
		t.Timer = t.Timer.run(now)
	} else {
		t.Timer = t.Timer.rest(now)
	}
}

// smallest returns the index of the first smallest group other than but; -1 when there is none.
func (t *Trios) smallest(but int) int {
	at := -1
	for i, g := range t.Groups {
		if i != but && len(g.People) > 0 && (at < 0 || len(g.People) < len(t.Groups[at].People)) {
			at = i
		}
	}
	return at
}

// add appends a person to the smallest group.
func (t *Trios) add(who id.Member) {
	at := t.smallest(-1)
	if at < 0 {
		t.Groups = append(t.Groups, Group{People: []id.Member{who}, Deck: len(t.Groups) * wire.MaxRounds})
		return
	}
	t.Groups[at].People = append(t.Groups[at].People, who)
}

// mend moves people who are alone into another group and splits groups of five.
func (t *Trios) mend() {
	for i := range t.Groups {
		if other := t.smallest(i); len(t.Groups[i].People) == 1 && other >= 0 {
			t.Groups[other].People = append(t.Groups[other].People, t.Groups[i].People...)
			t.Groups[i].People = nil
		}
	}
	for i, g := range t.Groups {
		if len(g.People) > 4 {
			t.Groups = append(t.Groups, Group{People: slices.Clone(g.People[3:]), Deck: len(t.Groups) * wire.MaxRounds})
			t.Groups[i].People = g.People[:3:3]
		}
	}
	t.Groups = slices.DeleteFunc(t.Groups, func(g Group) bool { return len(g.People) == 0 })
}
