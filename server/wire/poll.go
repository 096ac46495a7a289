package wire

import (
	"regexp"

	"amends/server/id"
)

// The room by long polling, for networks that block websockets: a poll is held until there is news, and
// commands are sent one by one. An answer is always the whole view, never a patch, so it depends
// neither on earlier answers nor on the node that sends it.

// PollSeconds is how long a poll is held; PollGraceSeconds is how long a device counts as connected
// after its last poll.
const (
	PollSeconds      = 25
	PollGraceSeconds = 20
)

// RoomPoll answers a poll with what a socket sends at connect, in one object.
type RoomPoll struct {
	View any       `json:"view" tstype:"FacilitatorView | ParticipantView | StageView | DoorView"`
	Me   any       `json:"me" tstype:"RoomMe"`
	Live *RoomLive `json:"live,omitempty" see:"facilitator"`
	Seq  int64     `json:"seq" see:"all"`
	// Now is the server's time of the answer, HeldMs how long the request was held; with both, a client
	// can estimate its clock offset.
	Now    int64 `json:"now" see:"all"`
	HeldMs int64 `json:"held_ms" see:"all" is:"rare"`
	// Mark is a hash of the answer. Sent back with the next poll, it detects changes that have no Seq:
	// live counts and names.
	Mark string `json:"mark" see:"all" is:"text rare"`
}

// RoomAck answers a command that was executed.
type RoomAck struct {
	Ack string `json:"ack"`
	Seq int64  `json:"seq,omitempty"`
	Now int64  `json:"now"`
}

// PollQuery is a parsed poll.
type PollQuery struct {
	// Fresh means that the client has seen nothing yet: it is answered at once.
	Fresh  bool   `json:"-"`
	Seq    int64  `json:"-"`
	Mark   string `json:"-"`
	Device string `json:"-"`
}

var (
	pollMark   = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
	pollNumber = regexp.MustCompile(`^[0-9]{1,15}$`)
)

// ParsePoll parses the query of a poll. Device distinguishes the windows of one sign-in; without it
// they count as one.
func ParsePoll(seq, mark, device string) (PollQuery, error) {
	var p parser
	q := PollQuery{Fresh: seq == "" && mark == "", Mark: mark, Device: device}
	if seq != "" {
		p.Must(pollNumber.MatchString(seq), "seq", "is not a number")
		for _, digit := range seq {
			q.Seq = q.Seq*10 + int64(digit-'0')
		}
	}
	p.Must(mark == "" || pollMark.MatchString(mark), "mark", "is not the mark of an answer")
	if device != "" {
		_, err := id.Parse[id.Command](device)
		p.Must(err == nil, "device", "is not an identifier")
	}
	return q, p.Err()
}
