package wire

import (
	"regexp"
	"strconv"
	"strings"

	"amends/server/id"

	"golang.org/x/text/unicode/norm"
)

var handleForm = regexp.MustCompile(`^[\p{L}\p{N}](?:[\p{L}\p{N}._-]{1,30})[\p{L}\p{N}]$`)

// NormalHandle normalizes a sign-in name: NFKC, lower case, trimmed. It does not validate; ParseHandle
// does.
func NormalHandle(s string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(s)))
}

func handle(p *parser, s string) string {
	h := NormalHandle(s)
	p.Must(handleForm.MatchString(h), "handle", "needs 3 to 32 letters, numbers, dots or dashes")
	return h
}

// inviteCode normalizes and validates a slip's code.
func inviteCode(p *parser, s string) string {
	code := NormalInvite(s)
	p.Must(len(code) >= 8 && len(code) <= 64, "invite", "is not a code from a slip")
	return code
}

// NormalInvite removes separators that people type in a code and maps misread characters: O to 0, I and
// L to 1 (Crockford's base 32).
func NormalInvite(s string) string {
	s = strings.ToUpper(s)
	return strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(s)
}

// Parse returns the code.
func (r SlipRequest) Parse() (code string, err error) {
	var p parser
	code = inviteCode(&p, r.Invite)
	return code, p.Err()
}

// Reserve is a parsed ReserveRequest.
type Reserve struct{ Code, Handle string }

// Parse returns code and name.
func (r ReserveRequest) Parse() (Reserve, error) {
	var p parser
	in := Reserve{Code: inviteCode(&p, r.Invite), Handle: handle(&p, r.Handle)}
	return in, p.Err()
}

// SignUp is a parsed sign-up. Packages keys and worksheet still have to validate bundle, wraps and
// file.
type SignUp struct {
	Code, Handle, RoomName, Language, Kdf string
	Member                                id.Member
	Salt, Apw, Acard, Bundle, Vault       []byte
	Epoch                                 uint32
	Wraps                                 map[int][]byte
}

// Parse checks forms and sizes.
func (r SignUpRequest) Parse() (SignUp, error) {
	var p parser
	s := SignUp{
		Code: inviteCode(&p, r.Invite), Handle: handle(&p, r.Handle),
		RoomName: p.text("room_name", r.RoomName, 1, 40), Language: p.oneOf("language", r.Language, "en", "es"),
		Kdf:  p.oneOf("kdf", r.Kdf, "a1"),
		Salt: p.bytes("salt", r.Salt, 16), Apw: p.bytes("apw", r.Apw, 32), Acard: p.bytes("acard", r.Acard, 32),
		Bundle: p.bytes("bundle", r.Bundle, BundleBytes), Vault: p.bytes("vault.file", r.Vault.File, -MaxSealedFile),
		Epoch: uint32(p.between("epoch", r.Epoch, 1, 1)), Wraps: map[int][]byte{},
	}
	if acct := p.bytes("acct", r.Acct, 16); len(acct) == 16 {
		s.Member = id.From[id.Member]([16]byte(acct))
	}
	p.Must(r.Vault.Ctr == 1, "vault.ctr", "starts at 1")
	p.Must(len(r.Wraps) == 2, "wraps", "needs kind 1 and kind 2")
	for _, w := range r.Wraps {
		p.Must(w.Kind == 1 || w.Kind == 2, "wraps.kind", "is not 1 or 2")
		p.Must(s.Wraps[w.Kind] == nil, "wraps.kind", "stands twice")
		s.Wraps[w.Kind] = p.bytes("wraps.blob", w.Blob, WrapBytes)
	}
	return s, p.Err()
}

// Login is a parsed sign-in.
type Login struct {
	Handle string
	Apw    []byte
	Shared bool
	Device string
}

// Parse checks forms. A malformed name is no error here: it gets the same answer as an unknown name.
func (r LoginRequest) Parse() (Login, error) {
	var p parser
	p.Must(len(r.Handle) > 0 && len(r.Handle) <= 256, "handle", "is missing or too long")
	l := Login{Handle: NormalHandle(r.Handle), Apw: p.bytes("apw", r.Apw, 32), Shared: r.Shared}
	if r.Device != "" {
		l.Device = p.oneOf("device", r.Device, "phone", "tablet", "computer")
	}
	return l, p.Err()
}

// Parse returns the key.
func (r StepUpRequest) Parse() (apw []byte, err error) {
	var p parser
	apw = p.bytes("apw", r.Apw, 32)
	return apw, p.Err()
}

// Parse returns the normalized name.
func (r PreloginRequest) Parse() (string, error) {
	var p parser
	p.Must(len(r.Handle) > 0 && len(r.Handle) <= 256, "handle", "is missing or too long")
	return NormalHandle(r.Handle), p.Err()
}

// Vault is a parsed VaultFile.
type Vault struct {
	Ctr  int64
	File []byte
}

// Parse returns counter and bytes; package worksheet validates the file.
func (r VaultFile) Parse() (Vault, error) {
	var p parser
	p.Must(r.Ctr >= 2, "ctr", "is out of range")
	v := Vault{Ctr: r.Ctr, File: p.bytes("file", r.File, -MaxSealedFile)}
	return v, p.Err()
}

// ParseVaultBefore parses the If-Match header of a vault: the counter that the browser saw.
func ParseVaultBefore(text string) (int64, error) {
	var p parser
	ctr, err := strconv.ParseInt(text, 10, 64)
	p.Must(err == nil && ctr >= 1, "If-Match", "is not the counter before this one")
	return ctr, p.Err()
}

// Parse returns the 32 bytes.
func (r Half) Parse() ([]byte, error) {
	var p parser
	half := p.bytes("half", r.Half, 32)
	return half, p.Err()
}
