package wire

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// Who may see which field of a room's frames is said once, in tags beside the field:
//
//	see   who may get it: facilitator, participant, guest, stage, or all. Every field of a frame, of
//	      a view and of RoomMe says it, also where its struct seems to: a field that is moved into
//	      a view of more people must fail here. A field below one of these narrows it, or says nothing.
//	is    what a text is: code (a word of ours), id (of a thing), text (written for the agenda, or by
//	      us), name (of a person), person (id of a person), own-name, own-person (of the one who is
//	      connected). "rare" means that the script of the recorder does not bring the field about,
//	      and another test does.
//
// The golden file lists every field by its path, for review. It knows nothing of the code that fills
// the views: server/recorder_test.go compares it with what each role really receives.

const fieldsGolden = "testdata/room-fields.golden"

const fieldsHead = `# Who may see what in a room: each field of each frame; lists end in []; a patch's fields are the view's.
# Written by "make gen" from the tags of server/wire/room*.go; review every change.
`

func everybody() []string { return []string{"facilitator", "participant", "guest", "stage"} }

// fieldRoots are the types of frames, and of what stands in their fields view and me, each with who gets
// them.
func fieldRoots() []fieldRoot {
	return []fieldRoot{
		{"", RoomFrame{}, everybody()}, {"", RoomPoll{}, everybody()}, {"me.", RoomMe{}, everybody()}, {"view.", FacilitatorView{}, []string{"facilitator"}},
		{"view.", ParticipantView{}, []string{"participant", "guest"}}, {"view.", DoorView{}, []string{"participant", "guest"}}, {"view.", StageView{}, []string{"stage"}},
	}
}

type fieldRoot struct {
	path string
	of   any
	gets []string
}

type fieldSaid struct {
	who, what string
	rare      bool
}

// said collects the rows of all fields, and what is wrong with their tags.
type said struct {
	rows   map[string]fieldSaid
	wrongs []string
}

func (s *said) wrong(format string, with ...any) {
	s.wrongs = append(s.wrongs, fmt.Sprintf(format, with...))
}

// fieldsOf lists the fields of the roots.
func fieldsOf(roots []fieldRoot) *said {
	s, named, gets := &said{rows: map[string]fieldSaid{}}, map[string][]string{}, map[string][]string{}
	for _, root := range roots {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(root.of)) {
			if f.Anonymous || f.Type.Kind() == reflect.Interface { // a view, a patch and me are roots of their own
				continue
			}
			at := root.path + jsonName(f)
			see, told := f.Tag.Lookup("see")
			who := s.whoOf(at, see, everybody())
			if outside := without(root.gets, who); !told {
				s.wrong("%s has no tag see: who may see it?", at)
			} else if root.path == "view." && len(outside) > 0 {
				s.wrong("%s is in the view of %v, whom its tag does not name", at, outside)
			}
			named[at], gets[at] = append(named[at], who...), append(gets[at], root.gets...)
			s.field(at, f.Type, f.Tag.Get("is"), who)
		}
	}
	for at := range named {
		if more := without(named[at], gets[at]); len(more) > 0 {
			s.wrong("%s is for %v, who have no such field", at, more)
		}
	}
	return s
}

// without returns those of some roles that are not among others, each once.
func without(some, others []string) []string {
	return slices.DeleteFunc(everybody(), func(role string) bool { return !slices.Contains(some, role) || slices.Contains(others, role) })
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// whoOf reads a tag see within those who get what the field is in.
func (s *said) whoOf(at, see string, within []string) []string {
	asked := strings.Fields(see)
	if see == "" || see == "all" {
		asked = within
	}
	for _, role := range asked {
		if !slices.Contains(within, role) {
			s.wrong("%s names %s, who does not get what it is in", at, role)
		}
	}
	return without(asked, nil)
}

// field adds the rows of one field and of everything below it.
func (s *said) field(at string, of reflect.Type, is string, who []string) {
	what, rare := strings.CutSuffix(is, "rare")
	what = strings.TrimSpace(what)
	switch of.Kind() {
	case reflect.Pointer:
		s.field(at, of.Elem(), is, who)
		return
	case reflect.Slice:
		s.field(at+"[]", of.Elem(), is, who)
		return
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(of) {
			below := f.Tag.Get("is")
			if rare && !strings.HasSuffix(below, "rare") {
				below = strings.TrimSpace(below + " rare")
			}
			s.field(at+"."+jsonName(f), f.Type, below, s.whoOf(at+"."+jsonName(f), f.Tag.Get("see"), who))
		}
		return
	case reflect.Bool:
		what = "flag"
	case reflect.Int, reflect.Int64:
		what = "number"
	case reflect.String:
		if of != reflect.TypeFor[string]() {
			what = "code"
		}
		if !slices.Contains([]string{"code", "id", "text", "name", "person", "own-name", "own-person"}, what) {
			s.wrong("%s is a text, and its tag is says %q: what is it?", at, what)
		}
	default:
		s.wrong("%s is a %s, which no rule is for", at, of.Kind())
	}
	row, known := s.rows[at]
	if known && (row.what != what || row.rare != rare) {
		s.wrong("%s is a %s in one view and a %s in another", at, row.what, what)
	}
	s.rows[at] = fieldSaid{strings.Join(without(append(strings.Fields(row.who), who...), nil), " "), what, rare}
}

func TestRoomFieldsAreWhatTheTagsSay(t *testing.T) {
	t.Parallel()
	s := fieldsOf(fieldRoots())
	for _, wrong := range s.wrongs {
		t.Error(wrong)
	}
	var text strings.Builder
	text.WriteString(fieldsHead)
	for _, at := range slices.Sorted(maps.Keys(s.rows)) {
		row := s.rows[at]
		fmt.Fprintf(&text, "%-32s| %-42s| %s", at, row.who, row.what)
		if row.rare {
			text.WriteString(" rare")
		}
		text.WriteString("\n")
	}
	if *update {
		if err := os.WriteFile(fieldsGolden, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(fieldsGolden)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != text.String() {
		t.Errorf("%s is not what the tags say: run make gen, and review the change", fieldsGolden)
	}
}

// Each mistake with a tag is found, by the path of the field.
func TestATagThatDoesNotFitIsFound(t *testing.T) {
	t.Parallel()
	type row struct {
		Name string `json:"name" see:"stage" is:"name"`
	}
	type phone struct {
		Untold   int            `json:"untold"`
		Unknown  string         `json:"unknown" see:"participant guest"`
		Narrow   int            `json:"narrow" see:"participant"`
		Wide     int            `json:"wide" see:"participant guest facilitator"`
		Rows     []row          `json:"rows" see:"participant guest"`
		Mistyped int            `json:"mistyped" see:"participants guest"`
		Map      map[string]int `json:"map" see:"participant guest"`
	}
	said := strings.Join(fieldsOf([]fieldRoot{{"view.", phone{}, []string{"participant", "guest"}}}).wrongs, "\n")
	for _, want := range []string{
		"view.untold has no tag see", "view.unknown is a text", "view.narrow is in the view of [guest]", "view.wide is for [facilitator], who have no such field",
		"view.rows[].name names stage", "view.mistyped names participants", "view.map is a map",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("not found: %s, in:\n%s", want, said)
		}
	}
}
