package app

import (
	"maps"
	"slices"

	"amends/roles"
	"amends/server/bus"
)

// rule is what do checks.
type rule struct {
	needs   roles.Permission
	private bool
	// reads: the transaction is read-only.
	reads bool
	// stepUp asks that the person has just proved that it is them.
	stepUp bool
	// asks marks a rule that is asked to find out what somebody is, in the ordinary course of things: its
	// refusal is an answer, and no entry of the audit log.
	asks bool
	// within are the other rows whose calls may use this rule.
	within []string
	// tries are counted first: by person and use case, or by address for unauthenticated callers.
	tries []bus.Rule
}

// Inner is a rule that an operation checks beside, or instead of, that of its own row.
type Inner struct {
	Name    string
	Within  []string
	Needs   roles.Permission
	Private bool
	// Asks: everybody who enters a room is first asked whether they facilitate it.
	Asks bool
}

// Inners lists them all.
func Inners() []Inner {
	return []Inner{
		{"facilitateRoom", []string{"pollRoom", "commandRoom"}, roles.RoomFacilitate, true, true},
		{"joinRoom", []string{"pollRoom", "commandRoom"}, roles.RoomJoin, true, false},
		{"saveFeedback", []string{"saveWorksheet"}, roles.FeedbackCreate, true, false},
	}
}

// rules has the rules of all rows and inner rules, by the name passed to do.
func rules(rows []Operation, inner []Inner) map[string]rule {
	out := map[string]rule{}
	for _, o := range rows {
		out[o.Name] = rule{needs: o.Needs, private: o.Has(Private), reads: o.Has(Reads | Ephemeral), stepUp: o.Has(StepUp), tries: o.Tries()}
	}
	for _, i := range inner {
		out[i.Name] = rule{needs: i.Needs, private: i.Private, asks: i.Asks, within: i.Within, tries: writing()}
	}
	return out
}

// Tries are the rate limits of the operation, so that each has one: those its row names for an
// unauthenticated caller or for a seat, and otherwise one for what an authenticated caller reads or
// writes. An operation that runs others (countedAs) is counted by theirs.
func (o Operation) Tries() []bus.Rule {
	switch {
	case len(o.Call.tries) > 0 || len(o.Call.as) > 0:
		return o.Call.tries
	case o.Needs == "":
		return nil // TestEveryOperationHasABudget fails for such a row
	case o.Has(Reads):
		return []bus.Rule{bus.ReadPerMember()}
	}
	return writing()
}

func writing() []bus.Rule { return []bus.Rule{bus.WritePerMember()} }

// Budget says what an operation's limits count: an address, everybody together, a person, or a person in
// a room.
type Budget string

// The budgets of Budgets.
const (
	PerAddress Budget = "address"
	Overall    Budget = "everybody"
	PerPerson  Budget = "person"
	PerSeat    Budget = "seat"
)

// Budgets says for each rule of an operation, by name, what it counts, with those of the operations that
// it is counted as. Only rules for addresses count an unauthenticated caller.
func (o Operation) Budgets() map[string]Budget {
	out := map[string]Budget{}
	for _, rule := range o.Tries() {
		switch {
		case rule.Overall:
			out[rule.Name] = Overall
		case o.Who == BySeat:
			out[rule.Name] = PerSeat
		case len(o.Call.tries) > 0:
			out[rule.Name] = PerAddress
		default:
			out[rule.Name] = PerPerson
		}
	}
	for _, other := range Operations() {
		if slices.Contains(o.Call.as, other.Name) {
			maps.Copy(out, other.Budgets())
		}
	}
	return out
}
