package wire

import (
	"slices"

	"amends/roles"
	"amends/server/id"
)

// Every command of the room: one row each, with a struct for its arguments. The frame parser, the front
// end's types, the API document, the permission matrix and the fuzz samples are derived from this
// table. The effects are in package room, under the same names.

// CommandSpec describes one command.
type CommandSpec struct {
	// Needs is the permission that casbin checks. Commands of participants are not for facilitators.
	Needs roles.Permission
	// Both means that a command of participants is for facilitators too.
	Both bool
	// With is an example of the arguments, valid in form and without meaning in any room; its type
	// defines them. Optional arguments have omitempty. Nil means no arguments.
	With any
	// Expects means that the command is meant for the part under way, which it moves or changes: it must
	// name the segment it was decided on.
	Expects bool
	// Ephemeral commands make no event: they only change live counts.
	Ephemeral bool
}

// Commands that other code names: CommandClock asks for the server's time, which every connection may,
// a stage too; CommandPulseClose needs the answers.
const (
	CommandClock      = "clock"
	CommandPulseClose = "pulse_close"
)

// Commands returns the table. A command that is not in it is refused.
func Commands() map[string]CommandSpec {
	facilitate, join := roles.RoomFacilitate, roles.RoomJoin
	return map[string]CommandSpec{
		"open":            {Needs: roles.RoomOpen},
		"start":           {Needs: facilitate},
		"next":            {Needs: facilitate, Expects: true},
		"go":              {Needs: facilitate, Expects: true, With: GoWith{Segment: maxOrder - 1}},
		"extend":          {Needs: facilitate, Expects: true, With: ExtendWith{Seconds: 60}},
		"pause":           {Needs: facilitate},
		"resume":          {Needs: facilitate},
		"end":             {Needs: roles.RoomEnd},
		"calm":            {Needs: facilitate},
		"uncalm":          {Needs: facilitate},
		"lock":            {Needs: facilitate},
		"unlock":          {Needs: facilitate},
		"reorder":         {Needs: facilitate, Expects: true, With: ReorderWith{Order: []int{3, 1, 2}}},
		"skip":            {Needs: facilitate, Expects: true, With: SkipWith{Segment: maxOrder - 1}},
		"admit":           {Needs: facilitate, With: AdmitWith{id.From[id.Member](nobody)}},
		"remove":          {Needs: facilitate, With: RemoveWith{id.From[id.Member](nobody), "safety"}},
		"admit_all":       {Needs: facilitate},
		"admit_by_hand":   {Needs: facilitate, With: AdmitByHandWith{}},
		"guests_listen":   {Needs: facilitate, With: GuestsListenWith{}},
		"remove_since":    {Needs: facilitate, With: RemoveSinceWith{1, "ground_rules"}},
		"readmit":         {Needs: facilitate, With: ReadmitWith{id.From[id.Member](nobody)}},
		"readmit_all":     {Needs: facilitate},
		"take_over":       {Needs: facilitate},
		"handover":        {Needs: facilitate, With: HandoverWith{id.From[id.Member](nobody)}},
		"turn_start":      {Needs: facilitate, With: TurnStartWith{id.From[id.Turn](nobody)}},
		"turn_pause":      {Needs: facilitate},
		"turn_close":      {Needs: facilitate},
		"turn_end":        {Needs: facilitate},
		"turn_undo":       {Needs: facilitate},
		"queue_round":     {Needs: facilitate},
		"queue_move":      {Needs: facilitate, With: QueueMoveWith{id.From[id.Turn](nobody), 9, "asked"}},
		"queue_add":       {Needs: facilitate, With: QueueAddWith{id.From[id.Member](nobody)}},
		"queue_open":      {Needs: facilitate},
		"queue_close":     {Needs: facilitate},
		"pulse_open":      {Needs: facilitate, With: PulseOpenWith{Kind: PulseScale, Tag: PulseStart}},
		CommandPulseClose: {Needs: facilitate},
		"pulse_show":      {Needs: facilitate, With: PulseShowWith{}},
		"pulse":           {Needs: join, With: PulseWith{id.From[id.Pulse](nobody), 7}},
		"note":            {Needs: facilitate, With: NoteWith{"Tea is here"}},
		"word":            {Needs: join, With: WordWith{"hopeful"}},
		"word_show":       {Needs: facilitate, With: WordShowWith{Said: []id.Word{id.From[id.Word](nobody)}}},
		"word_mute":       {Needs: facilitate, With: WordMuteWith{Member: id.From[id.Member](nobody)}},
		"word_open":       {Needs: facilitate},
		"word_close":      {Needs: facilitate},
		"ready":           {Needs: join, With: ReadyWith{}},
		"ready_reset":     {Needs: facilitate},
		"help":            {Needs: join},
		"help_take":       {Needs: facilitate, With: HelpTakeWith{id.From[id.HelpTap](nobody)}},
		"help_done":       {Needs: facilitate, With: HelpDoneWith{id.From[id.HelpTap](nobody)}},
		// For a facilitator the previous part, with an expectation; for a participant "I am back".
		"back":       {Needs: join, Both: true},
		"away":       {Needs: join},
		"raise":      {Needs: join},
		"lower":      {Needs: join},
		"pass":       {Needs: join},
		"here":       {Needs: join, With: HereWith{"Kitchen"}},
		"talk_after": {Needs: join, With: TalkAfterWith{}},
		"talk_done":  {Needs: facilitate, With: TalkDoneWith{id.From[id.Member](nobody)}},
		"check_done": {Needs: facilitate, With: CheckDoneWith{id.From[id.Member](nobody)}},
		"caught_up":  {Needs: join},
		"trios":      {Needs: facilitate},
		"trio_round": {Needs: facilitate, With: TrioRoundWith{}},
		CommandClock: {Needs: join, Ephemeral: true},
		"status":     {Needs: join, Ephemeral: true, With: StatusWith{Writing: true}},
	}
}

// nobody is the identifier in the examples; it belongs to nothing.
var nobody = [16]byte{0x01, 0x9a, 0xc7, 0xf0, 6: 0x70, 8: 0x80, 15: 0x01}

// The arguments of the commands. Types define identifiers and choices; check has the other rules. An
// absent On means true.
type (
	// GoWith is the number of a part in the plan, which does not change with the order.
	GoWith struct {
		Segment int `json:"segment"`
	}
	// ExtendWith extends the timer by one or five minutes.
	ExtendWith struct {
		Seconds int `json:"seconds"`
	}
	// ReorderWith has the numbers of all parts still to come, in their new order.
	ReorderWith struct {
		Order []int `json:"order"`
	}
	// SkipWith skips a part or unskips it.
	SkipWith struct {
		Segment int   `json:"segment"`
		On      *bool `json:"on,omitempty"`
	}
	// AdmitWith is a person at the door.
	AdmitWith struct {
		Member id.Member `json:"member"`
	}
	// RemoveWith is the person to remove, and the reason.
	RemoveWith struct {
		Member id.Member    `json:"member"`
		Reason RemoveReason `json:"reason"`
	}
	// AdmitByHandWith lets new guests wait at the door until a facilitator lets them in, or ends that.
	AdmitByHandWith struct {
		On *bool `json:"on,omitempty"`
	}
	// GuestsListenWith lets guests only listen, or ends that.
	GuestsListenWith struct {
		On *bool `json:"on,omitempty"`
	}
	// RemoveSinceWith removes all guests who came since a time, in unix milliseconds.
	RemoveSinceWith struct {
		Since  int          `json:"since"`
		Reason RemoveReason `json:"reason"`
	}
	// ReadmitWith is a removed person who may come back.
	ReadmitWith struct {
		Member id.Member `json:"member"`
	}
	// HandoverWith is the new lead.
	HandoverWith struct {
		Member id.Member `json:"member"`
	}
	// TurnStartWith is the turn to start; absent means the first in the queue.
	TurnStartWith struct {
		Turn id.Turn `json:"turn,omitzero"`
	}
	// QueueMoveWith moves a turn to a position in the queue, 1 for the first.
	QueueMoveWith struct {
		Turn   id.Turn    `json:"turn"`
		To     int        `json:"to"`
		Reason MoveReason `json:"reason"`
	}
	// QueueAddWith adds a person to the queue who has no phone at hand.
	QueueAddWith struct {
		Member id.Member `json:"member"`
	}
	// PulseOpenWith is a question; Words are for the kind words, and never in an event.
	PulseOpenWith struct {
		Kind  PulseKind `json:"kind"`
		Words []string  `json:"words,omitempty"`
		Tag   PulseTag  `json:"tag"`
	}
	// PulseShowWith shows or hides the last result.
	PulseShowWith struct {
		On *bool `json:"on,omitempty"`
	}
	// PulseWith is an answer. It never makes an event.
	PulseWith struct {
		Pulse id.Pulse `json:"pulse"`
		Value int      `json:"value"`
	}
	// NoteWith is a note for all phones; an absent text removes it. The text is never in an event.
	NoteWith struct {
		Text string `json:"text,omitempty"`
	}
	// WordWith is a check-in word. It never makes an event.
	WordWith struct {
		Word string `json:"word"`
	}
	// WordShowWith lists check-in words to show or hide.
	WordShowWith struct {
		Said []id.Word `json:"said"`
		On   *bool     `json:"on,omitempty"`
	}
	// WordMuteWith is the person whose words to mute or to unmute.
	WordMuteWith struct {
		Member id.Member `json:"member"`
		On     *bool     `json:"on,omitempty"`
	}
	// ReadyWith marks the person as ready or not ready.
	ReadyWith struct {
		On *bool `json:"on,omitempty"`
	}
	// HelpTakeWith is the help tap to take.
	HelpTakeWith struct {
		Tap id.HelpTap `json:"tap"`
	}
	// HelpDoneWith is the help tap to close.
	HelpDoneWith struct {
		Tap id.HelpTap `json:"tap"`
	}
	// HereWith is the person's location. It is never in an event, but in a table of its own for 24
	// hours.
	HereWith struct {
		Whereabouts string `json:"whereabouts,omitempty"`
	}
	// TalkAfterWith asks to talk after the meeting, or withdraws that.
	TalkAfterWith struct {
		On *bool `json:"on,omitempty"`
	}
	// TalkDoneWith is the person who was talked to.
	TalkDoneWith struct {
		Member id.Member `json:"member"`
	}
	// CheckDoneWith is the person who was looked after.
	CheckDoneWith struct {
		Member id.Member `json:"member"`
	}
	// TrioRoundWith is the practice round that the facilitator saw.
	TrioRoundWith struct {
		Round *int `json:"round,omitempty"`
	}
	// StatusWith is the activity of a person's page; only counts of it leave the node.
	StatusWith struct {
		Writing bool `json:"writing"`
		Saved   bool `json:"saved"`
	}
)

// maxOrder is the most parts that an order can have; no agenda has more.
const maxOrder = 30

// latest is a time that no meeting reaches, in unix milliseconds.
const latest = 1 << 43

func (w *GoWith) check(p *parser) { p.between("with.segment", w.Segment, 0, maxOrder-1) }

func (w *SkipWith) check(p *parser) { p.between("with.segment", w.Segment, 0, maxOrder-1) }

func (w *ExtendWith) check(p *parser) {
	p.Must(w.Seconds == 60 || w.Seconds == 300, "with.seconds", "is 60 or 300")
}

// check refuses an order with a part twice.
func (w *ReorderWith) check(p *parser) {
	seen := map[int]bool{}
	ok := len(w.Order) <= maxOrder
	for _, part := range w.Order {
		ok = ok && part >= 0 && part < maxOrder && !seen[part]
		seen[part] = true
	}
	p.Must(ok, "with.order", "does not name parts of an agenda, each once")
}

func (w *RemoveSinceWith) check(p *parser) {
	p.Must(w.Since > 0 && w.Since < latest, "with.since", "is not a time in milliseconds")
}

func (w *QueueMoveWith) check(p *parser) { p.between("with.to", w.To, 1, 500) }

func (w *PulseOpenWith) check(p *parser) {
	p.Must((w.Kind == PulseWords) == (w.Words != nil), "with.words", "belongs to the kind words and to no other")
	if w.Words != nil {
		w.Words = pulseWords(p, w.Words)
	}
}

func (w *PulseWith) check(p *parser) { p.between("with.value", w.Value, 0, 10) }

func (w *NoteWith) check(p *parser) {
	if w.Text != "" {
		w.Text = p.text("with.text", w.Text, 1, MaxNote)
	}
}

func (w *WordWith) check(p *parser) { w.Word = checkIn(p, w.Word) }

func (w *WordShowWith) check(p *parser) {
	p.Must(len(w.Said) <= WordsShown, "with.said", "names more words than a screen shows")
	for i, word := range w.Said {
		p.Must(!word.IsZero() && !slices.Contains(w.Said[:i], word), "with.said", "does not name words, each once")
	}
}

func (w *HereWith) check(p *parser) {
	if w.Whereabouts != "" {
		w.Whereabouts = p.text("with.whereabouts", w.Whereabouts, 1, MaxWhereabouts)
	}
}

func (w *TrioRoundWith) check(p *parser) {
	if w.Round != nil {
		p.between("with.round", *w.Round, 1, MaxRounds)
	}
}

// On reads an optional flag; absent means true.
func On(given *bool) bool { return given == nil || *given }

// MoveReason is why a counselor moves a person in the queue.
type MoveReason string

func (MoveReason) choices() []string {
	return []string{"asked", "has_to_leave", "not_ready", "first_time", "other"}
}

// RemoveReason is why a person is removed from a workshop.
type RemoveReason string

func (RemoveReason) choices() []string {
	return []string{"asked", "ground_rules", "safety", "wrong_room", "other"}
}

func (PulseKind) choices() []string {
	return []string{string(PulseScale), string(PulseWords), string(PulseReplies)}
}

func (PulseTag) choices() []string {
	return []string{string(PulseStart), string(PulseEnd), string(PulseOther)}
}
