package server_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"

	"github.com/google/uuid"
)

// The recorder keeps every frame of every connection of a whole workshop and checks each field against
// wire/testdata/room-fields.golden, which lists the tags of the fields: who may see it, and what it may
// contain. A field that no frame ever held filled fails, so that nothing stands there unseen.

func TestTheRecorderFindsNothingThatSomebodyMayNotSee(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.Unlimited = true })
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	r := &recorder{w: w, workshop: w.planLong(ctx, t), open: map[string]*recorded{}, done: map[string]bool{}}
	r.play(ctx, t)
	for name := range wire.Commands() {
		if !r.done[name] {
			t.Errorf("no step of the script gives the command %q", name)
		}
	}
	table := readFieldTable(t)
	seen := map[string]bool{}
	for _, c := range r.all {
		frames := c.Frames()
		if len(frames) == 0 {
			t.Errorf("%s got no frame", c.role)
		}
		for _, f := range frames {
			r.judge(t, table, seen, c, f.Raw)
			r.nothingOfWorksheets(t, c, f.Raw)
		}
	}
	for path, row := range table {
		if !seen[path] && !row.rare {
			t.Errorf("%s stands in the table and no frame held it filled: drive it in the script, or say \"rare\"", path)
		}
	}
}

// planLong schedules a workshop of ninety minutes, with a part of every type.
func (w *world) planLong(ctx context.Context, t *testing.T) string {
	t.Helper()
	var made wire.Created
	check(t, w.people["admin"].Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: w.cohort, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-90",
		Language: "en", Lead: w.people["counselor"].member, Counselors: []string{w.people["counselor2"].member}, Capacity: 12}, &made))
	return made.ID
}

// recorded is one connection, with role and person.
type recorded struct {
	*client.Socket
	role, person string
	commands     int
}

type recorder struct {
	w        *world
	workshop string
	// all are the connections of the whole workshop, including closed ones.
	all  []*recorded
	open map[string]*recorded
	done map[string]bool
	// canaries are texts, and sealed the stored bytes, of worksheets written during the workshop.
	canaries []string
	sealed   map[string]bool
}

// fieldRow is one line of the table.
type fieldRow struct {
	who  []string
	what string
	rare bool
}

const fieldTable = "wire/testdata/room-fields.golden"

func readFieldTable(t *testing.T) map[string]fieldRow {
	t.Helper()
	file, err := os.Open(fieldTable)
	check(t, err)
	defer file.Close()
	kinds := []string{"flag", "number", "code", "id", "text", "name", "person", "own-name", "own-person"}
	table := map[string]fieldRow{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) != 3 {
			t.Fatalf("room-fields.golden: %q is not path | who | what", line)
		}
		path, what := strings.TrimSpace(parts[0]), strings.Fields(parts[2])
		row := fieldRow{who: strings.Fields(parts[1]), what: what[0], rare: slices.Contains(what[1:], "rare")}
		if _, twice := table[path]; twice || !slices.Contains(kinds, row.what) || len(row.who) == 0 {
			t.Errorf("room-fields.golden: %s is there twice, for nobody, or of an unknown kind", path)
		}
		// No change of the table may allow these.
		if slices.Contains(row.who, "stage") && slices.Contains([]string{"name", "person", "own-name", "own-person"}, row.what) {
			t.Errorf("room-fields.golden: %s would show a person on the stage", path)
		}
		if (slices.Contains(row.who, "participant") || slices.Contains(row.who, "guest")) && row.what == "person" {
			t.Errorf("room-fields.golden: %s would give the id of a person to others", path)
		}
		table[path] = row
	}
	return table
}

// judge checks every field of one frame against the table.
func (r *recorder) judge(t *testing.T, table map[string]fieldRow, seen map[string]bool, c *recorded, raw []byte) {
	t.Helper()
	var frame map[string]any
	if err := json.Unmarshal(raw, &frame); err != nil {
		t.Errorf("%s got no JSON object: %s", c.role, raw)
		return
	}
	if patch, ok := frame["patch"]; ok {
		frame["view"] = patch
		delete(frame, "patch")
	}
	eachField(frame, "", func(path string, value any) {
		row, known := table[path]
		switch {
		case !known && empty(value) && hasBelow(table, path, c.role):
			return // an empty list, or an object that a patch removes: the fields below it have rows
		case !known:
			t.Errorf("%s got %s, which has no tag see in server/wire", c.role, path)
			return
		case !slices.Contains(row.who, c.role):
			t.Errorf("%s got %s, which is for %v only: %s", c.role, path, row.who, raw)
		}
		if value == nil {
			return
		}
		seen[path] = seen[path] || filled(value)
		if problem := r.misfit(c, row.what, value); problem != "" {
			t.Errorf("%s got %s = %v, which is %s: %s", c.role, path, value, problem, raw)
		}
	})
}

func empty(value any) bool {
	list, is := value.([]any)
	return value == nil || is && len(list) == 0
}

// filled reports whether a value says something: a zero could be a field that nobody ever sets.
func filled(value any) bool {
	return !empty(value) && value != "" && value != 0.0 && value != false
}

func hasBelow(table map[string]fieldRow, path, role string) bool {
	for known, row := range table {
		if strings.HasPrefix(known, path+".") && slices.Contains(row.who, role) {
			return true
		}
	}
	return false
}

// eachField calls f for every leaf; a list's path ends in [], and an empty list is a leaf without a
// value.
func eachField(v any, path string, f func(path string, value any)) {
	switch x := v.(type) {
	case map[string]any:
		for name, inner := range x {
			eachField(inner, strings.TrimPrefix(path+"."+name, "."), f)
		}
	case []any:
		if len(x) == 0 {
			f(path+"[]", []any{})
		}
		for _, inner := range x {
			eachField(inner, path+"[]", f)
		}
	default:
		f(path, v)
	}
}

var codeWord = regexp.MustCompile(`^[a-z0-9_.-]{0,40}$`)

// misfit says how a value violates its kind; empty when it does not.
func (r *recorder) misfit(c *recorded, what string, value any) string {
	if empty(value) {
		return ""
	}
	text, isText := value.(string)
	name, person := "Room "+c.person, ""
	if p := r.w.people[c.person]; p != nil {
		person = p.member
	}
	ok := isText
	switch what {
	case "flag":
		_, ok = value.(bool)
	case "number":
		_, ok = value.(float64)
	case "code":
		ok = isText && codeWord.MatchString(text)
	case "id":
		_, err := uuid.Parse(text)
		ok = err == nil
	case "name":
		ok = isText && (text == "" || r.namesSomebody(text))
	case "person":
		ok = r.isPerson(text)
	case "own-name":
		ok = text == name
	case "own-person":
		ok = text == person
	}
	if !ok {
		return "not of the kind " + what
	}
	if !slices.Contains([]string{"name", "own-name"}, what) && r.namesSomebody(text) {
		return "the name of a person"
	}
	if !slices.Contains([]string{"person", "own-person"}, what) && r.isPerson(text) {
		return "a person's id"
	}
	return ""
}

func (r *recorder) namesSomebody(text string) bool {
	for name := range r.w.people {
		if strings.Contains(text, "Room "+name) {
			return true
		}
	}
	return false
}

func (r *recorder) isPerson(text string) bool {
	for _, p := range r.w.people {
		if text != "" && strings.Contains(text, p.member) {
			return true
		}
	}
	return false
}

// pieceLength is how many characters of an encoded file prove that it leaked.
const pieceLength = 16

// write saves a worksheet full of canaries for a person in the room.
func (r *recorder) write(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	p := r.w.people[name]
	ws, title, sentence := id.New[id.Worksheet]().String(), "Canarytitle"+name, "Canarysentence of "+name
	check(t, p.SaveFirst(ctx, p.account, ws, title, []client.Field{{Q: "did", A: sentence}}))
	var list wire.SealedList
	check(t, p.Do(ctx, "GET", "/worksheets", nil, &list))
	r.canaries = append(r.canaries, "Canarytitle", "Canarysentence", ws)
	if r.sealed == nil {
		r.sealed = map[string]bool{}
	}
	for _, row := range list.Sealed {
		r.canaries = append(r.canaries, row.ID)
		file, err := p.Raw(ctx, "GET", "/sealed/"+row.ID)
		check(t, err)
		for _, text := range []string{hex.EncodeToString(file), base64.RawURLEncoding.EncodeToString(file), base64.RawURLEncoding.EncodeToString(file[1:]),
			base64.RawURLEncoding.EncodeToString(file[2:]), base64.StdEncoding.EncodeToString(file), string(file)} {
			for i := 0; i+pieceLength <= len(text); i++ {
				r.sealed[text[i:i+pieceLength]] = true
			}
		}
	}
}

// nothingOfWorksheets checks that a frame contains no text, id or ciphertext of a worksheet, in any
// encoding.
func (r *recorder) nothingOfWorksheets(t *testing.T, c *recorded, raw []byte) {
	t.Helper()
	text := string(raw)
	for _, canary := range r.canaries {
		if strings.Contains(strings.ToLower(text), strings.ToLower(canary)) {
			t.Errorf("%s got %q of a worksheet: %s", c.role, canary, raw)
		}
	}
	for i := 0; i+pieceLength <= len(text); i++ {
		if r.sealed[text[i:i+pieceLength]] {
			t.Errorf("%s got a piece of a sealed file: %s", c.role, raw)
			return
		}
	}
}

// The recorder must be able to fail: each kind of violation is shown to it once.
func TestTheRecorderDetectsEachViolation(t *testing.T) {
	t.Parallel()
	member := id.New[id.Member]().String()
	r := &recorder{w: &world{people: map[string]*person{"sam": {member: member}}}}
	for name, c := range map[string]struct {
		what  string
		value any
	}{
		"a name among counts":       {"number", "Room sam"},
		"a name in a text":          {"text", "Room sam wrote"},
		"a name as a code":          {"code", "Room sam"},
		"a person's id as a thing":  {"id", member},
		"another person's own name": {"own-name", "Room ana"},
		"a number for a flag":       {"flag", 1.0},
	} {
		if r.misfit(&recorded{role: "participant", person: "sam"}, c.what, c.value) == "" {
			t.Errorf("%s is not seen", name)
		}
	}
	paths := []string{}
	eachField(map[string]any{"view": map[string]any{"queue": []any{map[string]any{"name": "x"}}, "help": []any{}}}, "", func(path string, _ any) { paths = append(paths, path) })
	slices.Sort(paths)
	if fmt.Sprint(paths) != "[view.help[] view.queue[].name]" {
		t.Errorf("fields are %v", paths)
	}
}
