package room

import (
	"maps"
	"slices"

	"amends/server/id"
)

// The kinds of events. Each has a name and one row, which stand beside the rules of what it is
// about. Names are kept in the database: they are never reused, and no row is taken out.

// kind is what an event of one name does.
type kind struct {
	// apply changes the state; its number is that of the event by then.
	apply   func(*State, Event)
	turn    undoing
	audited auditing
}

// undoing is what an event means for the turn that can be taken back (undo.go).
type undoing uint8

const (
	// untouched leaves it as it is.
	untouched undoing = iota
	// undoable events can be taken back themselves.
	undoable
	// settled: after these nothing is taken back; settledForThem: no turn of whom the event speaks of.
	settled
	settledForThem
)

// auditing says whether the audit log keeps an event, and of what.
type auditing uint8

const (
	unaudited auditing = iota
	ofWorkshop
	ofPerson
	// ofPersonAndWhy adds the code of the reason to the action.
	ofPersonAndWhy
)

// kinds are all of them.
var kinds = joined(roomKinds, personKinds, queueKinds, turnKinds, againKinds, helpKinds, careKinds, trioKinds, courseKinds, doorKinds, teamKinds, voiceKinds, wordKinds)

// joined makes one table of several; a name has one row.
func joined[Row any](tables ...map[string]Row) map[string]Row {
	all := map[string]Row{}
	for _, table := range tables {
		for name, row := range table {
			if _, twice := all[name]; twice {
				panic("room: two rows are named " + name)
			}
			all[name] = row
		}
	}
	return all
}

// Kinds lists every kind of event; a test holds Apply to it.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// Audited says what the audit log keeps of an event: the action and, of a person, who; false for
// nothing. The zero person means the workshop as a whole.
func (e Event) Audited() (action string, who id.Member, kept bool) {
	switch kinds[e.Kind].audited {
	case ofWorkshop:
		return e.Kind, id.Member{}, true
	case ofPerson:
		return e.Kind, e.Data.Member, true
	case ofPersonAndWhy:
		return e.Kind + "." + e.Data.Reason, e.Data.Member, true
	case unaudited:
	}
	return "", id.Member{}, false
}
