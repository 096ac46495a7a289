package room

import (
	"slices"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"
)

// Pulses and notes. The rules: one pulse is open at a time; individual answers are neither in events
// nor in this state; a closed pulse has counts, or, below wire.PulseFloor, only "too few" (not even the
// number). A result is shown to the room only when a counselor shows it, and until the next part. Texts
// are stored beside the events: a view shows a note's text only when it belongs to the current note.

// Faults of pulses.
var (
	ErrPulseOpen = fault.New(fault.Conflict, "pulse.open", "A question is open already. Close it first.")
	ErrNoPulse   = fault.New(fault.Conflict, "pulse.none", "This question is closed.")
	ErrPulseFew  = fault.New(fault.Conflict, "pulse.few", "There are too few answers to show.")
	ErrPulseMany = fault.New(fault.Conflict, "pulse.many", "There have been enough questions in this workshop.")
)

// MaxPulses bounds the pulses of one workshop.
const MaxPulses = 20

// Pulse is one question to the room. Counts is set only when Result is wire.PulseCounts.
type Pulse struct {
	ID      id.Pulse
	Kind    wire.PulseKind
	Tag     wire.PulseTag
	Options int
	Result  wire.PulseResult
	Counts  []int
	Shown   bool
}

// Voice is the state of pulses, note, words and undo. TextSeq is the number of the newest event whose
// text is stored beside the events.
type Voice struct {
	Pulses  []Pulse
	Note    id.Note
	TextSeq int64
	Undo    *Undo
	Words   Words
}

func (v Voice) clone() Voice {
	v.Pulses, v.Words = slices.Clone(v.Pulses), v.Words.clone()
	return v
}

// Open returns the pulse that can be answered now, nil for none.
func (v Voice) Open() *Pulse {
	if n := len(v.Pulses); n > 0 && v.Pulses[n-1].Result == wire.PulseOpen {
		return &v.Pulses[n-1]
	}
	return nil
}

var voiceRules = map[string]rule{
	"pulse_open":  with(builder.openPulse).underWay(),
	"pulse_close": plain(builder.closePulse).underWay(),
	"pulse_show":  with(builder.showPulse).underWay(),
	"pulse":       with(builder.answerPulse).underWay().aloud(),
	"note":        with(builder.note),
}

func (b builder) openPulse(w wire.PulseOpenWith) ([]Event, error) {
	switch {
	case b.s.Voice.Open() != nil:
		return nil, ErrPulseOpen
	case len(b.s.Voice.Pulses) >= MaxPulses:
		return nil, ErrPulseMany
	}
	options := map[wire.PulseKind]int{wire.PulseScale: 11, wire.PulseReplies: 4, wire.PulseWords: len(w.Words)}[w.Kind]
	return b.one(PulseOpened, Data{Pulse: b.d.NewPulse(), Kind: w.Kind, Tag: w.Tag, Options: options}), nil
}

// answerPulse only checks. An answer makes no event; the caller stores it until the pulse closes.
func (b builder) answerPulse(w wire.PulseWith) ([]Event, error) {
	switch open := b.s.Voice.Open(); {
	case open == nil:
		return nil, ErrNoPulse
	case !b.s.Present(b.by.Member):
		return nil, ErrNotHere
	case w.Pulse != open.ID:
		return nil, ErrNoPulse
	case w.Value >= open.Options:
		return nil, ErrNoSuch
	}
	return nil, nil
}

// closePulse stores the counts in the event, or only the reason why there are none.
func (b builder) closePulse() ([]Event, error) {
	open := b.s.Voice.Open()
	if open == nil {
		return nil, ErrNoPulse
	}
	data, all := Data{Pulse: open.ID, Reason: string(wire.PulseCounts), Counts: make([]int, open.Options)}, 0
	for option, n := range b.d.Answers {
		if option >= 0 && option < open.Options {
			data.Counts[option] = n
			all += n
		}
	}
	switch {
	case b.d.AnswersLost:
		data.Reason, data.Counts = string(wire.PulseLost), nil
	case all < wire.PulseFloor:
		data.Reason, data.Counts = string(wire.PulseFew), nil
	}
	return b.one(PulseClosed, data), nil
}

func (b builder) showPulse(w wire.PulseShowWith) ([]Event, error) {
	n, on := len(b.s.Voice.Pulses), wire.On(w.On)
	if n == 0 {
		return nil, ErrNoPulse
	}
	last := b.s.Voice.Pulses[n-1]
	switch {
	case on == last.Shown:
		return nil, nil
	case !on:
		return b.one(PulseHidden, Data{Pulse: last.ID}), nil
	case last.Result == wire.PulseOpen:
		return nil, ErrPulseOpen
	case last.Result != wire.PulseCounts:
		return nil, ErrPulseFew
	}
	return b.one(PulseShown, Data{Pulse: last.ID}), nil
}

func (b builder) note(w wire.NoteWith) ([]Event, error) {
	switch {
	case b.s.Phase == wire.RoomScheduled:
		return nil, ErrNotNow
	case w.Text != "":
		return b.one(NoteSet, Data{Note: b.d.NewNote()}), nil
	}
	return b.unless(b.s.Voice.Note.IsZero(), NoteGone, Data{Note: b.s.Voice.Note})
}

// Events of pulses and notes.
const (
	PulseOpened = "pulse.opened"
	PulseClosed = "pulse.closed"
	PulseShown  = "pulse.shown"
	PulseHidden = "pulse.hidden"
	NoteSet     = "note.set"
	NoteGone    = "note.withdrawn"
)

var voiceKinds = map[string]kind{
	PulseOpened: {apply: (*State).pulseOpened},
	PulseClosed: {apply: asked(func(p *Pulse, e Event) { p.Result, p.Counts = wire.PulseResult(e.Data.Reason), e.Data.Counts })},
	PulseShown:  {apply: asked(func(p *Pulse, _ Event) { p.Shown = true })},
	PulseHidden: {apply: asked(func(p *Pulse, _ Event) { p.Shown = false })},
	NoteSet:     {apply: func(s *State, e Event) { s.Voice.Note, s.Voice.TextSeq = e.Data.Note, s.Seq }},
	NoteGone:    {apply: func(s *State, _ Event) { s.Voice.Note = id.Note{} }},
}

func (s *State) pulseOpened(e Event) {
	v := &s.Voice
	v.hide()
	v.Pulses = append(v.Pulses, Pulse{ID: e.Data.Pulse, Kind: e.Data.Kind, Tag: e.Data.Tag, Options: e.Data.Options, Result: wire.PulseOpen})
	if e.Data.Kind == wire.PulseWords {
		v.TextSeq = s.Seq
	}
}

// asked wraps a change of an existing pulse; an event for an unknown pulse changes nothing.
func asked(change func(*Pulse, Event)) func(*State, Event) {
	return func(s *State, e Event) {
		if at := slices.IndexFunc(s.Voice.Pulses, func(p Pulse) bool { return p.ID == e.Data.Pulse }); at >= 0 {
			change(&s.Voice.Pulses[at], e)
		}
	}
}

func (v *Voice) hide() {
	for i := range v.Pulses {
		v.Pulses[i].Shown = false
	}
}

// followVoice hides a shown result at the next part. The end of a room also removes the note, and an
// open pulse, whose answers are never counted.
func (s *State) followVoice(old before, e Event) {
	s.followUndo(old, e)
	s.followWords(e)
	if e.Kind == Advanced || e.Kind == Ended {
		s.Voice.hide()
	}
	if e.Kind == Ended {
		s.Voice.Note = id.Note{}
		if s.Voice.Open() != nil {
			s.Voice.Pulses = s.Voice.Pulses[:len(s.Voice.Pulses)-1]
		}
	}
}

func (p Pulse) view(names Names) wire.PulseView {
	v := wire.PulseView{Pulse: p.ID.String(), Kind: p.Kind, Tag: p.Tag, Words: []string{}, Result: p.Result, Counts: []int{}, Shown: p.Shown}
	v.Words, v.Counts = append(v.Words, names.Words[p.ID]...), append(v.Counts, p.Counts...)
	return v
}

// voicesOf adds pulses, words and the note to the views. The stage does not get the note, which is for
// phones.
func voicesOf(v *Views, s State, names Names) {
	wordsOf(v, s, names)
	v.Facilitator.Undo, v.Facilitator.Pulses = undoOf(s, names), []wire.PulseView{}
	for i, p := range s.Voice.Pulses {
		// The texts may arrive after the state; until then show no pulse rather than a question without
		// options.
		if p.Kind == wire.PulseWords && len(names.Words[p.ID]) == 0 {
			continue
		}
		shown := p.view(names)
		if p.Result != wire.PulseOpen {
			v.Facilitator.Pulses = append(v.Facilitator.Pulses, shown)
		}
		if i < len(s.Voice.Pulses)-1 {
			continue
		}
		v.Facilitator.Pulse = &shown
		if p.Result == wire.PulseOpen || p.Shown {
			v.Participant.Pulse, v.Stage.Pulse = &shown, &shown
		}
	}
	if !s.Voice.Note.IsZero() && names.NoteID == s.Voice.Note {
		v.Facilitator.Note, v.Participant.Note = names.Note, names.Note
	}
}
