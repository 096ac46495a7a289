package app

import "amends/roles"

// rule is what do asks of a person.
type rule struct {
	needs          roles.Permission
	private, reads bool
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
		if o.Needs != "" {
			out[o.Name] = rule{needs: o.Needs, private: o.Has(Private), reads: o.Has(Reads)}
		}
	}
	for _, i := range inner {
		out[i.Name] = rule{needs: i.Needs, private: i.Private}
	}
	return out
}
