package app

import (
	"amends/roles"
	"amends/server/bus"
)

// rule is what do checks.
type rule struct {
	needs   roles.Permission
	private bool
	// reads: the transaction is read-only.
	reads bool
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
		out[o.Name] = rule{needs: o.Needs, private: o.Has(Private), reads: o.Has(Reads | Ephemeral), tries: o.Tries()}
	}
	for _, i := range inner {
		out[i.Name] = rule{needs: i.Needs, private: i.Private, asks: i.Asks, within: i.Within, tries: writing()}
	}
	return out
}

// Tries are the rate limits of the operation: those its row names for public operations, and one for
// every write of an authenticated caller.
func (o Operation) Tries() []bus.Rule {
	if o.Needs == "" || o.Has(Reads) {
		return o.Call.tries
	}
	return writing()
}

func writing() []bus.Rule { return []bus.Rule{bus.WritePerMember()} }
