package wire

import "encoding/json"

// The room's protocol, subprotocol `amends.room.v1`: JSON text frames. A field is never null:
// absent means none, and lists are replaced whole. Times are unix milliseconds of the server.

// Subprotocol is what a socket asks for.
const Subprotocol = "amends.room.v1"

// Limits of the room's socket.
const (
	MaxFrame          = 16 << 10
	CommandsPerWindow = 20
	WindowSeconds     = 10
	FacilitatorConns  = 4
)

// RoomState is where a workshop stands.
type RoomState string

// The states; calm is a cover over open, running and paused, holding one over running and paused.
const (
	RoomScheduled RoomState = "scheduled"
	RoomOpen      RoomState = "open"
	RoomRunning   RoomState = "running"
	RoomPaused    RoomState = "paused"
	RoomEnded     RoomState = "ended"
	// RoomDoor is no state of the room: it is what a person at the door sees of it.
	RoomDoor RoomState = "door"
)

// RoomRole is how a connection sees the room.
type RoomRole string

// The roles, each with a view of its own.
const (
	RoleFacilitator RoomRole = "facilitator"
	RoleParticipant RoomRole = "participant"
	RoleStage       RoomRole = "stage"
)

// CloseCode tells a socket why it was closed and what to do next.
type CloseCode int

// The close codes. "Again" means that a client reconnects by itself.
const (
	CloseBinary     CloseCode = 1003 // only text frames
	CloseTooBig     CloseCode = 1009 // a frame over MaxFrame
	CloseGoingAway  CloseCode = 1012 // again, at once, with jitter
	CloseSignedOut  CloseCode = 4401 // sign in first
	CloseNotAllowed CloseCode = 4403 // not for this person, or locked
	CloseNoRoom     CloseCode = 4404 // no such room here
	CloseTooSlow    CloseCode = 4408 // again
	CloseTakenOver  CloseCode = 4409 // a newer device has the seat
	CloseRemoved    CloseCode = 4410 // taken out of this workshop
	CloseTooMany    CloseCode = 4429 // again, after a while
)

// RoomCommand is a frame from a client. ID makes it idempotent; Expect makes it
// compare-and-set on the segment the person saw. With are the arguments that the command's row in
// Commands names; the front end has them as the type Command.
type RoomCommand struct {
	ID     string                     `json:"id"`
	Do     string                     `json:"do"`
	With   map[string]json.RawMessage `json:"with,omitempty" tstype:"{ [key: string]: unknown }"`
	Expect *Expect                    `json:"expect,omitempty"`
}

// Expect is what a segment command was decided on.
type Expect struct {
	Segment int `json:"segment"`
}

// RoomFrame is a frame from the server; exactly one of view, patch, me, ack,
// error and live is there (me beside view too).
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

// RoomField names a bad argument.
type RoomField struct {
	Name    string `json:"name"`
	Problem string `json:"problem"`
}

// RoomLive are counts that are nobody's fact: last one wins, gone with the connection.
type RoomLive struct {
	Writing int `json:"writing"`
	Saved   int `json:"saved"`
	Stages  int `json:"stages"`
}

// Countdown is a timer as a fact: EndsAt while it runs, LeftMs while it rests. TotalMs 0 is
// no timer.
type Countdown struct {
	EndsAt  int64 `json:"ends_at,omitempty"`
	LeftMs  int64 `json:"left_ms,omitempty"`
	TotalMs int64 `json:"total_ms"`
}

// SegmentView is one line of the agenda, in the order in which the room goes through it. Part
// is its number in the plan, which stays when the order changes: commands name it.
type SegmentView struct {
	Part      int    `json:"part"`
	Type      string `json:"type"`
	Title     string `json:"title"`
	Minutes   int    `json:"minutes"`
	StartedAt int64  `json:"started_at,omitempty"`
	Skipped   bool   `json:"skipped,omitempty"`
}

// RoomNow is what all three views share. Segment is -1 before the start.
type RoomNow struct {
	Workshop string    `json:"workshop"`
	Language string    `json:"language"`
	State    RoomState `json:"state"`
	Calm     bool      `json:"calm"`
	// Holding covers a room that nobody facilitates: timers rest until a facilitator goes on.
	Holding  bool          `json:"holding"`
	StartsAt int64         `json:"starts_at"`
	Segment  int           `json:"segment"`
	Segments []SegmentView `json:"segments"`
	Timer    Countdown     `json:"timer"`
	Here     int           `json:"here"`
	Ready    int           `json:"ready"`
	// ReadyOf is over how many Ready counts: people with a signal, those who stepped away only
	// when they are ready.
	ReadyOf int `json:"ready_of"`
	// Points are short lines of the current segment.
	Points []string `json:"points"`
	// Words are the check-in words that a counselor shows, in the order in which they were shown.
	Words []RoomWord `json:"words"`
}

// ParticipantView is the room on a phone: counts, and the names of who speaks and waits.
type ParticipantView struct {
	RoomNow    `tstype:",extends"`
	Prompt     string    `json:"prompt"`
	Worksheet  string    `json:"worksheet"`
	QueueOpen  bool      `json:"queue_open"`
	Speaker    string    `json:"speaker,omitempty"`
	TurnTimer  Countdown `json:"turn_timer"`
	Waiting    []string  `json:"waiting"`
	Facilitate []string  `json:"facilitators"`
	// Pulse is there while it is open or its result is shown; Note while a counselor says something to all.
	Pulse *PulseView `json:"pulse,omitempty"`
	Note  string     `json:"note,omitempty"`
	// WordsOpen says that people may send check-in words where a part has them.
	WordsOpen bool `json:"words_open"`
}

// StageView is the room on the projector: no names at all.
type StageView struct {
	RoomNow   `tstype:",extends"`
	StageText string    `json:"stage_text"`
	Speaking  bool      `json:"speaking"`
	TurnTimer Countdown `json:"turn_timer"`
	Waiting   int       `json:"waiting"`
	RoomCode  string    `json:"room_code"`
	// Guests says that people without an account come in by the room code.
	Guests bool `json:"guests"`
	// Trios is there while practice groups are: how many and which round, no names.
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
	// Guests says that people without an account come in by the room code.
	Guests   bool          `json:"guests"`
	OpenedAt int64         `json:"opened_at,omitempty"`
	EndedAt  int64         `json:"ended_at,omitempty"`
	Staff    []string      `json:"staff"`
	Summary  []SpokenCount `json:"summary"`
	// Checks are people to check on; Talk are those who asked to talk after the meeting.
	Checks []CheckCard `json:"checks"`
	Talk   []TalkRow   `json:"talk"`
	Trios  *RoomTrios  `json:"trios,omitempty"`
	// Course is beside Segments, line for line; Door and Team are who waits and who holds.
	Course []CoursePart `json:"course"`
	Door   []DoorRow    `json:"door"`
	Team   []TeamRow    `json:"team"`
	// Pulse is the newest one; Pulses are all that were closed, oldest first.
	Pulse  *PulseView  `json:"pulse,omitempty"`
	Pulses []PulseView `json:"pulses"`
	Note   string      `json:"note,omitempty"`
	Undo   *TurnUndo   `json:"undo,omitempty"`
	// Said are the check-in words of the part under way, shown ones too, oldest first.
	Said      []SaidRow `json:"said"`
	WordsOpen bool      `json:"words_open"`
	// WordsAway says that the words cannot be read just now: Said may lack some, or all.
	WordsAway bool `json:"words_away"`
}

// RoomTurn is who speaks now.
type RoomTurn struct {
	Turn   string    `json:"turn"`
	Member string    `json:"member"`
	Name   string    `json:"name"`
	Timer  Countdown `json:"timer"`
}

// QueueRow is one person who wants to speak.
type QueueRow struct {
	Turn   string `json:"turn"`
	Member string `json:"member"`
	Name   string `json:"name"`
	First  bool   `json:"first"`
	// NoPhone says that the person is not in the room by a phone of their own.
	NoPhone bool `json:"no_phone"`
}

// PersonState is how a person is there.
type PersonState string

// The states of a person; out means not in the room, removed that they cannot come back.
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
	// Guest is a person without an account here.
	Guest bool `json:"guest,omitempty"`
	// Left is a person who was here and is not any more; who is out and did not leave never came.
	Left bool `json:"left,omitempty"`
	// NoPhone is a person who spoke here and never came by a phone.
	NoPhone   bool  `json:"no_phone,omitempty"`
	DroppedAt int64 `json:"dropped_at,omitempty"`
	// Whereabouts is where the person says they are, so that help can be sent.
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

// SpokenCount is how long a person spoke, for the summary after the end.
type SpokenCount struct {
	Name  string `json:"name"`
	Turns int    `json:"turns"`
	Ms    int64  `json:"ms"`
}

// HandState is where a person's hand is.
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
	// Position is 1 for the next to speak; 0 when the hand is down.
	Position int  `json:"position"`
	Ready    bool `json:"ready"`
	Away     bool `json:"away"`
	// Help is "", "tapped" or "taken".
	Help string `json:"help"`
	// InRoom says that the person counts as here.
	InRoom bool `json:"in_room"`
	// Door says that the person stands at the door; the view is then a DoorView.
	Door bool `json:"door"`
	// Told is "", "told" or "skipped": whether the person said where they are, never what.
	Told string `json:"told"`
	// Talk is "", "asked" or "done": whether the person asked to talk after the meeting.
	Talk string `json:"talk"`
	// Word is "", "waiting" or "shown": where the person's newest check-in word of this part is.
	Word string `json:"word"`
	// CatchUp is there for a person who came in later, until they read it or the part ends.
	CatchUp *CatchUp `json:"catch_up,omitempty"`
	// Trio is the person's own practice group.
	Trio *MyTrio `json:"trio,omitempty"`
}
