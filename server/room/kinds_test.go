package room

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"amends/server/id"

	"github.com/google/go-cmp/cmp"
)

// Every name of an event in the source has a row, and every row has a name.
func TestEveryKindOfEventHasARow(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	var named []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if constants, is := d.(*ast.GenDecl); is && constants.Tok == token.CONST {
				named = append(named, textsOf(constants, form)...)
			}
		}
	}
	slices.Sort(named)
	if diff := cmp.Diff(named, Kinds()); diff != "" || len(named) < 60 {
		t.Errorf("the rows differ from the %d names of events in the source: %s", len(named), diff)
	}
}

func textsOf(d *ast.GenDecl, form *regexp.Regexp) (out []string) {
	ast.Inspect(d, func(n ast.Node) bool {
		if text, is := n.(*ast.BasicLit); is && text.Kind == token.STRING {
			if value, err := strconv.Unquote(text.Value); err == nil && form.MatchString(value) {
				out = append(out, value)
			}
		}
		return true
	})
	return out
}

// The audited events, listed by hand: removing a mark from a row fails here.
func TestWhichEventsAreAudited(t *testing.T) {
	t.Parallel()
	who := id.New[id.Member]()
	var room, people []string
	for _, kind := range Kinds() {
		action, of, kept := Event{Kind: kind, Data: Data{Member: who, Reason: "safety"}}.Audited()
		switch {
		case kept && of == who:
			people = append(people, action)
		case kept && of.IsZero():
			room = append(room, action)
		}
	}
	if diff := cmp.Diff([]string{"door.by_hand", "door.freely", "guests.listen", "guests.speak", "lead.taken_over", "room.ended", "room.locked", "room.opened", "room.unlocked"}, room); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"door.admitted", "lead.handed_over", "person.removed.safety", "person.returned"}, people); diff != "" {
		t.Error(diff)
	}
}
