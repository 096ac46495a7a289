package wire

import "encoding/json"

// The room's protocol, subprotocol `amends.room.v1`: JSON text frames. A field is never null; an absent
// field means none, and lists are replaced whole. Times are unix milliseconds of the server's clock.

// Subprotocol is the websocket subprotocol that a client requests.
const Subprotocol = "amends.room.v1"

// Limits of the room's socket.
const (
	MaxFrame          = 16 << 10
	CommandsPerWindow = 20
	WindowSeconds     = 10
	FacilitatorConns  = 4
	StageConns        = 4
)

// RoomState is the phase of a workshop.
type RoomState string

// The states. Calm is a cover over open, running and paused; holding is a cover over running and
// paused.
const (
	RoomScheduled RoomState = "scheduled"
	RoomOpen      RoomState = "open"
	RoomRunning   RoomState = "running"
	RoomPaused    RoomState = "paused"
	RoomEnded     RoomState = "ended"
	// RoomDoor is not a state of the room: it is what a person waiting at the door sees.
	RoomDoor RoomState = "door"
)

// RoomRole is the role of a connection.
type RoomRole string

// The roles; each has its own view.
const (
	RoleFacilitator RoomRole = "facilitator"
	RoleParticipant RoomRole = "participant"
	RoleStage       RoomRole = "stage"
)

// CloseCode tells a client why its socket was closed and what to do next.
type CloseCode int

// The close codes. "Reconnect" means that the client does so by itself.
const (
	CloseBinary     CloseCode = 1003 // only text frames
	CloseTooBig     CloseCode = 1009 // a frame over MaxFrame
	CloseGoingAway  CloseCode = 1012 // reconnect at once, with jitter
	CloseSignedOut  CloseCode = 4401 // sign in first
	CloseNotAllowed CloseCode = 4403 // this person may not enter this room
	CloseNoRoom     CloseCode = 4404 // no such room in this facility
	CloseTooSlow    CloseCode = 4408 // reconnect
	CloseTakenOver  CloseCode = 4409 // replaced by a newer connection of the same person
	CloseRemoved    CloseCode = 4410 // removed from this workshop
	CloseTooMany    CloseCode = 4429 // reconnect after a while
)

// RoomCommand is a frame from a client. ID makes it idempotent; Expect makes it compare-and-set on the
// segment that the person saw. With has the arguments of the command's row in Commands; in the front
// end they are the type Command.
type RoomCommand struct {
	ID     string                     `json:"id"`
	Do     string                     `json:"do"`
	With   map[string]json.RawMessage `json:"with,omitempty" tstype:"{ [key: string]: unknown }"`
	Expect *Expect                    `json:"expect,omitempty"`
}

// Expect is the state a command was decided on.
type Expect struct {
	Segment int `json:"segment"`
}

// RoomFrame is a frame from the server with exactly one of view, patch, me, ack, error and live; only
// view may come with me.
type RoomFrame struct {
	View  any        `json:"view,omitempty" tstype:"FacilitatorView | ParticipantView | StageView | DoorView"`
	Patch any        `json:"patch,omitempty" tstype:"{ [key: string]: unknown }"`
	Me    any        `json:"me,omitempty" tstype:"RoomMe"`
	Ack   string     `json:"ack,omitempty" see:"facilitator participant guest" is:"id"`
	Error *RoomError `json:"error,omitempty" see:"all"`
	Live  *RoomLive  `json:"live,omitempty" see:"facilitator"`
	Seq   int64      `json:"seq,omitempty" see:"all"`
	Now   int64      `json:"now,omitempty" see:"all"`
}

// RoomError answers a command that was refused.
type RoomError struct {
	ID      string      `json:"id,omitempty" is:"id"`
	Code    string      `json:"code" is:"code"`
	Message string      `json:"message" is:"text"`
	Fields  []RoomField `json:"fields,omitempty" see:"facilitator participant guest"`
}

// RoomField is an invalid argument.
type RoomField struct {
	Name    string `json:"name" is:"code"`
	Problem string `json:"problem" is:"text"`
}

// RoomLive are ephemeral counts: the last value wins, nothing is stored, and a connection's share ends
// with it.
type RoomLive struct {
	Writing int `json:"writing"`
	Saved   int `json:"saved"`
	Stages  int `json:"stages"`
}

// Countdown is a timer: EndsAt while it runs, LeftMs while it is stopped (negative when it ran over).
// TotalMs 0 means that there is no timer.
type Countdown struct {
	EndsAt  int64 `json:"ends_at,omitempty"`
	LeftMs  int64 `json:"left_ms,omitempty"`
	TotalMs int64 `json:"total_ms"`
}

// SegmentView is one line of the agenda, in the room's order. Part is its number in the plan: it does
// not change with the order, and commands use it.
type SegmentView struct {
	Part      int    `json:"part"`
	Type      string `json:"type" is:"code"`
	Title     string `json:"title" is:"text"`
	Minutes   int    `json:"minutes"`
	StartedAt int64  `json:"started_at,omitempty"`
	Skipped   bool   `json:"skipped,omitempty" see:"all"`
}

// RoomNow is the part that all three views share. Segment is -1 before the start.
type RoomNow struct {
	Workshop string    `json:"workshop" see:"all" is:"id"`
	Language string    `json:"language" see:"all" is:"code"`
	State    RoomState `json:"state" see:"all"`
	Calm     bool      `json:"calm" see:"all"`
	// Holding covers a room without a facilitator: timers are stopped until a facilitator resumes.
	Holding  bool          `json:"holding" see:"all" is:"rare"`
	StartsAt int64         `json:"starts_at" see:"all"`
	Segment  int           `json:"segment" see:"all"`
	Segments []SegmentView `json:"segments" see:"all"`
	Timer    Countdown     `json:"timer" see:"all"`
	Here     int           `json:"here" see:"all"`
	Ready    int           `json:"ready" see:"all"`
	// ReadyOf is the denominator of Ready: connected people, those who stepped away only when they are
	// ready.
	ReadyOf int `json:"ready_of" see:"all"`
	// Points are short lines of the current segment.
	Points []string `json:"points" see:"all" is:"text"`
	// Words are the check-in words that a counselor shows, in the order of showing.
	Words []RoomWord `json:"words" see:"all"`
}

// ParticipantView is the room on a phone: counts, and the names of the speaker and the queue.
type ParticipantView struct {
	RoomNow   `tstype:",extends"`
	Prompt    string    `json:"prompt" see:"participant guest" is:"text"`
	Worksheet string    `json:"worksheet" see:"participant guest" is:"code"`
	QueueOpen bool      `json:"queue_open" see:"participant guest"`
	Speaker   string    `json:"speaker,omitempty" see:"participant guest" is:"name"`
	TurnTimer Countdown `json:"turn_timer" see:"participant guest"`
	// Waiting are the next in line, at most NextShown: all names would grow with every raised hand.
	// WaitingMore is how many wait after them.
	Waiting     []string `json:"waiting" see:"participant guest" is:"name"`
	WaitingMore int      `json:"waiting_more" see:"participant guest" is:"rare"`
	Facilitate  []string `json:"facilitators" see:"participant guest" is:"name"`
	// Pulse is present while it is open or its result is shown; Note while a counselor shows a note to
	// everybody.
	Pulse *PulseView `json:"pulse,omitempty" see:"participant guest"`
	Note  string     `json:"note,omitempty" see:"participant guest" is:"text"`
	// WordsOpen means that people may send check-in words in parts that have them.
	WordsOpen bool `json:"words_open" see:"participant guest"`
}

// NextShown is how many of those who wait to speak a phone names.
const NextShown = 3

// StageView is the room on the projector, without any names.
type StageView struct {
	RoomNow   `tstype:",extends"`
	StageText string    `json:"stage_text" see:"stage" is:"text"`
	Speaking  bool      `json:"speaking" see:"stage"`
	TurnTimer Countdown `json:"turn_timer" see:"stage"`
	Waiting   int       `json:"waiting" see:"stage"`
	RoomCode  string    `json:"room_code" see:"stage" is:"text"`
	// Guests means that people without an account can enter by the room code.
	Guests bool `json:"guests" see:"stage" is:"rare"`
	// Trios is present while there are practice groups: their number and round, no names.
	Trios *StageTrios `json:"trios,omitempty" see:"stage"`
	Pulse *PulseView  `json:"pulse,omitempty" see:"stage"`
}

// FacilitatorView is the room on the counselor's screen.
type FacilitatorView struct {
	RoomNow   `tstype:",extends"`
	Title     string       `json:"title" see:"facilitator" is:"text"`
	Prompt    string       `json:"prompt" see:"facilitator" is:"text"`
	StageText string       `json:"stage_text" see:"facilitator" is:"text"`
	Worksheet string       `json:"worksheet" see:"facilitator" is:"code"`
	Locked    bool         `json:"locked" see:"facilitator"`
	QueueOpen bool         `json:"queue_open" see:"facilitator"`
	MaxShares int          `json:"max_shares" see:"facilitator"`
	Turn      *RoomTurn    `json:"turn,omitempty" see:"facilitator"`
	Queue     []QueueRow   `json:"queue" see:"facilitator"`
	People    []RoomPerson `json:"people" see:"facilitator"`
	Help      []HelpTap    `json:"help" see:"facilitator"`
	RoomCode  string       `json:"room_code" see:"facilitator" is:"text"`
	// Guests means that people without an account can enter by the room code.
	Guests   bool          `json:"guests" see:"facilitator" is:"rare"`
	OpenedAt int64         `json:"opened_at,omitempty" see:"facilitator"`
	EndedAt  int64         `json:"ended_at,omitempty" see:"facilitator"`
	Staff    []string      `json:"staff" see:"facilitator" is:"name"`
	Summary  []SpokenCount `json:"summary" see:"facilitator"`
	// Checks are people to look after; Talk are people who asked to talk after the meeting.
	Checks []CheckCard `json:"checks" see:"facilitator" is:"rare"`
	Talk   []TalkRow   `json:"talk" see:"facilitator"`
	// These are how many follow after those that the lists name.
	QueueMore  int        `json:"queue_more" see:"facilitator" is:"rare"`
	HelpMore   int        `json:"help_more" see:"facilitator" is:"rare"`
	ChecksMore int        `json:"checks_more" see:"facilitator" is:"rare"`
	TalkMore   int        `json:"talk_more" see:"facilitator" is:"rare"`
	Trios      *RoomTrios `json:"trios,omitempty" see:"facilitator"`
	// Course is parallel to Segments; Door lists who waits, Team the facilitators.
	Course []CoursePart `json:"course" see:"facilitator"`
	Door   []DoorRow    `json:"door" see:"facilitator" is:"rare"`
	Team   []TeamRow    `json:"team" see:"facilitator"`
	// ByHand means that new guests wait until they are let in; GuestsListen that guests only listen.
	ByHand       bool `json:"by_hand" see:"facilitator"`
	GuestsListen bool `json:"guests_listen" see:"facilitator"`
	// DoorMore is how many wait at the door after those listed, TakenMore how many more were removed.
	DoorMore  int `json:"door_more" see:"facilitator" is:"rare"`
	TakenMore int `json:"taken_more" see:"facilitator" is:"rare"`
	// Arrivals says by the minute when the guests came who would be removed by that time, oldest first.
	Arrivals []Arrival `json:"arrivals" see:"facilitator" is:"rare"`
	// Taken are people who were removed and can be let back in; Swept is how many of them one tap lets
	// back in: those removed together last.
	Taken []TakenRow `json:"taken" see:"facilitator"`
	Swept int        `json:"swept" see:"facilitator" is:"rare"`
	// Pulse is the newest pulse; Pulses are all closed ones, oldest first.
	Pulse  *PulseView  `json:"pulse,omitempty" see:"facilitator"`
	Pulses []PulseView `json:"pulses" see:"facilitator"`
	Note   string      `json:"note,omitempty" see:"facilitator" is:"text"`
	Undo   *TurnUndo   `json:"undo,omitempty" see:"facilitator"`
	// Said are all check-in words of the current part, shown or not, oldest first.
	Said      []SaidRow `json:"said" see:"facilitator"`
	WordsOpen bool      `json:"words_open" see:"facilitator"`
	// Muted are the people whose words, also those in Said, no screen shows.
	Muted []MutedRow `json:"muted" see:"facilitator"`
	// WordsAway means that the store of words does not answer: Said may be incomplete or empty.
	WordsAway bool `json:"words_away" see:"facilitator" is:"rare"`
}

// RoomTurn is the turn under way.
type RoomTurn struct {
	Turn   string    `json:"turn" is:"id"`
	Member string    `json:"member" is:"person"`
	Name   string    `json:"name" is:"name"`
	Timer  Countdown `json:"timer"`
}

// QueueRow is one person in the queue.
type QueueRow struct {
	Turn   string `json:"turn" is:"id"`
	Member string `json:"member" is:"person"`
	Name   string `json:"name" is:"name"`
	First  bool   `json:"first"`
	// NoPhone means that the person is not in the room with a phone of their own.
	NoPhone bool `json:"no_phone" is:"rare"`
}

// PersonState is how a person is present.
type PersonState string

// The states of a person; out means not in the room, removed means that they cannot come back unless a
// facilitator lets them. The state door is in pages of people (RoomPeople) only: the view has those who
// wait at the door apart.
const (
	PersonHere    PersonState = "here"
	PersonDropped PersonState = "dropped"
	PersonAway    PersonState = "away"
	PersonOut     PersonState = "out"
	PersonRemoved PersonState = "removed"
	PersonAtDoor  PersonState = "door"
)

// RoomPerson is one person of the cohort on the counselor's screen.
type RoomPerson struct {
	Member string      `json:"member" is:"person"`
	Name   string      `json:"name" is:"name"`
	State  PersonState `json:"state"`
	Ready  bool        `json:"ready"`
	// Guest is a person without an account.
	Guest bool `json:"guest,omitempty" is:"rare"`
	// Left is a person who was in the room and left; a person who is out without it never came.
	Left bool `json:"left,omitempty" is:"rare"`
	// NoPhone is a person who spoke here and never joined by phone.
	NoPhone   bool  `json:"no_phone,omitempty" is:"rare"`
	DroppedAt int64 `json:"dropped_at,omitempty" is:"rare"`
	// CameAt is when a guest came whom nobody let in by name; absent for everybody else.
	CameAt int64 `json:"came_at,omitempty" is:"rare"`
	// Whereabouts is the location the person gave, so that help can be sent.
	Whereabouts string `json:"whereabouts,omitempty" is:"text"`
}

// HelpTap is a person's quiet tap for help, to the counselors only.
type HelpTap struct {
	Tap         string `json:"tap" is:"id"`
	Member      string `json:"member" is:"person"`
	Name        string `json:"name" is:"name"`
	At          int64  `json:"at"`
	TakenBy     string `json:"taken_by,omitempty" is:"name"`
	Whereabouts string `json:"whereabouts,omitempty" is:"text rare"`
}

// SpokenCount is how often and how long a person spoke, for the summary after the end.
type SpokenCount struct {
	Name  string `json:"name" is:"name"`
	Turns int    `json:"turns"`
	Ms    int64  `json:"ms"`
}

// HandState is the state of a person's hand.
type HandState string

// The states of a hand.
const (
	HandDown     HandState = "down"
	HandUp       HandState = "up"
	HandSpeaking HandState = "speaking"
)

// RoomMe is the personal part of a connection.
type RoomMe struct {
	Role   RoomRole  `json:"role" see:"all"`
	Member string    `json:"member,omitempty" see:"facilitator participant guest" is:"own-person"`
	Name   string    `json:"name,omitempty" see:"facilitator participant guest" is:"own-name"`
	Hand   HandState `json:"hand" see:"all"`
	// Position is the position in the queue, 1 for the next speaker; 0 when not in the queue.
	Position int  `json:"position" see:"all"`
	Ready    bool `json:"ready" see:"all"`
	Away     bool `json:"away" see:"all"`
	// Help is "", "tapped" or "taken".
	Help string `json:"help" see:"all" is:"code"`
	// InRoom means that the person is in the room, connected or dropped.
	InRoom bool `json:"in_room" see:"all"`
	// Door means that the person waits at the door; the view is then a DoorView.
	Door bool `json:"door" see:"all" is:"rare"`
	// Listen means that the person is a guest, and guests only listen now.
	Listen bool `json:"listen" see:"all" is:"rare"`
	// Told is "", "told" or "skipped": whether the person gave their location, never which.
	Told string `json:"told" see:"all" is:"code"`
	// Talk is "", "asked" or "done": the person's request to talk after the meeting.
	Talk string `json:"talk" see:"all" is:"code"`
	// Word is "", "waiting" or "shown": the state of the person's newest check-in word of this part.
	Word string `json:"word" see:"all" is:"code"`
	// CatchUp is present for a latecomer, until they dismiss it or the part ends.
	CatchUp *CatchUp `json:"catch_up,omitempty" see:"participant guest" is:"rare"`
	// Trio is the person's own practice group.
	Trio *MyTrio `json:"trio,omitempty" see:"participant guest"`
}
