package wire

// Guests of open meetings, and members who come in by a room pass: both hold a narrow cookie
// that opens one room. Public requests.

// GuestEntryRequest is the room code on the screen and the name a guest wants to be called.
type GuestEntryRequest struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// GuestIn tells the page which room its fresh cookie opens, and for whom.
type GuestIn struct {
	Workshop string `json:"workshop"`
	Person   string `json:"person"`
}

// GuestMe is who a narrow cookie stands for. Person is the guest's or the member's id in the
// room, the same for as long as the cookie opens it: what the device keeps of their words is
// kept by it. Acct is there for a room pass: the member's account, to which the pages written
// meanwhile belong.
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

// maxGuestName leaves room for the number that tells two guests of one name apart.
const maxGuestName = 30

// Parse reads code and name.
func (r GuestEntryRequest) Parse() (GuestEntry, error) {
	var p parser
	e := GuestEntry{Code: NormalInvite(r.Code), Name: p.text("name", r.Name, 1, maxGuestName)}
	p.Must(len(e.Code) == 6, "code", "has six letters and numbers")
	return e, p.Err()
}
