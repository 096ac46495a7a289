package agenda

import (
	"reflect"

	"amends/server/fault"
)

// ErrMovedOn says that somebody else has saved or published in between. Nothing was stored.
var ErrMovedOn = fault.New(fault.Conflict, "agenda.moved_on", "Somebody else has changed this agenda. What you wrote is still here.")

// Newest is the newest version of an own agenda. Rev counts how often it was saved.
type Newest struct {
	Ver, Rev int
	Draft    bool
	Agenda
}

// Save is the rule of two editors. A draft is replaced only by one that was made from it; a
// published version is never replaced: the first change of it makes the next version, as a
// draft, with Rev 0 standing for "there is none yet". The same content sent twice is stored
// once and answered twice. Fault: agenda.moved_on.
func (n Newest) Save(ver, rev int, in Agenda) (stored bool, err error) {
	switch {
	case n.Draft && ver == n.Ver && rev == n.Rev:
		return false, nil
	case !n.Draft && ver == n.Ver+1 && rev == 0:
		return false, nil
	case n.Draft && ver == n.Ver && rev == n.Rev-1 && same(in, n.Agenda):
		return true, nil
	}
	return false, ErrMovedOn
}

// Publish says whether the draft that was seen can be published; published already is true
// when it has been, so that a repeat is done once. Faults: agenda.moved_on, and input.invalid
// naming what the draft still lacks.
func (n Newest) Publish(ver, rev int) (already bool, err error) {
	if n.Ver != ver || n.Rev != rev {
		return false, ErrMovedOn
	}
	if !n.Draft {
		return true, nil
	}
	return false, n.Check()
}

func same(a, b Agenda) bool {
	return a.Title == b.Title && a.TargetMin == b.TargetMin && len(a.Segments) == len(b.Segments) && (len(a.Segments) == 0 || reflect.DeepEqual(a.Segments, b.Segments))
}
