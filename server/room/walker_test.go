package room

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"

	"pgregory.net/rapid"
)

// walk is a random course of one room. Most walks begin in a room under way with people, a queue and
// a turn: a walk from nothing rarely starts the room, and then every rule of a turn goes untried.
type walk struct {
	s     State
	now   time.Time
	staff []id.Member
	// people may come; the first of them is named as a counselor too.
	people []id.Member
	// guests are those of the people who have no account, and crowd those of them who must be let in.
	guests, crowd map[id.Member]bool
	// words are those of the part under way, as the store keeps them, and run is the name of their list.
	words []Said
	run   int64
	// spoke is who has spoken in this round; counselor says that a counselor gave the last command.
	spoke     spokenRound
	counselor bool
	// did counts the commands that took effect, and the events.
	did map[string]int
}

// move is one thing that happens; the events of one belong together, as one transaction.
type move func(*rapid.T) []Event

func newWalk(t *rapid.T, did map[string]int) *walk {
	w := &walk{now: start(), did: did, spoke: spokenRound{}, guests: map[id.Member]bool{}, crowd: map[id.Member]bool{}, staff: []id.Member{id.New[id.Member](), id.New[id.Member]()}}
	for i := range even(t, "people", 3, 4, 5, 6, 7, 8, 9) {
		w.people = append(w.people, id.New[id.Member]())
		w.guests[w.people[i]], w.crowd[w.people[i]] = i > 0 && i%2 == 0, i == 4
	}
	of := plan()
	of.Capacity, of.Lead, of.Staff = even(t, "capacity", 2, 3, 5, 7, 9), w.staff[0], append(slices.Clone(w.staff), w.people[0])
	w.s = New(of)
	return w
}

// names is what a node shows a state with: the words of its part.
func (w *walk) names(s State) Names {
	n := Names{Of: map[id.Member]string{w.staff[0]: "Dana", w.staff[1]: "Kofi"}, Staff: w.staff, Guests: w.guests, Expected: map[id.Member]bool{}, Said: w.words, SaidRun: s.WordRun()}
	for i, who := range w.people {
		n.Of[who], n.Expected[who] = fmt.Sprintf("P%d", i), true
	}
	return n
}

// moves are how the room comes to where the walk begins, and the steps from there.
func (w *walk) moves(t *rapid.T) []move {
	begins := even(t, "begins", "planned", "open", "under way", "under way", "queue", "queue", "turn", "turn", "practice")
	var all []move
	add := func(do string, with any) { all = append(all, w.ordered(w.staff[0], true, do, with)) }
	if begins != "planned" {
		add("open", nil)
		all = append(all, func(*rapid.T) []Event { return StaffCame(w.s, w.staff[0], deciding(w.now)) })
		for _, who := range w.people {
			all = append(all, func(t *rapid.T) []Event { return w.joining(t, who) })
		}
	}
	if begins != "planned" && begins != "open" {
		add("start", nil)
	}
	switch begins {
	case "queue", "turn":
		add("go", wire.GoWith{Segment: 1}) // the check-in: a queue, shares with a time, words
		for _, who := range w.people {
			all = append(all, w.ordered(who, false, "raise", nil))
		}
		if begins == "turn" {
			add("turn_start", nil)
		}
	case "practice":
		add("go", wire.GoWith{Segment: 3})
		add("trios", nil)
	}
	for range even(t, "steps", 1, 30, 50, 70, 90, 110) {
		all = append(all, w.step)
	}
	return all
}

// joining is a person who comes. Nobody passes a door that is kept.
func (w *walk) joining(t *rapid.T, who id.Member) []Event {
	d := deciding(w.now)
	d.Guest, d.Crowd = w.guests[who], w.crowd[who]
	events, _ := Join(w.s, who, d) // a refusal changes nothing
	kept := w.s.Locked && w.s.People[who].State != wire.PersonDropped || !w.s.People[who].Came && (w.crowd[who] || w.guests[who] && w.s.Doorway.ByHand)
	if enters := len(events) > 0 && events[0].Kind == Joined; enters && kept && !w.s.Doorway.admits(who) {
		t.Fatalf("%s passed the door", who)
	}
	return events
}

// ordered is a command that the walk begins with.
func (w *walk) ordered(who id.Member, facilitator bool, do string, with any) move {
	return func(t *rapid.T) []Event {
		c := wire.Command{ID: id.New[id.Command](), Do: do, Spec: wire.Commands()[do], With: with}
		if c.Spec.Expects {
			c.Expect = &w.s.Segment
		}
		events, _ := w.decide(t, Actor{Member: who, Facilitator: facilitator, Guest: w.guests[who]}, c, deciding(w.now))
		return events
	}
}

// step is a fact of a phone, or a command. Most commands mean nothing in most states: a few are tried
// until one takes effect, so that a walk gets somewhere.
func (w *walk) step(t *rapid.T) []Event {
	w.now = w.now.Add(time.Duration(even(t, "seconds", 0, 1, 4, 14, 16, 61, 130, 400)) * time.Second)
	if even(t, "what", "fact", "command", "command") == "fact" {
		return w.fact(t)
	}
	d := deciding(w.now)
	d.Said = w.words
	unkept(t, &d)
	for range 6 {
		who, do := even(t, "who", w.people...), even(t, "do", slices.Sorted(maps.Keys(rules))...)
		if near := nearby(w.s, len(w.words)); len(near) > 0 && even(t, "near", false, true) {
			do = even(t, "do", near...)
		}
		if do == "end" && even(t, "ends", 0, 1, 2, 3) > 0 {
			continue // after the end hardly anything happens
		}
		if about := w.concerned(do); len(about) > 0 && even(t, "concerned", false, true) {
			who = even(t, "who", about...)
		}
		c, by := given(t, w.s, d, who, do), Actor{Member: who, Guest: w.guests[who]}
		if c.Spec.Needs != roles.RoomJoin || c.Spec.Both && even(t, "as counselor", false, true) {
			by = Actor{Member: even(t, "counselor", w.staff...), Facilitator: true}
		}
		if c.Spec.Both && by.Facilitator {
			c.Expect = expected(t, w.s)
		}
		if events, took := w.decide(t, by, c, d); took {
			return events
		}
	}
	return nil
}

// nearby are the commands that something in the room waits for. Drawn from all commands alike, these
// hardly ever meet what they are about. What stands here decides nothing: the walks are counted.
func nearby(s State, words int) (do []string) {
	pulsed := len(s.Voice.Pulses) > 0
	for _, n := range []struct {
		now bool
		do  []string
	}{
		{s.Turn != nil, []string{"turn_pause", "turn_pause", "turn_close", "turn_end", "pass", "remove"}},
		{s.Turn == nil && len(s.Queue) > 0, []string{"turn_start", "turn_start", "lower", "pass"}},
		{len(s.Queue) > 1, []string{"queue_move"}},
		{s.Voice.Undo != nil, []string{"turn_undo", "turn_undo", "turn_undo", "queue_add"}},
		{s.Voice.Open() != nil, []string{"pulse", "pulse_close"}},
		{pulsed && s.Voice.Open() == nil, []string{"pulse_show", "pulse_show"}},
		{slices.ContainsFunc(s.Voice.Pulses, func(p Pulse) bool { return p.Shown }), []string{"end", "end"}},
		{!s.Voice.Note.IsZero(), []string{"note"}},
		{s.WordRun() > 0, []string{"word"}},
		{s.WordRun() > 0 && words > 0, []string{"word_show", "word_show"}},
		{s.Voice.Words.Off, []string{"word_open"}},
		{len(s.Voice.Words.Shown) > 0, []string{"word_mute", "word"}},
		{len(s.Voice.Words.Muted) > 0, []string{"word_mute", "word_show"}},
		{s.Care.Trios != nil, []string{"trio_round", "trio_round"}},
		{len(s.Care.Late) > 0, []string{"caught_up"}},
		{len(s.Care.Talk) > 0, []string{"talk_done", "talk_after"}},
		{len(s.Care.Checks) > 0, []string{"check_done", "check_done", "check_done"}},
		{len(s.Help) > 0, []string{"help_take", "help_done"}},
		{len(s.Ready) > 0, []string{"ready", "ready"}},
		{len(s.Doorway.Waits) > 0, []string{"admit", "unlock", "admit_all", "remove_since"}},
		{s.Doorway.ByHand, []string{"admit_by_hand"}},
		{s.Doorway.Listen, []string{"guests_listen"}},
		{len(s.Doorway.Removed) > 0, []string{"readmit"}},
		{len(s.Doorway.Swept) > 0, []string{"readmit_all", "readmit_all"}},
		{slices.Contains(s.Course.Skipped, true), []string{"skip", "skip"}},
		{slices.ContainsFunc(slices.Collect(maps.Values(s.People)), hasSpoken), []string{"raise", "raise", "queue_round"}},
		{s.Turn != nil && s.Turn.Paused, []string{"turn_end", "turn_end"}},
		{s.Voice.Undo != nil && s.Voice.Undo.Turn.Paused, []string{"turn_undo", "turn_undo", "turn_undo"}},
		{s.Phase == wire.RoomOpen, []string{"start"}},
		{s.Phase == wire.RoomPaused, []string{"resume"}},
		{s.Phase == wire.RoomRunning, []string{"back", "trios"}},
		{s.Calm, []string{"uncalm"}},
		{s.Holding, []string{"take_over"}},
	} {
		if n.now {
			do = append(do, n.do...)
		}
	}
	return do
}

func hasSpoken(p Person) bool { return p.Spoken > 0 }

// concerned are the people for whom a command of their own changes something.
func (w *walk) concerned(do string) []id.Member {
	waits := func(p id.Member) bool { return w.s.position(p) >= 0 }
	is, known := map[string]func(id.Member) bool{
		"raise":      func(p id.Member) bool { return hasSpoken(w.s.People[p]) && !waits(p) },
		"back":       func(p id.Member) bool { return w.s.People[p].State == wire.PersonAway },
		"ready":      func(p id.Member) bool { return w.s.Ready[p] },
		"caught_up":  func(p id.Member) bool { return w.s.Care.Late[p] },
		"talk_after": w.s.Care.waits,
		"lower":      waits,
		"pass":       waits,
	}[do]
	if !known {
		return nil
	}
	return w.only(is)
}

// fact is what nobody commands. A phone that goes quiet when it matters is mostly missed.
func (w *walk) fact(t *rapid.T) []Event {
	s, who, d := w.s, even(t, "who", w.people...), deciding(w.now)
	facts := []string{"join", "join", "join", "drop", "drop", "leave", "depart", "staff", "unseen"}
	if quiet := w.only(func(p id.Member) bool { return s.Care.Quiet[p].Why != "" }); len(quiet) > 0 && even(t, "missed", false, true) {
		facts, who = []string{"miss"}, even(t, "quiet", quiet...)
	}
	switch even(t, "fact", facts...) {
	case "join":
		return w.joining(t, who)
	case "drop":
		if matter := w.only(w.matters); len(matter) > 0 && even(t, "matters", false, true) {
			who = even(t, "who matters", matter...)
		}
		return Drop(s, who, d)
	case "leave":
		return Leave(s, w.speakerOr(t, who), d)
	case "miss":
		return Miss(s, who, d)
	case "depart":
		return w.departs(t, w.speakerOr(t, who), d)
	case "staff":
		return StaffCame(s, even(t, "counselor", w.staff...), d)
	}
	seen := map[id.Member]bool{who: true}
	for _, one := range w.staff {
		seen[one] = even(t, "seen", false, true)
	}
	return Unseen(s, seen, d)
}

// departs is a goodbye. It ends the person's turn, also when their phone was lost before.
func (w *walk) departs(t *rapid.T, who id.Member, d Deciding) []Event {
	events := Depart(w.s, who, d)
	ends := slices.ContainsFunc(events, func(e Event) bool { return e.Kind == TurnEnded })
	if speaks := w.s.Turn != nil && w.s.Turn.Member == who; speaks && !ends {
		t.Fatalf("%s said goodbye, and their turn goes on", who)
	}
	return events
}

// speakerOr is whoever speaks, half of the time: a person drawn from all is mostly another.
func (w *walk) speakerOr(t *rapid.T, who id.Member) id.Member {
	if w.s.Turn != nil && even(t, "speaker", false, true) {
		return w.s.Turn.Member
	}
	return who
}

// matters says whether somebody speaks or tapped for help.
func (w *walk) matters(who id.Member) bool {
	return w.s.Turn != nil && w.s.Turn.Member == who || slices.ContainsFunc(w.s.Help, func(c HelpTap) bool { return c.Member == who })
}

// only are the people of whom something is so.
func (w *walk) only(is func(id.Member) bool) (who []id.Member) {
	for _, p := range w.people {
		if is(p) {
			who = append(who, p)
		}
	}
	return who
}

// decide decides a command and says whether it took effect: an answer and a word are no events.
func (w *walk) decide(t *rapid.T, by Actor, c wire.Command, d Deciding) ([]Event, bool) {
	events, err := Decide(w.s, by, c, d)
	if loud := c.Do == "raise" || c.Do == "word" || c.Do == "pulse"; err == nil && loud && by.Guest && w.s.Doorway.Listen {
		t.Fatalf("a guest who only listens did %s", c.Do)
	}
	if err != nil && fault.As(err).Kind == fault.Internal {
		t.Fatalf("%s: %v", c.Do, err)
	}
	took := len(events) > 0
	switch said, kept := c.With.(wire.WordWith); {
	case err != nil:
	case c.Do == "pulse":
		took = true
	case kept:
		if took = !w.s.WordIsKept(w.words, by.Member, c.ID, said.Word); took {
			if err := w.handled(by.Member); err != nil {
				t.Fatal(err)
			}
			w.words = append(w.words, Said{ID: id.New[id.Word](), Member: by.Member, Command: c.ID, Text: said.Word, At: w.now})
		}
	}
	if took {
		w.counselor = by.Facilitator
		w.did[performed(c, by.Facilitator)]++
	}
	return events, took
}

// handled: a person's next word is taken only after every screen has shown the newest one.
func (w *walk) handled(who id.Member) error {
	for _, word := range slices.Backward(w.s.said(w.words)) {
		if word.Member != who {
			continue
		}
		if !slices.Contains(w.s.Voice.Words.Shown, word.ID) || w.s.Voice.Words.Muted[who] {
			return fmt.Errorf("%s sent a word while one waits", who)
		}
		return nil
	}
	return nil
}

// performed names a command in the count; one of both kinds of people is two.
func performed(c wire.Command, facilitator bool) string {
	if c.Spec.Both && facilitator {
		return c.Do + " of a counselor"
	}
	return c.Do
}

// fold applies the events of one move. The next part has words of its own: many, few or none.
func (w *walk) fold(t *rapid.T, events []Event) {
	for _, e := range events {
		next, err := Apply(w.s, e)
		if err := cmp.Or(err, w.spoke.note(w.s, e, w.counselor)); err != nil {
			t.Fatal(err)
		}
		if err := follows(w.s, next, e); err != nil {
			t.Fatal(err)
		}
		w.s = next
		w.did[e.Kind]++
	}
	if w.s.WordsKept() == w.run {
		return
	}
	w.run, w.words = w.s.WordsKept(), nil
	for i := range even(t, "words", 0, 3, 3*wire.WordsShown/2) {
		w.words = append(w.words, Said{ID: id.New[id.Word](), Member: w.people[i%len(w.people)], Text: fmt.Sprintf("calm %d", i)})
	}
}

// untried lists what no walk did: commands without effect and kinds of events that never happened.
func untried(did map[string]int) (missing []string) {
	all := Kinds()
	for do, spec := range wire.Commands() {
		if spec.Ephemeral {
			continue
		}
		all = append(all, do)
		if spec.Both {
			all = append(all, performed(wire.Command{Do: do, Spec: spec}, true))
		}
	}
	for _, name := range all {
		if did[name] == 0 {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}
