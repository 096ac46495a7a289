package room

import (
	"maps"
	"slices"
	"time"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// Care for single people. The rules: no event contains a person's location, only that they answered or
// skipped; skipping counts as an answer. A request to talk survives disconnects and the end of the
// meeting. When a person's phone is lost during their own share or after they called for help, a check
// card asks the facilitators once to look after them, until the person reconnects or a facilitator
// closes the card. A latecomer is told privately where the room stands; nobody else is notified.

// Faults of care.
var (
	ErrTalkOver = fault.New(fault.Conflict, "talk.over", "This meeting is over. “Tell my counselor” on Today still works.")
)

// Durations of care.
const (
	// CheckAfter is how long a phone is lost before a check card is raised.
	CheckAfter = 60 * time.Second
	// TalkOpen is how long after the end of the meeting a person can still ask to talk.
	TalkOpen = 2 * time.Hour
	// lateAfter: a person who joins within this time from the start of the first part is not a
	// latecomer.
	lateAfter = 2 * time.Minute
)

// Care is the care state of a room. HereSeq is the number of the newest event that answers "where are
// you now": names whose Whereabouts were read before it (Names.AsOf) are stale.
type Care struct {
	Told    map[id.Member]string
	HereSeq int64
	Talk    []Talk
	Quiet   map[id.Member]Quiet
	Checks  []Check
	Late    map[id.Member]bool
	Trios   *Trios
}

// Talk is a request to talk after the meeting.
type Talk struct {
	Member id.Member
	At     time.Time
	Done   bool
}

// Quiet is a phone that was lost during its person's share or help tap.
type Quiet struct {
	Why   wire.CheckWhy
	Since time.Time
}

// Check is a card that asks the facilitators to look after a person.
type Check struct {
	Member id.Member
	Quiet
}

func newCare() Care {
	return Care{Told: map[id.Member]string{}, Quiet: map[id.Member]Quiet{}, Late: map[id.Member]bool{}}
}

func (c Care) clone() Care {
	c.Told, c.Quiet, c.Late = maps.Clone(c.Told), maps.Clone(c.Quiet), maps.Clone(c.Late)
	c.Talk, c.Checks = slices.Clone(c.Talk), slices.Clone(c.Checks)
	c.Trios = c.Trios.clone()
	return c
}

func (c Care) talk(who id.Member) int {
	return slices.IndexFunc(c.Talk, func(t Talk) bool { return t.Member == who })
}

func (c Care) check(who id.Member) int {
	return slices.IndexFunc(c.Checks, func(k Check) bool { return k.Member == who })
}

var careRules = map[string]rule{
	"here":       with(builder.here),
	"caught_up":  plain(builder.caughtUp),
	"talk_after": with(builder.askTalk).afterEnd(),
	"talk_done":  with(builder.endTalk).afterEnd(),
	"check_done": with(builder.endCheck).afterEnd(),
}

func (b builder) here(w wire.HereWith) ([]Event, error) {
	if !b.s.Present(b.by.Member) {
		return nil, ErrNotHere
	}
	said := "told"
	if w.Whereabouts == "" {
		said = "skipped"
	}
	return b.one(HereTold, Data{Member: b.by.Member, Reason: said}), nil
}

func (b builder) caughtUp() ([]Event, error) {
	return b.unless(!b.s.Care.Late[b.by.Member], CaughtUp, b.mine())
}

func (b builder) endCheck(w wire.CheckDoneWith) ([]Event, error) {
	if b.s.Care.check(w.Member) < 0 {
		return nil, ErrNoSuch
	}
	return b.one(CheckDone, Data{Member: w.Member}), nil
}

func (b builder) askTalk(w wire.TalkAfterWith) ([]Event, error) {
	s, me := b.s, b.by.Member
	switch open := s.Care.waits(me); {
	case s.Phase == wire.RoomEnded && b.d.Now.Sub(s.EndedAt) > TalkOpen:
		return nil, ErrTalkOver
	case !s.came(me):
		return nil, ErrNotHere
	case wire.On(w.On):
		return b.unless(open, TalkAsked, b.mine())
	default:
		return b.unless(!open, TalkDropped, b.mine())
	}
}

func (b builder) endTalk(w wire.TalkDoneWith) ([]Event, error) {
	if b.s.Care.talk(w.Member) < 0 {
		return nil, ErrNoSuch
	}
	return b.unless(!b.s.Care.waits(w.Member), TalkDone, Data{Member: w.Member})
}

// waits reports whether a person's request to talk is open.
func (c Care) waits(who id.Member) bool {
	at := c.talk(who)
	return at >= 0 && !c.Talk[at].Done
}

// came reports whether a person has ever been in the room; such a person may ask to talk even after
// leaving.
func (s State) came(who id.Member) bool {
	_, ok := s.People[who]
	return ok
}

// ChecksDue lists the people whose phones have been lost for CheckAfter. Every node that has the room
// polls it; Miss, under the room's lock, makes sure that only one card is raised.
func ChecksDue(s State, now time.Time) []id.Member {
	var due []id.Member
	for who, q := range s.Care.Quiet {
		if now.Sub(q.Since) >= CheckAfter {
			due = append(due, who)
		}
	}
	return due
}

// Miss raises the check card of a person. It returns no event when the person has reconnected or the
// card exists already.
func Miss(s State, who id.Member, d Deciding) []Event {
	q, quiet := s.Care.Quiet[who]
	if !quiet || d.Now.Sub(q.Since) < CheckAfter {
		return nil
	}
	return builder{s: s, d: d}.one(CheckRaised, Data{Member: who, Reason: string(q.Why), Ms: d.Now.Sub(q.Since).Milliseconds()})
}

// Events of care.
const (
	HereTold    = "here.told"
	TalkAsked   = "talk.asked"
	TalkDropped = "talk.dropped"
	TalkDone    = "talk.done"
	CheckRaised = "check.raised"
	CheckDone   = "check.done"
	CaughtUp    = "person.caught_up"
)

var careKinds = map[string]kind{
	HereTold:    {apply: func(s *State, e Event) { s.Care.Told[e.Data.Member], s.Care.HereSeq = e.Data.Reason, s.Seq }},
	TalkAsked:   {apply: (*State).talkAsked},
	TalkDropped: {apply: func(s *State, e Event) { s.dropTalk(e.Data.Member) }},
	TalkDone:    {apply: (*State).talkDone},
	CheckRaised: {apply: (*State).checkRaised},
	CheckDone:   {apply: func(s *State, e Event) { s.dropCheck(e.Data.Member) }},
	CaughtUp:    {apply: func(s *State, e Event) { delete(s.Care.Late, e.Data.Member) }},
}

func (s *State) talkAsked(e Event) {
	s.dropTalk(e.Data.Member)
	s.Care.Talk = append(s.Care.Talk, Talk{Member: e.Data.Member, At: e.At})
}

func (s *State) talkDone(e Event) {
	if at := s.Care.talk(e.Data.Member); at >= 0 {
		s.Care.Talk[at].Done = true
	}
}

func (s *State) checkRaised(e Event) {
	who := e.Data.Member
	delete(s.Care.Quiet, who)
	quiet := Quiet{Why: wire.CheckWhy(e.Data.Reason), Since: e.At.Add(-time.Duration(e.Data.Ms) * time.Millisecond)}
	s.Care.Checks = append(s.Care.Checks, Check{Member: who, Quiet: quiet})
}

func (s *State) dropTalk(who id.Member) {
	s.Care.Talk = slices.DeleteFunc(s.Care.Talk, func(t Talk) bool { return t.Member == who })
}

func (s *State) dropCheck(who id.Member) {
	s.Care.Checks = slices.DeleteFunc(s.Care.Checks, func(k Check) bool { return k.Member == who })
}

// followCare updates the care state after any event. It compares the states before and after instead of
// listing kinds of events, so a new way to leave or to hold the room needs no change here.
func (s *State) followCare(old before, e Event) {
	who := e.Data.Member
	switch now := s.People[who].State; {
	case e.Kind == Dropped:
		s.wentQuiet(old, who, e.At.Add(-time.Duration(e.Data.Ms)*time.Millisecond))
	case e.Kind == HelpDone && s.Care.Quiet[who].Why == wire.CheckHelp:
		delete(s.Care.Quiet, who)
	case now == wire.PersonHere || now == wire.PersonAway:
		delete(s.Care.Quiet, who)
		s.dropCheck(who)
	}
	live := s.Phase == wire.RoomRunning || s.Phase == wire.RoomPaused
	switch {
	case e.Kind == Advanced || !live:
		clear(s.Care.Late)
		s.Care.Trios = nil
	case s.Present(who) && !old.present && (s.Segment > 0 || e.At.Sub(s.Started[0]) > lateAfter):
		s.Care.Late[who] = true
	case !s.Present(who):
		delete(s.Care.Late, who)
	}
	if s.Phase == wire.RoomEnded {
		clear(s.Care.Quiet)
	}
	s.followTrios(old, who, e.At)
}

// wentQuiet records a drop during a share or after a help tap, with the time since when the phone has
// been lost.
func (s *State) wentQuiet(old before, who id.Member, since time.Time) {
	switch {
	case old.speaking && old.turn.Member == who:
		s.Care.Quiet[who] = Quiet{Why: wire.CheckShare, Since: since}
	case old.tappedHelp:
		s.Care.Quiet[who] = Quiet{Why: wire.CheckHelp, Since: since}
	}
}

func checksOf(s State, names Names) (out []wire.CheckCard, more int) {
	out = []wire.CheckCard{}
	for _, k := range first(s.Care.Checks) {
		out = append(out, wire.CheckCard{Member: k.Member.String(), Name: names.Of[k.Member], Why: k.Why, At: k.Since.UnixMilli(), Whereabouts: names.Whereabouts[k.Member]})
	}
	return out, len(s.Care.Checks) - len(out)
}

// talkOf lists who asked to talk: those who still wait first, when there are more than a list holds.
func talkOf(s State, names Names) (out []wire.TalkRow, more int) {
	all := slices.Clone(s.Care.Talk)
	if len(all) > MaxListed {
		all = append(slices.DeleteFunc(slices.Clone(all), func(t Talk) bool { return t.Done }), slices.DeleteFunc(all, func(t Talk) bool { return !t.Done })...)
	}
	out = []wire.TalkRow{}
	for _, t := range first(all) {
		out = append(out, wire.TalkRow{Member: t.Member.String(), Name: names.Of[t.Member], At: t.At.UnixMilli(), Done: t.Done})
	}
	return out, len(all) - len(out)
}

// careOf adds to the personal part what only this person may see.
func careOf(me *wire.RoomMe, s State, who id.Member, names Names) {
	me.Told = s.Care.Told[who]
	if at := s.Care.talk(who); at >= 0 {
		me.Talk = "asked"
		if s.Care.Talk[at].Done {
			me.Talk = "done"
		}
	}
	if s.Care.Late[who] && s.Segment >= 0 && s.Segment < len(s.Plan.Segments) {
		me.CatchUp = catchUpOf(s)
	}
	me.Trio = myTrioOf(s, who, names)
}

// catchUpOf describes the part under way, when it began, and the titles of the two parts before it.
func catchUpOf(s State) *wire.CatchUp {
	c := &wire.CatchUp{Part: s.Segment + 1, BeganAt: s.Started[s.Segment].UnixMilli(), Before: []string{}}
	for i := s.Segment - 1; i >= 0 && len(c.Before) < 2; i-- {
		if !s.Started[i].IsZero() {
			c.Before = slices.Insert(c.Before, 0, s.Plan.Segments[i].Title)
		}
	}
	return c
}
