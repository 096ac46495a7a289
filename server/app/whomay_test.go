package app

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"amends/roles"
	"amends/server/wire"
)

var update = flag.Bool("update", false, "write the golden file again")

const golden = "testdata/who-may.golden"

// The golden file lists every operation and room command with its permission, the roles that have it,
// and its marks, so that a change of permissions is visible in review.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	held := map[roles.Permission][]string{}
	rows, err := roles.Policy()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		need := roles.Permission(r.Object + "." + r.Action)
		held[need] = append(held[need], fmt.Sprintf("%s(%s)", r.Role, r.Relation))
	}
	var lines []string
	add := func(name string, need roles.Permission, extra string) {
		who := slices.Clone(held[need])
		slices.Sort(who)
		if len(who) == 0 && need != "" {
			t.Errorf("%s asks for %s, which no role has", name, need)
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%-24s %-20s %-62s %s", name, need, strings.TrimSpace(extra), strings.Join(who, " ")), " "))
	}
	for _, o := range Operations() {
		add(o.Name, o.Needs, string(o.Who)+" "+marks(o))
	}
	for _, i := range Inners() {
		extra := ""
		if i.Private {
			extra = "private"
		}
		add("within: "+i.Name, i.Needs, extra)
	}
	for name, spec := range wire.Commands() {
		add("room: "+name, spec.Needs, "")
	}
	slices.Sort(lines)
	text := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != text {
		t.Errorf("permissions have changed: review them, then run `make gen`\n%s", text)
	}
}

// marks formats an operation's marks for the golden file.
func marks(o Operation) string {
	var out []string
	for mark, word := range map[Mark]string{Reads: "reads", Private: "private", Sealed: "sealed", Makes: "makes", Once: "once", Natural: "natural", Ephemeral: "ephemeral"} {
		if o.Has(mark) {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	if most := o.MaxBody(); most > 0 {
		out = append(out, fmt.Sprintf("%dK", most>>10))
	}
	out = append(out, slices.Sorted(maps.Keys(o.Budgets()))...)
	return strings.Join(out, " ")
}
