package app

import (
	"amends/roles"
	"amends/server/bus"
)

// rule is what do asks of a person.
type rule struct {
	needs          roles.Permission
	private, reads bool
	// within are the rows whose call may ask it too.
	within []string
	// tries are counted before anything else: by person and use case, or by address for strangers.
	tries []bus.Rule
}

// Inner is a rule that an operation asks beside, or instead of, the one of its own row.
type Inner struct {
	Name    string
	Within  []string
	Needs   roles.Permission
	Private bool
}

// Inners is the whole list of them.
func Inners() []Inner {
	return []Inner{
		{"facilitateRoom", []string{"pollRoom", "commandRoom"}, roles.RoomFacilitate, true},
		{"joinRoom", []string{"pollRoom", "commandRoom"}, roles.RoomJoin, true},
		{"saveFeedback", []string{"saveWorksheet"}, roles.FeedbackCreate, true},
	}
}

// rules are those of all rows and inner rules, by the name that do is called with.
func rules(rows []Operation, inner []Inner) map[string]rule {
	out := map[string]rule{}
	for _, o := range rows {
		out[o.Name] = rule{needs: o.Needs, private: o.Has(Private), reads: o.Has(Reads), tries: o.Tries()}
	}
	for _, i := range inner {
		out[i.Name] = rule{needs: i.Needs, private: i.Private, within: i.Within, tries: writing()}
	}
	return out
}

// Tries are the limits that are counted when the operation is asked: those its row names for
// strangers, and for whoever is known one on everything that changes something.
func (o Operation) Tries() []bus.Rule {
	if o.Needs == "" || o.Has(Reads) {
		return o.Call.tries
	}
	return writing()
}

func writing() []bus.Rule { return []bus.Rule{bus.WritePerMember()} }
