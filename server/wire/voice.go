package wire

// Voices of the room: pulses, check-in words, notes, and taking a turn back. Answers to a pulse
// are never shown one by one, nor counted before it closes, nor at all below PulseFloor. A
// check-in word goes to the counselors with its author, and to others only once they show it,
// without.

// Limits of what is said.
const (
	MaxNote      = 240
	MaxWord      = 24
	MinPulseWord = 2
	MaxPulseWord = 6
	// PulseFloor is the least number of answers whose counts are shown to anybody.
	PulseFloor = 5
	// WordsShown is how many check-in words a screen shows at most; newer ones push out the oldest.
	WordsShown = 12
	// WordsSaid is how many words of one part the counselors' list holds, WordsEach how many of
	// one person; WordEveryMs is how far apart those are.
	WordsSaid   = 100
	WordsEach   = 3
	WordEveryMs = 3_000
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

// RoomWord is a check-in word as the stage and the phones see it: nobody's. ID is the word's own,
// drawn at random: it tells neither whose it is nor when it came.
type RoomWord struct {
	ID   string `json:"id"`
	Word string `json:"word"`
}

// SaidRow is a check-in word as counselors see it: with who said it.
type SaidRow struct {
	ID     string `json:"id"`
	Word   string `json:"word"`
	Member string `json:"member"`
	Name   string `json:"name"`
	// Shown says that it is among the words that the stage and the phones show.
	Shown bool `json:"shown"`
}

// TurnUndo says what can be taken back until when: a turn that began or one that ended.
type TurnUndo struct {
	Ended bool   `json:"ended"`
	Name  string `json:"name"`
	Until int64  `json:"until"`
}
