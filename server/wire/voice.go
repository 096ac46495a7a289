package wire

// Voices of the room: pulses, check-in words, notes, and taking a turn back. Answers to a pulse
// are never shown one by one, nor counted before it closes, nor at all below PulseFloor.

// Limits of what is said.
const (
	MaxNote      = 240
	MaxWord      = 24
	MinPulseWord = 2
	MaxPulseWord = 6
	// PulseFloor is the least number of answers whose counts are shown to anybody.
	PulseFloor = 5
	// WordShownMs is how long a check-in word stays on screens.
	WordShownMs = 20_000
	// WordsShown is how many check-in words a screen shows at most; newer ones push out the oldest.
	WordsShown = 12
	// UndoMs is how long a turn can be taken back.
	UndoMs = 15_000
)

// PulseKind is what a pulse asks for.
type PulseKind string

// The kinds: 0 to 10, own words of the counselor, or the four replies to an amends.
const (
	PulseScale   PulseKind = "scale"
	PulseWords   PulseKind = "words"
	PulseReplies PulseKind = "replies"
)

// PulseTag says what a pulse is compared with after the end.
type PulseTag string

// The tags.
const (
	PulseStart PulseTag = "start"
	PulseEnd   PulseTag = "end"
	PulseOther PulseTag = "other"
)

// PulseResult is how a pulse ended.
type PulseResult string

// The results: still open, counts to show, too few answers to show any, answers lost.
const (
	PulseOpen   PulseResult = "open"
	PulseCounts PulseResult = "counts"
	PulseFew    PulseResult = "few"
	PulseLost   PulseResult = "lost"
)

// PulseView is one pulse. Counts has one number per option when Result is counts, else none;
// Words are those a counselor typed, for the kind words only.
type PulseView struct {
	Pulse  string      `json:"pulse"`
	Kind   PulseKind   `json:"kind"`
	Tag    PulseTag    `json:"tag"`
	Words  []string    `json:"words"`
	Result PulseResult `json:"result"`
	Counts []int       `json:"counts"`
	// Shown says that the result is on the stage and on the phones.
	Shown bool `json:"shown"`
}

// RoomWord is a check-in word of somebody in the room: shown for a while, kept nowhere. ID is the
// word's own, so that a device which hears it twice shows it once.
type RoomWord struct {
	ID    string `json:"id"`
	Word  string `json:"word"`
	ForMs int64  `json:"for_ms"`
}

// TurnUndo says what can be taken back until when: a turn that began or one that ended.
type TurnUndo struct {
	Ended bool   `json:"ended"`
	Name  string `json:"name"`
	Until int64  `json:"until"`
}
