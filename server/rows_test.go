package server_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"amends/roles"
	"amends/server/app"
	"amends/server/bus"
)

// Compares the rows with the access test's expectations without sending requests. So this test can
// remove each mark of each row in turn and check that the comparison notices.

// table is a copy of the rows that a test may change.
type table struct {
	rows  []app.Operation
	inner []app.Inner
}

func written() table { return table{app.Operations(), app.Inners()} }

func TestEveryRowSaysWhatIsExpected(t *testing.T) {
	t.Parallel()
	for _, problem := range newJudge(t).of(written()) {
		t.Error(problem)
	}
}

// Removes one property after the other from each row, and expects a problem to be reported.
func TestRemovingAnyMarkOfARowIsDetected(t *testing.T) {
	t.Parallel()
	j, tried := newJudge(t), 0
	missed := func(what, name string, flipped table) {
		tried++
		if !slices.ContainsFunc(j.of(flipped), func(p string) bool { return strings.HasPrefix(p, name+": ") }) {
			t.Errorf("%s: nobody notices that its %s is another", name, what)
		}
	}
	for i, o := range app.Operations() {
		for what, change := range flips(o) {
			flipped := written()
			change(&flipped.rows[i])
			missed(what, o.Name, flipped)
		}
	}
	for i, in := range app.Inners() {
		flipped := written()
		flipped.inner[i].Needs = ""
		missed("permission", in.Name, flipped)
		flipped = written()
		flipped.inner[i].Private = !in.Private
		missed("private mark", in.Name, flipped)
	}
	if tried < 4*len(app.Operations()) {
		t.Errorf("only %d changes were tried", tried)
	}
}

// flips are the possible changes of a row.
func flips(o app.Operation) map[string]func(*app.Operation) {
	mark := func(m app.Mark) func(*app.Operation) { return func(o *app.Operation) { o.Marks ^= m } }
	all := map[string]func(*app.Operation){
		"private mark": mark(app.Private), "reads mark": mark(app.Reads), "makes mark": mark(app.Makes),
		"once mark": mark(app.Once), "natural mark": mark(app.Natural), "step-up mark": mark(app.StepUp), "ephemeral mark": mark(app.Ephemeral),
		"cookie": func(o *app.Operation) {
			if o.Who = app.ByAnybody; o.Needs == "" {
				o.Who = app.BySignIn
			}
		},
	}
	if o.Who == app.ByAnybody {
		all["cookie"] = func(o *app.Operation) { o.Who = app.BySignIn }
	}
	if o.Needs != "" {
		all["permission"] = func(o *app.Operation) { o.Needs = "" }
	}
	if o.Call.Sent() != nil && o.Who != app.BySeat {
		all["limit of bytes"] = mark(app.Sealed)
	}
	if o.Needs == "" && len(o.Budgets()) > 0 {
		all["limit of tries"] = func(o *app.Operation) { o.Call = app.Call{Takes: o.Call.Takes, Gives: o.Call.Gives} }
	}
	return all
}

// judge compares rows with their expectations.
type judge struct {
	expected map[string][]expected
	holders  map[roles.Permission][]string
	// asked are the names with which the use cases call do and act.
	asked map[string]bool
}

func newJudge(t *testing.T) judge {
	t.Helper()
	j := judge{expected: expectations(), holders: map[roles.Permission][]string{}, asked: askedNames(t)}
	policy, err := roles.Policy()
	check(t, err)
	for _, r := range policy {
		need := roles.Permission(r.Object + "." + r.Action)
		j.holders[need] = append(j.holders[need], string(r.Role))
	}
	return j
}

// of returns the problems, each beginning with the name of its row.
func (j judge) of(t table) (problems []string) {
	inner := map[string][]app.Inner{}
	for _, in := range t.inner {
		if in.Needs == "" || !j.asked[in.Name] {
			problems = append(problems, in.Name+": asks for nothing, or is never asked")
		}
		if !in.Private {
			problems = append(problems, in.Name+": a refusal shows that the thing is there")
		}
		for _, within := range in.Within {
			inner[within] = append(inner[within], in)
		}
	}
	for _, o := range t.rows {
		if len(j.expected[o.Name]) == 0 {
			problems = append(problems, o.Name+": nothing is expected of it")
		}
		for _, e := range j.expected[o.Name] {
			for _, wrong := range append(j.access(o, e, inner[o.Name]), limits(o, e, j.expected[o.Name])...) {
				problems = append(problems, o.Name+": "+wrong)
			}
		}
	}
	return problems
}

func (j judge) access(o app.Operation, e expected, inner []app.Inner) (wrong []string) {
	if o.Who != e.cookie() {
		wrong = append(wrong, fmt.Sprintf("takes the cookie of %s, expected %s", o.Who, e.cookie()))
	}
	// For rooms, hiding is a property of the inner rules.
	if o.Has(app.Private) != (e.hides && o.Who != app.BySeat) {
		wrong = append(wrong, "a refusal hides what it should not, or shows what it should not")
	}
	if (o.Needs != "") != j.asked[o.Name] {
		wrong = append(wrong, "its permission is not asked for, or there is none to ask for")
	}
	if o.Who == app.ByAnybody {
		return wrong
	}
	may := slices.Clone(j.holders[o.Needs])
	for _, in := range inner {
		may = append(may, j.holders[in.Needs]...)
	}
	for _, who := range e.may {
		if role := roleOf(who); role != "" && !slices.Contains(may, role) {
			wrong = append(wrong, who+" may, and does not hold its permission")
		}
	}
	return wrong
}

// roleOf is an asker's role in the policy; a stage has none.
func roleOf(who string) string {
	switch who = strings.TrimRight(strings.TrimPrefix(who, "other "), "2"); who {
	case "pass":
		return "guest"
	case "stage":
		return ""
	}
	return who
}

func limits(o app.Operation, e expected, all []expected) (wrong []string) {
	if o.Call.Sent() != nil && o.MaxBody() != e.most() {
		wrong = append(wrong, fmt.Sprintf("takes %d bytes, expected %d", o.MaxBody(), e.most()))
	}
	for name, m := range compared() {
		if want := marksOf(o, all); o.Has(m) != (want&m != 0) {
			wrong = append(wrong, fmt.Sprintf("the mark %s: %t, expected %t (the field is of its first expectation)", name, o.Has(m), want&m != 0))
		}
	}
	if !counts(o, marksOf(o, all)) {
		wrong = append(wrong, fmt.Sprintf("is counted by %v", o.Budgets()))
	}
	return wrong
}

// counts reports whether the limits of an operation count what they should.
func counts(o app.Operation, is app.Mark) bool {
	budgets := o.Budgets()
	switch {
	case o.Who == app.BySeat:
		return len(budgets) == 1 && slices.Contains(slices.Collect(maps.Values(budgets)), app.PerSeat)
	case o.Who == app.ByAnybody && !endsSeats(o.Name):
		return slices.Contains(slices.Collect(maps.Values(budgets)), app.PerAddress)
	case is&app.Reads != 0:
		return budgets[bus.ReadPerMember().Name] == app.PerPerson
	}
	return budgets[bus.WritePerMember().Name] == app.PerPerson
}

// most is the expected limit of its body.
func (e expected) most() int {
	switch {
	case e.limit > 0:
		return e.limit
	case e.cookie() == app.ByAnybody:
		return 8 << 10
	}
	return 256 << 10
}

// compared are the marks that an expectation repeats beside `hides` and `limit`.
func compared() map[string]app.Mark {
	return map[string]app.Mark{"reads": app.Reads, "makes": app.Makes, "once": app.Once, "natural": app.Natural, "ephemeral": app.Ephemeral, "step-up": app.StepUp}
}

// marks are those of a row that is not usual.
func marks(all ...app.Mark) *app.Mark {
	var is app.Mark
	for _, m := range all {
		is |= m
	}
	return &is
}

// marksOf are the marks expected of a row. GET requests usually change nothing: those that write an audit
// entry (who opened a page, who read a list of people) say so. A POST request can usually be repeated; Once
// are those that would make another thing at each asking. Some have neither mark: a sign-in and a guest's
// seat are made anew, because whoever lost the answer holds no cookie to be known by.
func marksOf(o app.Operation, all []expected) app.Mark {
	for _, e := range all {
		if e.is != nil {
			return *e.is
		}
	}
	switch {
	case o.Method == http.MethodGet && o.Needs != "":
		return app.Reads
	case o.Method == http.MethodPost:
		return app.Natural
	}
	return 0
}

// askedNames parses the source of the use cases and returns the names with which they call do and act,
// directly or through a function that takes the name.
func askedNames(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("app", "*.go"))
	check(t, err)
	asked := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		check(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is || !slices.Contains([]string{"do", "act", "seat", "ownAgenda"}, called(call)) {
				return true
			}
			for _, arg := range call.Args {
				if text, is := arg.(*ast.BasicLit); is && text.Kind == token.STRING {
					value, err := strconv.Unquote(text.Value)
					check(t, err)
					asked[value] = true
				}
			}
			return true
		})
	}
	if len(asked) < 60 {
		t.Errorf("only %d names are asked", len(asked))
	}
	return asked
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
