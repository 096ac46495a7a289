package wire

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"amends/server/id"
)

// ConsentTexts are the versions of the consent text that can be signed. A new wording is a new version;
// old ones stay in the ledger and remain readable in the data files.
func ConsentTexts() []string { return []string{"consent@1"} }

// MaxConsentMonths bounds how long one signature is valid.
const MaxConsentMonths = 12

// Assign is a parsed AssignRequest; exactly one of Mentor and Invitation is set.
type Assign struct {
	Participant, Mentor id.Member
	Invitation          id.Invitation
}

// Parse checks that exactly one mentor is named, by person or by slip.
func (r AssignRequest) Parse() (Assign, error) {
	var p parser
	a := Assign{Participant: member(&p, "participant", r.Participant)}
	p.Must((r.Mentor == "") != (r.Invitation == ""), "mentor", "needs a person or a slip, not both")
	if r.Mentor != "" {
		a.Mentor = member(&p, "mentor", r.Mentor)
		p.Must(a.Mentor != a.Participant, "mentor", "is the same person")
	}
	if r.Invitation != "" {
		i, err := id.Parse[id.Invitation](r.Invitation)
		p.Must(err == nil, "invitation", "is not an identifier")
		a.Invitation = i
	}
	return a, p.Err()
}

// Sign is a parsed SignRequest.
type Sign struct {
	TextVersion, Language string
	Months                int
}

// Parse checks a signature.
func (r SignRequest) Parse() (Sign, error) {
	var p parser
	s := Sign{TextVersion: p.oneOf("text_version", r.TextVersion, ConsentTexts()...), Language: p.oneOf("language", r.Language, "en", "es"),
		Months: p.between("months", r.Months, 1, MaxConsentMonths)}
	return s, p.Err()
}

// ParseAssignment parses an assignment id from a path.
func ParseAssignment(text string) (id.Assignment, error) {
	var p parser
	a, err := id.Parse[id.Assignment](text)
	p.Must(err == nil, "assignment", "is not an identifier")
	return a, p.Err()
}

// ParseConsent parses a consent id from a path.
func ParseConsent(text string) (id.Consent, error) {
	var p parser
	c, err := id.Parse[id.Consent](text)
	p.Must(err == nil, "consent", "is not an identifier")
	return c, p.Err()
}

// ParseTalkRequest parses the id of a talk request from a path.
func ParseTalkRequest(text string) (id.TalkRequest, error) {
	var p parser
	r, err := id.Parse[id.TalkRequest](text)
	p.Must(err == nil, "request", "is not an identifier")
	return r, p.Err()
}

// ParseAcct parses an account from a path, in the encoding of the sealing format.
func ParseAcct(name, text string) (id.Member, error) {
	var p parser
	b := p.bytes(name, text, 16)
	if err := p.Err(); err != nil {
		return id.Member{}, err
	}
	return id.From[id.Member]([16]byte(b)), nil
}

// NoteSave is a parsed NoteRequest.
type NoteSave struct {
	Ver  int
	File []byte
}

// ParseNote parses a note's file and version.
func (r NoteRequest) ParseNote(ver string) (NoteSave, error) {
	var p parser
	n := NoteSave{Ver: whole(&p, "ver", ver, 1, MaxVersion), File: p.bytes("file", r.File, -MaxSealedFile)}
	return n, p.Err()
}

// FacilitySettings is a parsed FacilitySettingsRequest.
type FacilitySettings struct{ Track, DutyNote string }

// Parse checks the settings; the note may contain line breaks.
func (r FacilitySettingsRequest) Parse() (FacilitySettings, error) {
	var p parser
	s := FacilitySettings{Track: p.oneOf("track", r.Track, "twelve_step", "secular"), DutyNote: strings.TrimSpace(r.DutyNote)}
	odd := func(c rune) bool { return unicode.IsControl(c) && c != '\n' }
	p.Must(utf8.ValidString(s.DutyNote) && !strings.ContainsFunc(s.DutyNote, odd), "duty_note", "holds characters that cannot be used here")
	p.Must(utf8.RuneCountInString(s.DutyNote) <= 1000, "duty_note", "is too long")
	return s, p.Err()
}
