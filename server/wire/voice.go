package wire

// Pulses, check-in words, notes, and undoing a turn. Answers to a pulse are never shown one by one,
// never counted before it closes, and not shown at all below PulseFloor. A check-in word goes to the
// counselors with its author; others get it only when a counselor shows it, without the author.

// Limits of pulses and words.
const (
	MaxNote      = 240
	MaxWord      = 24
	MinPulseWord = 2
	MaxPulseWord = 6
	// PulseFloor is the smallest number of answers whose counts are shown to anybody.
	PulseFloor = 5
	// WordsShown is the most check-in words on a screen; newer ones displace the oldest.
	WordsShown = 12
	// WordsSaid is the most words in the counselors' list of one part, without those of muted people.
	WordsSaid = 100
	// UndoMs is how long a turn can be undone.
	UndoMs = 15_000
)

// PulseKind is the kind of question of a pulse.
type PulseKind string

// The kinds: a scale of 0 to 10, options typed by the counselor, or the four replies to an amends.
const (
	PulseScale   PulseKind = "scale"
	PulseWords   PulseKind = "words"
	PulseReplies PulseKind = "replies"
)

// PulseTag says which pulses are compared after the end.
type PulseTag string

// The tags.
const (
	PulseStart PulseTag = "start"
	PulseEnd   PulseTag = "end"
	PulseOther PulseTag = "other"
)

// PulseResult is the outcome of a pulse.
type PulseResult string

// The results: still open, counts to show, too few answers to show any, answers lost.
const (
	PulseOpen   PulseResult = "open"
	PulseCounts PulseResult = "counts"
	PulseFew    PulseResult = "few"
	PulseLost   PulseResult = "lost"
)

// PulseView is one pulse. Counts has one number per option when Result is counts, otherwise it is
// empty; Words are the options of the kind words.
type PulseView struct {
	Pulse  string      `json:"pulse" is:"id"`
	Kind   PulseKind   `json:"kind"`
	Tag    PulseTag    `json:"tag"`
	Words  []string    `json:"words" is:"text"`
	Result PulseResult `json:"result"`
	Counts []int       `json:"counts" is:"rare"`
	// Shown means that the stage and the phones show the result.
	Shown bool `json:"shown" is:"rare"`
}

// RoomWord is a check-in word on the stage and the phones, without its author. ID is random, so it
// reveals neither the author nor the time.
type RoomWord struct {
	ID   string `json:"id" is:"id"`
	Word string `json:"word" is:"text"`
}

// SaidRow is a check-in word as counselors see it, with its author.
type SaidRow struct {
	ID     string `json:"id" is:"id"`
	Word   string `json:"word" is:"text"`
	Member string `json:"member" is:"person"`
	Name   string `json:"name" is:"name"`
	// Shown means that the stage and the phones show it.
	Shown bool `json:"shown"`
}

// MutedRow is a person whose check-in words no screen shows.
type MutedRow struct {
	Member string `json:"member" is:"person"`
	Name   string `json:"name" is:"name"`
}

// TurnUndo says which start or end of a turn can be undone, and until when.
type TurnUndo struct {
	Ended bool   `json:"ended"`
	Name  string `json:"name" is:"name"`
	Until int64  `json:"until"`
}
