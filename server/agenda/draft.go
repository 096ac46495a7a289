package agenda

import (
	"reflect"

	"amends/server/fault"
)

// ErrMovedOn says that somebody else saved or published in between. Nothing was stored.
var ErrMovedOn = fault.New(fault.Conflict, "agenda.moved_on", "Somebody else has changed this agenda. What you wrote is still here.")

// Newest is the newest version of a facility's own agenda. Rev counts its saves.
type Newest struct {
	Ver, Rev int
	Draft    bool
	Agenda
}

// Save checks a save as a compare-and-set on version and revision. A draft is replaced only by one that
// was made from it. A published version is immutable: the first change makes the next version, a draft,
// with rev 0. stored is true when the same content is stored already, so a retry is idempotent. Fault:
// agenda.moved_on.
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

// Publish checks whether the draft that the person saw can be published; already is true when it is
// published, so a retry is idempotent. Faults: agenda.moved_on, and input.invalid naming what the draft
// still lacks.
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
