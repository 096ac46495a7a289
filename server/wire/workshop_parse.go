package wire

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"amends/server/id"
)

// Schedule is a parsed ScheduleRequest.
type Schedule struct {
	Title, Kind, Starts, Agenda, Language string
	Cohort                                id.Cohort
	Lead                                  id.Member
	Counselors                            []id.Member
	Capacity                              int
}

// The largest rooms: small enough that everybody in a workshop can speak.
const (
	MaxGroup = 15
	MaxOpen  = 5000
)

// Parse checks the form; the use case checks that cohort, agenda and people exist.
func (r ScheduleRequest) Parse() (Schedule, error) {
	var p parser
	kind, size := p.oneOf("kind", cmp.Or(r.Kind, "group"), "group", "open"), MaxGroup
	if kind == "open" {
		size = MaxOpen
		p.Must(r.Cohort == "", "cohort", "an open meeting has none")
	}
	s := Schedule{Title: p.text("title", r.Title, 1, 80), Kind: kind, Starts: r.Starts, Agenda: p.text("agenda", r.Agenda, 1, 40),
		Language: p.oneOf("language", r.Language, "en", "es"), Cohort: cohort(&p, "cohort", r.Cohort, kind == "open"),
		Lead: member(&p, "lead", r.Lead), Capacity: p.between("capacity", r.Capacity, 1, size)}
	_, err := time.Parse(LocalTime, r.Starts)
	p.Must(err == nil, "starts", "is not a local time like 2026-05-12T18:30")
	p.Must(len(r.Counselors) <= 6, "counselors", "has too many people")
	for _, c := range r.Counselors {
		if m := member(&p, "counselors", c); m != s.Lead && !slices.Contains(s.Counselors, m) {
			s.Counselors = append(s.Counselors, m)
		}
	}
	return s, p.Err()
}

// StageCodeLength is eight digits, which a remote control can type.
const StageCodeLength = 8

// Parse returns the digits.
func (r ConnectRequest) Parse() (string, error) {
	var p parser
	code := NormalInvite(r.Code)
	_, err := strconv.ParseUint(code, 10, 32)
	p.Must(err == nil && len(code) == StageCodeLength, "code", "has eight digits")
	p.Must(len(r.Work) <= maxWork, "work", "is too long")
	return code, p.Err()
}

// ParseWorkshop parses a workshop id from a path.
func ParseWorkshop(text string) (id.Workshop, error) {
	var p parser
	w, err := id.Parse[id.Workshop](text)
	p.Must(err == nil, "workshop", "is not an identifier")
	return w, p.Err()
}

// ParseMember parses a member id from a path.
func ParseMember(text string) (id.Member, error) {
	var p parser
	m := member(&p, "member", text)
	return m, p.Err()
}

// ParseCohort parses a cohort id from a path.
func ParseCohort(text string) (id.Cohort, error) {
	var p parser
	c := cohort(&p, "cohort", text, false)
	return c, p.Err()
}

// ParseInvitation parses an invitation id from a path.
func ParseInvitation(text string) (id.Invitation, error) {
	var p parser
	i, err := id.Parse[id.Invitation](text)
	p.Must(err == nil, "invitation", "is not an identifier")
	return i, p.Err()
}

// ParseSealed parses the id of a stored version from a path.
func ParseSealed(text string) (id.Sealed, error) {
	var p parser
	s, err := id.Parse[id.Sealed](text)
	p.Must(err == nil, "id", "is not an identifier")
	return s, p.Err()
}

// ParseRoomCode parses a typed room code.
func ParseRoomCode(text string) (string, error) {
	var p parser
	code := NormalInvite(text)
	p.Must(len(code) == 6, "code", "has six letters and numbers")
	return code, p.Err()
}

// Times is the period of a list of workshops; a zero time was not given.
type Times struct{ Since, Until time.Time }

// ParseTimes parses times of a query, in unix milliseconds.
func ParseTimes(since, until string) (Times, error) {
	var p parser
	t := Times{Since: moment(&p, "since", since), Until: moment(&p, "until", until)}
	return t, p.Err()
}

func moment(p *parser, name, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	p.Must(err == nil && ms > 0 && ms < 1<<43, name, "is not a time in milliseconds")
	return time.UnixMilli(ms)
}

func whole(p *parser, name, text string, min, max int) int {
	n, err := strconv.Atoi(text)
	p.Must(err == nil && n >= min && n <= max && strconv.Itoa(n) == text, name, "is not a number in range")
	return n
}
