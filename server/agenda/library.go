package agenda

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"amends/server/fault"
)

//go:embed builtin/*.json
var builtin embed.FS

// Library is the set of built-in agendas.
type Library struct{ all []Agenda }

// Open reads and validates the built-in agendas.
func Open() (*Library, error) {
	names, err := fs.Glob(builtin, "builtin/*.json")
	if err != nil {
		return nil, fmt.Errorf("list the built-in agendas: %w", err)
	}
	lib := &Library{}
	for _, name := range names {
		text, err := builtin.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		var a Agenda
		if err := d.Decode(&a); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		a.TargetMin = a.Minutes()
		if err := a.Check(); err != nil {
			return nil, fmt.Errorf("check %s: %w %+v", name, err, fault.As(err).Fields)
		}
		lib.all = append(lib.all, a)
	}
	return lib, nil
}

// In lists the agendas of a wording track, by language, longest first.
func (l *Library) In(track string) []Agenda {
	var out []Agenda
	for _, a := range l.all {
		if a.Wording == track {
			out = append(out, a)
		}
	}
	return out
}

// Find returns an agenda by its key, language and wording track.
func (l *Library) Find(key, language, track string) (Agenda, bool) {
	for _, a := range l.all {
		if a.Key == key && a.Language == language && a.Wording == track {
			return a, true
		}
	}
	return Agenda{}, false
}
