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
	Ack   string     `json:"ack,omitempty"`
	Error *RoomError `json:"error,omitempty"`
	Live  *RoomLive  `json:"live,omitempty"`
	Seq   int64      `json:"seq,omitempty"`
	Now   int64      `json:"now,omitempty"`
}

// RoomError answers a command that was refused.
type RoomError struct {
	ID      string      `json:"id,omitempty"`
	Code    string      `json:"code"`
	Message string      `json:"message"`
	Fields  []RoomField `json:"fields,omitempty"`
}

// RoomField is an invalid argument.
type RoomField struct {
	Name    string `json:"name"`
	Problem string `json:"problem"`
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
	Type      string `json:"type"`
	Title     string `json:"title"`
	Minutes   int    `json:"minutes"`
	StartedAt int64  `json:"started_at,omitempty"`
	Skipped   bool   `json:"skipped,omitempty"`
}

// RoomNow is the part that all three views share. Segment is -1 before the start.
type RoomNow struct {
	Workshop string    `json:"workshop"`
	Language string    `json:"language"`
	State    RoomState `json:"state"`
	Calm     bool      `json:"calm"`
	// Holding covers a room without a facilitator: timers are stopped until a facilitator resumes.
	Holding  bool          `json:"holding"`
	StartsAt int64         `json:"starts_at"`
	Segment  int           `json:"segment"`
	Segments []SegmentView `json:"segments"`
	Timer    Countdown     `json:"timer"`
	Here     int           `json:"here"`
	Ready    int           `json:"ready"`
	// ReadyOf is the denominator of Ready: connected people, those who stepped away only when they are
	// ready.
	ReadyOf int `json:"ready_of"`
	// Points are short lines of the current segment.
	Points []string `json:"points"`
	// Words are the check-in words that a counselor shows, in the order of showing.
	Words []RoomWord `json:"words"`
}

// ParticipantView is the room on a phone: counts, and the names of the speaker and the queue.
type ParticipantView struct {
	RoomNow    `tstype:",extends"`
	Prompt     string    `json:"prompt"`
	Worksheet  string    `json:"worksheet"`
	QueueOpen  bool      `json:"queue_open"`
	Speaker    string    `json:"speaker,omitempty"`
	TurnTimer  Countdown `json:"turn_timer"`
	Waiting    []string  `json:"waiting"`
	Facilitate []string  `json:"facilitators"`
	// Pulse is present while it is open or its result is shown; Note while a counselor shows a note to
	// everybody.
	Pulse *PulseView `json:"pulse,omitempty"`
	Note  string     `json:"note,omitempty"`
	// WordsOpen means that people may send check-in words in parts that have them.
	WordsOpen bool `json:"words_open"`
}

// StageView is the room on the projector, without any names.
type StageView struct {
	RoomNow   `tstype:",extends"`
	StageText string    `json:"stage_text"`
	Speaking  bool      `json:"speaking"`
	TurnTimer Countdown `json:"turn_timer"`
	Waiting   int       `json:"waiting"`
	RoomCode  string    `json:"room_code"`
	// Guests means that people without an account can enter by the room code.
	Guests bool `json:"guests"`
	// Trios is present while there are practice groups: their number and round, no names.
	Trios *StageTrios `json:"trios,omitempty"`
	Pulse *PulseView  `json:"pulse,omitempty"`
}

// FacilitatorView is the room on the counselor's screen.
type FacilitatorView struct {
	RoomNow   `tstype:",extends"`
	Title     string       `json:"title"`
	Prompt    string       `json:"prompt"`
	StageText string       `json:"stage_text"`
	Worksheet string       `json:"worksheet"`
	Locked    bool         `json:"locked"`
	QueueOpen bool         `json:"queue_open"`
	MaxShares int          `json:"max_shares"`
	Turn      *RoomTurn    `json:"turn,omitempty"`
	Queue     []QueueRow   `json:"queue"`
	People    []RoomPerson `json:"people"`
	Help      []HelpTap    `json:"help"`
	RoomCode  string       `json:"room_code"`
	// Guests means that people without an account can enter by the room code.
	Guests   bool          `json:"guests"`
	OpenedAt int64         `json:"opened_at,omitempty"`
	EndedAt  int64         `json:"ended_at,omitempty"`
	Staff    []string      `json:"staff"`
	Summary  []SpokenCount `json:"summary"`
	// Checks are people to look after; Talk are people who asked to talk after the meeting.
	Checks []CheckCard `json:"checks"`
	Talk   []TalkRow   `json:"talk"`
	Trios  *RoomTrios  `json:"trios,omitempty"`
	// Course is parallel to Segments; Door lists who waits, Team the facilitators.
	Course []CoursePart `json:"course"`
	Door   []DoorRow    `json:"door"`
	Team   []TeamRow    `json:"team"`
	// Pulse is the newest pulse; Pulses are all closed ones, oldest first.
	Pulse  *PulseView  `json:"pulse,omitempty"`
	Pulses []PulseView `json:"pulses"`
	Note   string      `json:"note,omitempty"`
	Undo   *TurnUndo   `json:"undo,omitempty"`
	// Said are all check-in words of the current part, shown or not, oldest first.
	Said      []SaidRow `json:"said"`
	WordsOpen bool      `json:"words_open"`
	// WordsAway means that the store of words does not answer: Said may be incomplete or empty.
	WordsAway bool `json:"words_away"`
}

// RoomTurn is the turn under way.
type RoomTurn struct {
	Turn   string    `json:"turn"`
	Member string    `json:"member"`
	Name   string    `json:"name"`
	Timer  Countdown `json:"timer"`
}

// QueueRow is one person in the queue.
type QueueRow struct {
	Turn   string `json:"turn"`
	Member string `json:"member"`
	Name   string `json:"name"`
	First  bool   `json:"first"`
	// NoPhone means that the person is not in the room with a phone of their own.
	NoPhone bool `json:"no_phone"`
}

// PersonState is how a person is present.
type PersonState string

// The states of a person; out means not in the room, removed means that they cannot come back.
const (
	PersonHere    PersonState = "here"
	PersonDropped PersonState = "dropped"
	PersonAway    PersonState = "away"
	PersonOut     PersonState = "out"
	PersonRemoved PersonState = "removed"
)

// RoomPerson is one person of the cohort on the counselor's screen.
type RoomPerson struct {
	Member string      `json:"member"`
	Name   string      `json:"name"`
	State  PersonState `json:"state"`
	Ready  bool        `json:"ready"`
	// Guest is a person without an account.
	Guest bool `json:"guest,omitempty"`
	// Left is a person who was in the room and left; a person who is out without it never came.
	Left bool `json:"left,omitempty"`
	// NoPhone is a person who spoke here and never joined by phone.
	NoPhone   bool  `json:"no_phone,omitempty"`
	DroppedAt int64 `json:"dropped_at,omitempty"`
	// Whereabouts is the location the person gave, so that help can be sent.
	Whereabouts string `json:"whereabouts,omitempty"`
}

// HelpTap is a person's quiet tap for help, to the counselors only.
type HelpTap struct {
	Tap         string `json:"tap"`
	Member      string `json:"member"`
	Name        string `json:"name"`
	At          int64  `json:"at"`
	TakenBy     string `json:"taken_by,omitempty"`
	Whereabouts string `json:"whereabouts,omitempty"`
}

// SpokenCount is how often and how long a person spoke, for the summary after the end.
type SpokenCount struct {
	Name  string `json:"name"`
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
	Role   RoomRole  `json:"role"`
	Member string    `json:"member,omitempty"`
	Name   string    `json:"name,omitempty"`
	Hand   HandState `json:"hand"`
	// Position is the position in the queue, 1 for the next speaker; 0 when not in the queue.
	Position int  `json:"position"`
	Ready    bool `json:"ready"`
	Away     bool `json:"away"`
	// Help is "", "tapped" or "taken".
	Help string `json:"help"`
	// InRoom means that the person is in the room, connected or dropped.
	InRoom bool `json:"in_room"`
	// Door means that the person waits at the door; the view is then a DoorView.
	Door bool `json:"door"`
	// Told is "", "told" or "skipped": whether the person gave their location, never which.
	Told string `json:"told"`
	// Talk is "", "asked" or "done": the person's request to talk after the meeting.
	Talk string `json:"talk"`
	// Word is "", "waiting" or "shown": the state of the person's newest check-in word of this part.
	Word string `json:"word"`
	// CatchUp is present for a latecomer, until they dismiss it or the part ends.
	CatchUp *CatchUp `json:"catch_up,omitempty"`
	// Trio is the person's own practice group.
	Trio *MyTrio `json:"trio,omitempty"`
}
