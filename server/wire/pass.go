package wire

import "amends/server/id"

// PassRequest asks for a room pass: a code that lets one member into one workshop without password and
// key card.
type PassRequest struct {
	Member string `json:"member"`
}

// Pass has the code to read out. It is shown only once.
type Pass struct {
	Code      string `json:"code"`
	ExpiresAt int64  `json:"expires_at"`
}

// PassEntryRequest has the code that the member typed. Public.
type PassEntryRequest struct {
	Code string `json:"code"`
}

// PassCodeLength is eight letters and digits, 40 bits; a code is valid for ten minutes.
const PassCodeLength = 8

// Parse returns the member.
func (r PassRequest) Parse() (id.Member, error) {
	var p parser
	m := member(&p, "member", r.Member)
	return m, p.Err()
}

// Parse returns the code.
func (r PassEntryRequest) Parse() (string, error) {
	var p parser
	code := NormalInvite(r.Code)
	p.Must(len(code) == PassCodeLength, "code", "has eight letters and numbers")
	return code, p.Err()
}
