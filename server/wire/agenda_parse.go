package wire

import (
	"strings"

	"amends/server/id"
)

// AgendaFrom is a parsed AgendaRequest: Key or Own names the source, neither means an empty one.
type AgendaFrom struct {
	Key      string
	Own      id.Agenda
	Language string
	Title    string
}

// Parse checks the form only; the use case checks that the source exists.
func (r AgendaRequest) Parse() (AgendaFrom, error) {
	var p parser
	out := AgendaFrom{Language: p.oneOf("language", r.Language, "en", "es"), Title: p.text("title", r.Title, 1, 80)}
	if own, err := id.Parse[id.Agenda](r.From); err == nil {
		out.Own = own
	} else {
		out.Key = p.text("from", r.From, 0, 40)
	}
	return out, p.Err()
}

// Parse checks the numbers and trims the texts. Package agenda decides whether a draft can be stored.
func (r AgendaDraftRequest) Parse() (AgendaDraftRequest, error) {
	var p parser
	version(&p, r.Ver, r.Rev)
	r.Title = strings.TrimSpace(r.Title)
	for i := range r.Segments {
		s := &r.Segments[i]
		s.Title, s.Prompt, s.StageText = strings.TrimSpace(s.Title), strings.TrimSpace(s.Prompt), strings.TrimSpace(s.StageText)
		for j := range s.Points {
			s.Points[j] = strings.TrimSpace(s.Points[j])
		}
	}
	return r, p.Err()
}

// Parse checks the numbers.
func (r AgendaPublishRequest) Parse() (AgendaPublishRequest, error) {
	var p parser
	version(&p, r.Ver, r.Rev)
	return r, p.Err()
}

func version(p *parser, ver, rev int) {
	const most = 1 << 30
	p.between("ver", ver, 1, most)
	p.between("rev", rev, 0, most)
}

// AgendaRef is an agenda in a path: an own one by id, or a built-in one by key.
type AgendaRef struct {
	Own id.Agenda
	Key string
}

// ParseAgendaRef parses an id or a built-in key from a path.
func ParseAgendaRef(text string) (AgendaRef, error) {
	if own, err := id.Parse[id.Agenda](text); err == nil {
		return AgendaRef{Own: own}, nil
	}
	var p parser
	key := p.text("agenda", text, 1, 40)
	return AgendaRef{Key: key}, p.Err()
}

// ParseAgenda parses an own agenda's id from a path.
func ParseAgenda(text string) (id.Agenda, error) {
	var p parser
	a, err := id.Parse[id.Agenda](text)
	p.Must(err == nil, "agenda", "is not an identifier")
	return a, p.Err()
}

// ParseAgendaVersion parses a version number from a path.
func ParseAgendaVersion(text string) (int, error) {
	var p parser
	n := whole(&p, "ver", text, 1, 1<<30)
	return n, p.Err()
}
