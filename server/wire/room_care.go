package wire

// Care for single people in the room, and practice groups. A person's location goes to the facilitators
// only; the members of a group go to that group and the facilitators.

// MaxWhereabouts is the longest answer to "where are you now", in characters.
const MaxWhereabouts = 80

// MaxRounds is the most rounds that practice groups can have: each person of a group speaks once.
const MaxRounds = 4

// CheckWhy is why a person needs to be looked after.
type CheckWhy string

// The reasons: their phone was lost during their share, or after they called for help.
const (
	CheckShare CheckWhy = "share"
	CheckHelp  CheckWhy = "help"
)

// CheckCard asks the facilitators to look after a person. At is when their phone was lost.
type CheckCard struct {
	Member      string   `json:"member" is:"person"`
	Name        string   `json:"name" is:"name"`
	Why         CheckWhy `json:"why"`
	At          int64    `json:"at"`
	Whereabouts string   `json:"whereabouts,omitempty" is:"text"`
}

// TalkRow is a request to talk after the meeting.
type TalkRow struct {
	Member string `json:"member" is:"person"`
	Name   string `json:"name" is:"name"`
	At     int64  `json:"at"`
	Done   bool   `json:"done"`
}

// CatchUp tells a latecomer where the room is: the part, when it began, and the parts before.
type CatchUp struct {
	Part    int      `json:"part"`
	BeganAt int64    `json:"began_at"`
	Before  []string `json:"before" is:"text"`
}

// TrioRole is what a person does in a round of a practice group.
type TrioRole string

// The roles; a group of four has two watchers, a pair has none.
const (
	TrioSpeaker  TrioRole = "speaker"
	TrioListener TrioRole = "listener"
	TrioWatcher  TrioRole = "watcher"
)

// StageTrios is all that the projector shows of practice groups. The last TalkMs of the timer are for
// discussion.
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

// TrioGroup is one practice group. Case identifies a made-up story by version and number, as in 1.7.
type TrioGroup struct {
	Case   string       `json:"case" is:"code"`
	People []TrioPerson `json:"people"`
}

// TrioPerson is one person of a group.
type TrioPerson struct {
	Member string   `json:"member" is:"person"`
	Name   string   `json:"name" is:"name"`
	Role   TrioRole `json:"role"`
}

// TrioPartner is another person of one's own group.
type TrioPartner struct {
	Name string   `json:"name" is:"name"`
	Role TrioRole `json:"role"`
}

// MyTrio is a person's own practice group. A person without partners waits for one.
type MyTrio struct {
	Role     TrioRole      `json:"role"`
	Partners []TrioPartner `json:"partners"`
	Case     string        `json:"case" is:"code"`
	Round    int           `json:"round"`
	Rounds   int           `json:"rounds"`
	Timer    Countdown     `json:"timer"`
	TalkMs   int64         `json:"talk_ms"`
}
