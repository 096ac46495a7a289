package wire

import "amends/server/id"

// PassRequest asks for a room pass: a code that lets one member into one workshop without
// password and key card.
type PassRequest struct {
	Member string `json:"member"`
}

// Pass is the code to read out. It is shown this once.
type Pass struct {
	Code      string `json:"code"`
	ExpiresAt int64  `json:"expires_at"`
}

// PassEntryRequest is the code as the member types it. Public.
type PassEntryRequest struct {
	Code string `json:"code"`
}

// PassCodeLength is eight letters and numbers, 40 bits, for ten minutes.
const PassCodeLength = 8

// Parse gives the member.
func (r PassRequest) Parse() (id.Member, error) {
	var p parser
	m := member(&p, "member", r.Member)
	return m, p.Err()
}

// Parse gives the code.
func (r PassEntryRequest) Parse() (string, error) {
	var p parser
	code := NormalInvite(r.Code)
	p.Must(len(code) == PassCodeLength, "code", "has eight letters and numbers")
	return code, p.Err()
}
