package wire

import (
	"regexp"

	"amends/server/id"
)

// The room without a socket, for networks that block them: one question that is held until
// there is news, and commands one by one. An answer is always the whole truth, never a patch,
// so that nothing depends on what was answered before, nor on which node answered it.

// PollSeconds is how long a question is held; PollGraceSeconds is how long a device counts as
// here after its last question.
const (
	PollSeconds      = 25
	PollGraceSeconds = 20
)

// RoomPoll answers a poll: what a socket says at connect, in one object.
type RoomPoll struct {
	View any       `json:"view" tstype:"FacilitatorView | ParticipantView | StageView | DoorView"`
	Me   any       `json:"me" tstype:"RoomMe"`
	Live *RoomLive `json:"live,omitempty"`
	Seq  int64     `json:"seq"`
	// Now is the server's time of the answer, HeldMs how long it was held back: with both a
	// client finds the middle of the way.
	Now    int64 `json:"now"`
	HeldMs int64 `json:"held_ms"`
	// Mark names exactly what was answered. Sent back, it makes changes count that have no
	// number: live counts and names.
	Mark string `json:"mark"`
}

// RoomAck answers a command that was done.
type RoomAck struct {
	Ack string `json:"ack"`
	Seq int64  `json:"seq,omitempty"`
	Now int64  `json:"now"`
}

// PollQuery is a parsed question.
type PollQuery struct {
	// Fresh is a question that names nothing seen: it is answered at once.
	Fresh  bool   `json:"-"`
	Seq    int64  `json:"-"`
	Mark   string `json:"-"`
	Device string `json:"-"`
}

var (
	pollMark   = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
	pollNumber = regexp.MustCompile(`^[0-9]{1,15}$`)
)

// ParsePoll reads the query of a poll. Device tells the windows of one sign-in apart; without
// it they count as one.
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
