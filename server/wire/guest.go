package wire

import "amends/server/lookalike"

// Guests of open meetings, and members with a room pass: both hold a cookie that is valid for one room
// only. Public requests.

// GuestEntryRequest has the room code shown on the stage, and the name the guest chooses.
type GuestEntryRequest struct {
	Code string `json:"code"`
	Name string `json:"name"`
	// Work is a solved puzzle, when the server asked for one.
	Work string `json:"work,omitempty"`
}

// Puzzle is a small computation that lets one more code be tried while many fail: find n below Most
// with SHA-256("salt.n") = challenge, and hand in "salt.challenge.mac.n". The first three are Puzzle.
type Puzzle struct {
	Puzzle string `json:"puzzle"`
	Most   int    `json:"most"`
}

// maxWork is longer than any solved puzzle, in bytes.
const maxWork = 200

// GuestIn tells the page which room its new cookie is valid for, and for whom.
type GuestIn struct {
	Workshop string `json:"workshop"`
	Person   string `json:"person"`
}

// GuestMe identifies the holder of such a cookie. Person is the guest's or member's id in the room,
// stable for the life of the cookie; the device stores what they write under it. Acct is present for a
// room pass only: the member's account, which owns the pages written meanwhile.
type GuestMe struct {
	Workshop string `json:"workshop"`
	Person   string `json:"person"`
	Title    string `json:"title"`
	Language string `json:"language"`
	Name     string `json:"name"`
	Acct     string `json:"acct,omitempty"`
}

// GuestEntry is a parsed GuestEntryRequest.
type GuestEntry struct{ Code, Name string }

// maxGuestName is shorter than a name may be, to leave room for a number that distinguishes guests with
// equal names.
const maxGuestName = 30

// Parse returns code and name.
func (r GuestEntryRequest) Parse() (GuestEntry, error) {
	var p parser
	e := GuestEntry{Code: NormalInvite(r.Code), Name: p.text("name", lookalike.Plain(r.Name), 1, maxGuestName)}
	p.Must(len(e.Code) == 6, "code", "has six letters and numbers")
	p.Must(len(r.Work) <= maxWork, "work", "is too long")
	return e, p.Err()
}
