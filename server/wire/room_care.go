package wire

// Care for single people in the room, and practice groups. Where a person is goes to the
// facilitators only; who is in a person's group goes to that person and the facilitators.

// MaxWhereabouts is how many characters an answer to "where are you now" may have.
const MaxWhereabouts = 80

// MaxRounds is how many rounds practice groups can have: each person of a group speaks once.
const MaxRounds = 4

// CheckWhy is why somebody should look after a person.
type CheckWhy string

// The reasons: their phone went quiet while they spoke, or after they asked for help.
const (
	CheckShare CheckWhy = "share"
	CheckHelp  CheckWhy = "help"
)

// CheckCard asks the facilitators to look after one person. At is when their phone went quiet.
type CheckCard struct {
	Member      string   `json:"member"`
	Name        string   `json:"name"`
	Why         CheckWhy `json:"why"`
	At          int64    `json:"at"`
	Whereabouts string   `json:"whereabouts,omitempty"`
}

// TalkRow is one person who asked to talk after the meeting.
type TalkRow struct {
	Member string `json:"member"`
	Name   string `json:"name"`
	At     int64  `json:"at"`
	Done   bool   `json:"done"`
}

// CatchUp says privately where the room is: the part, since when, and what came before.
type CatchUp struct {
	Part    int      `json:"part"`
	BeganAt int64    `json:"began_at"`
	Before  []string `json:"before"`
}

// TrioRole is what a person does in a round of a practice group.
type TrioRole string

// The roles; a group of four has two watchers, a pair has none.
const (
	TrioSpeaker  TrioRole = "speaker"
	TrioListener TrioRole = "listener"
	TrioWatcher  TrioRole = "watcher"
)

// StageTrios is all that the projector knows of practice groups. The last TalkMs of the timer
// are for talking about it.
type StageTrios struct {
	Groups int       `json:"groups"`
	Round  int       `json:"round"`
	Rounds int       `json:"rounds"`
	Timer  Countdown `json:"timer"`
	TalkMs int64     `json:"talk_ms"`
}

// RoomTrios are the practice groups on the counselor's screen.
type RoomTrios struct {
	Round  int         `json:"round"`
	Rounds int         `json:"rounds"`
	Timer  Countdown   `json:"timer"`
	TalkMs int64       `json:"talk_ms"`
	Groups []TrioGroup `json:"groups"`
}

// TrioGroup is one practice group. Case names a made-up story: version and number, as 1.7.
type TrioGroup struct {
	Case   string       `json:"case"`
	People []TrioPerson `json:"people"`
}

// TrioPerson is one person of a group.
type TrioPerson struct {
	Member string   `json:"member"`
	Name   string   `json:"name"`
	Role   TrioRole `json:"role"`
}

// TrioPartner is a person of one's own group.
type TrioPartner struct {
	Name string   `json:"name"`
	Role TrioRole `json:"role"`
}

// MyTrio is a person's own practice group. Without partners they wait for one.
type MyTrio struct {
	Role     TrioRole      `json:"role"`
	Partners []TrioPartner `json:"partners"`
	Case     string        `json:"case"`
	Round    int           `json:"round"`
	Rounds   int           `json:"rounds"`
	Timer    Countdown     `json:"timer"`
	TalkMs   int64         `json:"talk_ms"`
}
