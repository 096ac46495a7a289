package app

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"amends/roles"
)

// A row without a budget fails: an unauthenticated caller needs a rule for addresses in its row, a seat
// one for seats; everybody else is counted by what they are, unless the row says as what. The rules of
// each row are in who-may.golden.
func TestEveryOperationHasABudget(t *testing.T) {
	t.Parallel()
	for _, o := range Operations() {
		if why := unlimited(o); why != "" {
			t.Errorf("%s %s", o.Name, why)
		}
	}
	for _, i := range Inners() {
		if len(rules(Operations(), Inners())[i.Name].tries) == 0 {
			t.Errorf("the inner rule %s has no budget", i.Name)
		}
	}
}

// unlimited says why nothing limits an operation, or "".
func unlimited(o Operation) string {
	needs := PerPerson
	switch {
	case o.Who == ByAnybody && o.Needs == "" && len(o.Call.as) == 0:
		needs = PerAddress
	case o.Who == BySeat:
		needs = PerSeat
	}
	for _, other := range o.Call.as {
		if !slices.ContainsFunc(Operations(), func(row Operation) bool { return row.Name == other && len(row.Call.as) == 0 }) {
			return "is counted as " + other + ", which is no operation with limits of its own"
		}
	}
	if !slices.Contains(slices.Collect(maps.Values(o.Budgets())), needs) {
		return fmt.Sprintf("has no budget per %s", needs)
	}
	return ""
}

// The test above sees what a forgotten limit looks like.
func TestARowWithoutABudgetIsNoticed(t *testing.T) {
	t.Parallel()
	for what, o := range map[string]Operation{
		"a public row without a rule":       {Name: "x", Who: ByAnybody, Call: handled(nil, nil)},
		"a seat without a rule":             {Name: "x", Who: BySeat, Call: handled(nil, nil)},
		"a row of inner rules without one":  {Name: "x", Who: BySignIn, Call: handled(nil, nil)},
		"a row that counts as nothing":      {Name: "x", Who: ByAnybody, Call: handled(nil, nil).countedAs("nothing")},
		"a row that counts as such another": {Name: "x", Who: ByAnybody, Call: handled(nil, nil).countedAs("quickExit")},
	} {
		if unlimited(o) == "" {
			t.Errorf("%s is not noticed", what)
		}
	}
	for what, o := range map[string]Operation{
		"a person reads":  {Name: "x", Who: BySignIn, Needs: roles.KeysOwn, Marks: Reads},
		"a person writes": {Name: "x", Who: BySignIn, Needs: roles.KeysOwn},
	} {
		if why := unlimited(o); why != "" {
			t.Errorf("%s: %s", what, why)
		}
	}
}
