package wire

// The course of a room, its door and its team, as the facilitators see them.

// CoursePart has what only facilitators see of a line of the agenda; it has the same index as that line
// in Segments.
type CoursePart struct {
	// Fixed parts can never be skipped or shortened: ground, check-out and close.
	Fixed bool `json:"fixed"`
	// ShareSec is the length of one share in seconds, 0 in parts without shares.
	ShareSec  int `json:"share_sec"`
	MaxShares int `json:"max_shares"`
	// TookMs is the time the part took in finished runs.
	TookMs int64 `json:"took_ms"`
}

// DoorRow is a person waiting at the door: of a locked or full room, or until they are let in by hand.
type DoorRow struct {
	Member string `json:"member" is:"person"`
	Name   string `json:"name" is:"name"`
	At     int64  `json:"at"`
	// Guest is a person without an account; Crowd means that many guests came from their network, so that
	// they must be let in.
	Guest bool `json:"guest,omitempty" is:"rare"`
	Crowd bool `json:"crowd,omitempty" is:"rare"`
}

// Arrival is how many guests came in one minute; At is its start.
type Arrival struct {
	At     int64 `json:"at"`
	Guests int   `json:"guests"`
}

// TakenRow is a person who was removed.
type TakenRow struct {
	Member string `json:"member" is:"person"`
	Name   string `json:"name" is:"name"`
}

// TeamRow is one of the named facilitators of a room.
type TeamRow struct {
	Member string `json:"member" is:"person"`
	Name   string `json:"name" is:"name"`
	// Lead is the current lead; First is the lead the workshop was planned with.
	Lead  bool `json:"lead"`
	First bool `json:"first"`
	// Here means that a screen of theirs is connected.
	Here bool `json:"here"`
}

// DoorView is all that a person at the door gets: that they wait, and the language.
type DoorView struct {
	Workshop string `json:"workshop" see:"participant guest" is:"id"`
	Language string `json:"language" see:"participant guest" is:"code"`
	// State is always "door".
	State RoomState `json:"state" see:"participant guest"`
}
