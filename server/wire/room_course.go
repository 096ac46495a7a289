package wire

// The course of a room, its door, and who holds it, as the facilitators see them.

// CoursePart is what only the facilitators need of one line of the agenda; it stands at the
// index of its line in Segments.
type CoursePart struct {
	// Fixed parts are never skipped and never made shorter: ground, check-out and close.
	Fixed bool `json:"fixed"`
	// ShareSec is how long one share lasts, 0 where nobody shares.
	ShareSec  int `json:"share_sec"`
	MaxShares int `json:"max_shares"`
	// TookMs is how long the part took so far, without a run that is still under way.
	TookMs int64 `json:"took_ms"`
}

// DoorRow is one person who stands at the door of a locked or full room.
type DoorRow struct {
	Member string `json:"member"`
	Name   string `json:"name"`
	At     int64  `json:"at"`
}

// TeamRow is one of the named facilitators of a room.
type TeamRow struct {
	Member string `json:"member"`
	Name   string `json:"name"`
	// Lead holds the room now; First was named to lead when the workshop was planned.
	Lead  bool `json:"lead"`
	First bool `json:"first"`
	// Here says that a screen of theirs is connected.
	Here bool `json:"here"`
}

// DoorView is all that a person at the door gets: that they wait, and in which language.
type DoorView struct {
	Workshop string `json:"workshop"`
	Language string `json:"language"`
	// State is always "door".
	State RoomState `json:"state"`
}
