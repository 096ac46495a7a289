package room

import (
	"maps"
	"slices"
	"time"

	"amends/server/agenda"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// Check-in words. The rules: a word first goes to the counselors, with its author; the stage and the
// phones get it only while a counselor shows it, and never with its author. Which words are shown, and
// whether words are accepted, are events; they contain the word's id and no person. The texts are in a
// separate store that deletes them. Every part starts with an empty list. A person has one word at a
// time: the next is refused while the newest is not shown, on whatever device, so that no word takes the
// place of another under a counselor's finger. The words of a person who is removed or says goodbye are
// excluded by the state itself, even when the store fails to delete them.

// Faults of words.
var (
	ErrWordNow   = fault.New(fault.Conflict, "word.not_now", "Words are for the parts where people check in or out.")
	ErrWordsOff  = fault.New(fault.Conflict, "word.off", "Words are switched off in this room.")
	ErrWordWaits = fault.New(fault.Conflict, "word.waits", "Your counselor has your word already.")
	ErrWordsFull = fault.New(fault.Conflict, "word.full", "There are enough words for now.")
	ErrWordsAway = fault.New(fault.Unavailable, "word.away", "This cannot be kept right now. Please try again.")
)

// Said is a check-in word with its author; Command is the id of the command that brought it.
type Said struct {
	ID      id.Word
	Member  id.Member
	Command id.Command
	Text    string
	At      time.Time
}

// Words is the state of check-in words. Run identifies the list of the current part: the number of the
// event that began the part, 0 before the first. Shown is in the order of showing. Out is when each
// person was removed or said goodbye in this part. Muted are people whose words no screen shows, in this
// part and the next ones.
type Words struct {
	Off   bool
	Run   int64
	Shown []id.Word
	Out   map[id.Member]time.Time
	Muted map[id.Member]bool
}

func (w Words) clone() Words {
	w.Shown, w.Out, w.Muted = slices.Clone(w.Shown), maps.Clone(w.Out), maps.Clone(w.Muted)
	return w
}

// WordsKept identifies the list of words of the current part, whether words are on or off; 0 when the
// part has no words.
func (s State) WordsKept() int64 {
	segment, ok := s.Current()
	live := s.Phase == wire.RoomRunning || s.Phase == wire.RoomPaused
	if !ok || !live || segment.Type != agenda.CheckIn && segment.Type != agenda.CheckOut {
		return 0
	}
	return s.Voice.Words.Run
}

// WordRun identifies the list of words that is visible now; 0 for none.
func (s State) WordRun() int64 {
	if s.Voice.Words.Off {
		return 0
	}
	return s.WordsKept()
}

var wordRules = map[string]rule{
	"word":       with(builder.say).aloud(),
	"word_show":  with(builder.showWords),
	"word_open":  plain(builder.openWords),
	"word_close": plain(builder.closeWords),
}

func (b builder) openWords() ([]Event, error) {
	if b.s.Phase == wire.RoomScheduled {
		return nil, ErrNotNow
	}
	return b.unless(!b.s.Voice.Words.Off, WordsOpened, Data{})
}

func (b builder) closeWords() ([]Event, error) {
	if b.s.Phase == wire.RoomScheduled {
		return nil, ErrNotNow
	}
	return b.unless(b.s.Voice.Words.Off, WordsClosed, Data{})
}

// say checks a word against the limits. It makes no event: the caller stores the word, unless
// WordIsKept.
func (b builder) say(w wire.WordWith) ([]Event, error) {
	s, me, waits := b.s, b.by.Member, false
	list := s.said(b.d.Said)
	for _, w := range list {
		if w.Member == me {
			waits = !s.Voice.Words.shows(w)
		}
	}
	switch {
	case !s.Present(me):
		return nil, ErrNotHere
	case s.Voice.Words.Off:
		return nil, ErrWordsOff
	case s.WordRun() == 0 || s.Calm || s.Holding:
		return nil, ErrWordNow
	case b.d.SaidAway:
		return nil, ErrWordsAway
	case s.WordIsKept(b.d.Said, me, b.c.ID, w.Word):
		return nil, nil
	case waits:
		return nil, ErrWordWaits
	case len(s.Voice.Words.heard(list)) >= wire.WordsSaid:
		return nil, ErrWordsFull
	}
	return nil, nil
}

// WordIsKept reports whether a word is stored already: under the same command (a retry), or with the
// same text by the same person (a retry under a new command, after the answer was lost).
func (s State) WordIsKept(words []Said, who id.Member, command id.Command, text string) bool {
	same := func(w Said) bool { return w.Member == who && w.Command == command }
	again := func(w Said) bool { return w.Member == who && w.Text == text }
	return slices.ContainsFunc(words, same) || slices.ContainsFunc(s.said(words), again)
}

// showWords shows words of the list, or hides shown ones. Hiding does not need the list, so it works
// while the store is away. Muted people's words are not in the list that can be shown.
func (b builder) showWords(w wire.WordShowWith) ([]Event, error) {
	on := wire.On(w.On)
	if b.s.WordRun() == 0 {
		return nil, ErrWordNow
	}
	if on && b.d.SaidAway {
		return nil, ErrWordsAway
	}
	list := b.s.Voice.Words.heard(b.s.said(b.d.Said))
	var events []Event
	known := false
	for _, word := range w.Said {
		shown := slices.Contains(b.s.Voice.Words.Shown, word)
		there := slices.ContainsFunc(list, func(in Said) bool { return in.ID == word })
		known = known || there
		switch {
		case !on && shown:
			events = append(events, b.one(WordHidden, Data{Word: word})...)
		case on && there && !shown:
			events = append(events, b.one(WordShown, Data{Word: word})...)
		}
	}
	if on && !known {
		return nil, ErrNoSuch
	}
	return events, nil
}

// said leaves out the words of people who were removed or said goodbye; of a person who came back, the
// newer words remain. A word that a person sent twice appears once: the shown copy, otherwise the first.
func (s State) said(words []Said) []Said {
	var in []Said
	for _, w := range words {
		at, out := s.Voice.Words.Out[w.Member]
		if s.Removed(w.Member) || out && !(s.Present(w.Member) && w.At.After(at)) {
			continue
		}
		before := slices.IndexFunc(in, func(one Said) bool { return one.Member == w.Member && one.Text == w.Text })
		switch {
		case before < 0:
			in = append(in, w)
		case slices.Contains(s.Voice.Words.Shown, w.ID) && !slices.Contains(s.Voice.Words.Shown, in[before].ID):
			in[before] = w
		}
	}
	return in
}

// mayHaveWords reports whether the current list may have words of this person.
func (s State) mayHaveWords(who id.Member) bool {
	_, came := s.People[who]
	_, out := s.Voice.Words.Out[who]
	return came && !out && s.WordsKept() > 0
}

// Events of check-in words.
const (
	WordShown   = "word.shown"
	WordHidden  = "word.hidden"
	WordsOpened = "words.opened"
	WordsClosed = "words.closed"
)

var wordKinds = map[string]kind{
	WordShown:   {apply: (*State).wordShown},
	WordHidden:  {apply: func(s *State, e Event) { s.Voice.Words.hide(e.Data.Word) }},
	WordsOpened: {apply: func(s *State, _ Event) { s.Voice.Words.Off = false }},
	// Switching off also hides: when words are opened again, none is shown until a counselor shows it.
	WordsClosed: {apply: func(s *State, _ Event) { s.Voice.Words.Off, s.Voice.Words.Shown = true, nil }},
}

func (s *State) wordShown(e Event) {
	w := &s.Voice.Words
	w.hide(e.Data.Word)
	w.Shown = append(w.Shown, e.Data.Word)
	if more := len(w.Shown) - wire.WordsShown; more > 0 {
		w.Shown = slices.Delete(w.Shown, 0, more)
	}
}

func (w *Words) hide(which id.Word) {
	w.Shown = slices.DeleteFunc(w.Shown, func(one id.Word) bool { return one == which })
}

// followWords starts an empty list with each part, and records people whose words are excluded.
func (s *State) followWords(e Event) {
	w := &s.Voice.Words
	switch e.Kind {
	case Advanced:
		w.Run, w.Shown, w.Out = s.Seq, nil, nil
	case Ended:
		w.Run, w.Shown, w.Out, w.Muted = 0, nil, nil, nil
	case Removed:
		w.leave(e)
	case Left:
		if e.Data.Goodbye { // absent in events of older builds
			w.leave(e)
		}
	}
}

func (w *Words) leave(e Event) {
	if w.Out == nil {
		w.Out = map[id.Member]time.Time{}
	}
	w.Out[e.Data.Member] = e.At
}

// saidNow returns the words of the visible list, or nil when the names hold another list.
func saidNow(s State, names Names) []Said {
	if run := s.WordRun(); run == 0 || run != names.SaidRun {
		return nil
	}
	return s.said(names.Said)
}

// wordsOf adds check-in words to the views. While calm or holding covers the room, no word is shown.
func wordsOf(v *Views, s State, names Names) {
	shown, all := []wire.RoomWord{}, saidNow(s, names)
	v.Facilitator.Said = []wire.SaidRow{}
	for _, w := range all {
		row := wire.SaidRow{ID: w.ID.String(), Word: w.Text, Member: w.Member.String(), Name: names.Of[w.Member], Shown: s.Voice.Words.shows(w)}
		// The name of a newcomer is read slightly later; until then the list leaves the word out, so
		// that counselors never see one without its author.
		if row.Name != "" || row.Shown {
			v.Facilitator.Said = append(v.Facilitator.Said, row)
		}
	}
	for _, word := range s.Voice.Words.Shown {
		at := slices.IndexFunc(all, func(w Said) bool { return w.ID == word })
		if at >= 0 && s.Voice.Words.shows(all[at]) && !s.Calm && !s.Holding {
			shown = append(shown, wire.RoomWord{ID: word.String(), Word: all[at].Text})
		}
	}
	v.Facilitator.Words, v.Participant.Words, v.Stage.Words = shown, shown, shown
	v.Facilitator.Muted = mutedOf(s, names)
	v.Facilitator.WordsAway = names.SaidAway && s.WordRun() != 0
	v.Facilitator.WordsOpen, v.Participant.WordsOpen = !s.Voice.Words.Off, !s.Voice.Words.Off
}

// wordOf sets the status of the person's newest word.
func wordOf(me *wire.RoomMe, s State, who id.Member, names Names) {
	for _, w := range saidNow(s, names) {
		if w.Member != who {
			continue
		}
		if me.Word = "waiting"; s.Voice.Words.shows(w) {
			me.Word = "shown"
		}
	}
}
