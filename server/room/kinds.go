package room

import (
	"maps"
	"slices"

	"amends/server/id"
)

// The kinds of events. Each has a name and one row in a table beside its rules. Names are stored in the
// database: never rename, reuse or remove one.

// kind is the behaviour of one kind of event.
type kind struct {
	// apply changes the state; State.Seq is already the number of the event.
	apply   func(*State, Event)
	turn    undoing
	audited auditing
}

// undoing is the effect of an event on the undo of a turn (undo.go).
type undoing uint8

const (
	// untouched events leave the undo as it is.
	untouched undoing = iota
	// undoable events can themselves be undone.
	undoable
	// settled events discard the undo; settledForThem only when it is of the person the event names.
	settled
	settledForThem
)

// auditing says whether an event is written to the audit log, and about whom.
type auditing uint8

const (
	unaudited auditing = iota
	ofWorkshop
	ofPerson
	// ofPersonAndWhy appends the reason code to the action.
	ofPersonAndWhy
)

// kinds has the rows of all kinds by name.
var kinds = joined(roomKinds, personKinds, queueKinds, turnKinds, againKinds, helpKinds, careKinds, trioKinds, courseKinds, doorKinds, guestKinds, teamKinds, voiceKinds, wordKinds, muteKinds)

// joined merges tables; it panics when two of them have the same name.
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

// Kinds lists the names of all kinds, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// Audited returns what the audit log stores of an event: the action, and the person it is about (zero
// for the workshop as a whole). kept is false for events that are not logged.
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
