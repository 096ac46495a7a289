package wire

import (
	"slices"

	"amends/server/id"
)

// Save is a parsed SaveRequest.
type Save struct {
	Ws      id.Worksheet
	Ver     int
	Typ     string
	Readers []id.Member
	Replace bool
	// Owner is set for feedback only.
	Owner id.Member
	File  []byte
}

// Parse checks forms and sizes; ws and ver come from the path.
func (r SaveRequest) Parse(ws, ver string) (Save, error) {
	var p parser
	s := Save{Ws: worksheet(&p, ws), Ver: whole(&p, "ver", ver, 1, MaxVersion), Typ: p.oneOf("typ", r.Typ, "worksheet", "mine", "feedback"),
		Replace: r.Replace, File: p.bytes("file", r.File, -MaxSealedFile)}
	p.Must((r.Owner != "") == (r.Typ == "feedback"), "owner", "goes with feedback, and with nothing else")
	if r.Owner != "" {
		if b := p.bytes("owner", r.Owner, 16); len(b) == 16 {
			s.Owner = id.From[id.Member]([16]byte(b))
		}
	}
	p.Must(len(r.Readers) >= 1 && len(r.Readers) <= MaxReaders, "readers", "needs one to eight readers")
	for _, text := range r.Readers {
		if b := p.bytes("readers", text, 16); len(b) == 16 {
			reader := id.From[id.Member]([16]byte(b))
			p.Must(!slices.Contains(s.Readers, reader), "readers", "names one reader twice")
			s.Readers = append(s.Readers, reader)
		}
	}
	return s, p.Err()
}

func worksheet(p *parser, text string) id.Worksheet {
	w, err := id.Parse[id.Worksheet](text)
	p.Must(err == nil, "ws", "is not an identifier")
	return w
}

// ParseWorksheet parses a worksheet id from a path.
func ParseWorksheet(text string) (id.Worksheet, error) {
	var p parser
	w := worksheet(&p, text)
	return w, p.Err()
}
