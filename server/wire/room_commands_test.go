package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"amends/server/fault"
)

var update = flag.Bool("update", false, "write generated files again")

// example encodes the example of a command, with some arguments changed or left out.
func example(t testing.TB, do string, but map[string]string) []byte {
	t.Helper()
	spec := Commands()[do]
	with := map[string]json.RawMessage{}
	if spec.With != nil {
		text, err := json.Marshal(spec.With)
		if err == nil {
			err = json.Unmarshal(text, &with)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range but {
		if with[name] = json.RawMessage(value); value == "" {
			delete(with, name)
		}
	}
	text, err := json.Marshal(with)
	if err != nil {
		t.Fatal(err)
	}
	frame := frameOf(do, string(text))
	if spec.Expects {
		frame = append(bytes.TrimSuffix(frame, []byte("}")), `,"expect":{"segment":3}}`...)
	}
	return frame
}

// Every row of the table parses as declared: its example round-trips; a missing, an additional and a
// mistyped argument are each refused by name.
func TestEveryCommandParsesAsItsRowSays(t *testing.T) {
	t.Parallel()
	forms := map[string]string{}
	refused := func(do, code, field string, but map[string]string) {
		t.Helper()
		_, err := ParseCommand(example(t, do, but))
		said := fault.As(err)
		if named := slices.ContainsFunc(said.Fields, func(f fault.Field) bool { return f.Name == field }); err == nil || said.Code != code || !named {
			t.Errorf("%s with %v: %v %v, want %s for %s", do, but, said.Code, said.Fields, code, field)
		}
	}
	for do, spec := range Commands() {
		c, err := ParseCommand(example(t, do, nil))
		if err != nil || !reflect.DeepEqual(c.With, spec.With) {
			t.Errorf("the example of %s came in as %#v, %v", do, c.With, err)
		}
		refused(do, "frame.invalid", "canary", map[string]string{"canary": `"violet"`})
		own := map[string]bool{}
		for _, a := range spec.Arguments() {
			own[a.Name] = true
			if form, before := forms[a.Name]; before && form != kindOf(a) {
				t.Errorf("%s of %s is a %s, elsewhere a %s: an argument has one type in every command", a.Name, do, kindOf(a), form)
			}
			forms[a.Name] = kindOf(a)
			refused(do, "frame.invalid", "with."+a.Name, map[string]string{a.Name: `{"violet":1}`})
			if _, err := ParseCommand(example(t, do, map[string]string{a.Name: ""})); (err != nil) != a.Needed {
				t.Errorf("%s without %s: %v", do, a.Name, err)
			}
			if a.Needed {
				refused(do, "input.invalid", "with."+a.Name, map[string]string{a.Name: "null"})
			}
		}
		for stranger, value := range map[string]string{"value": "7", "whereabouts": `"violet"`} {
			if !own[stranger] {
				refused(do, "input.invalid", "with."+stranger, map[string]string{stranger: value})
			}
		}
		if spec.Expects {
			if _, err := ParseCommand(frameOf(do, "{}")); !strings.Contains(fmt.Sprint(fault.As(err).Fields), "expect.segment") {
				t.Errorf("%s without an expectation: %v", do, err)
			}
		}
	}
}

// Hostile values for every argument of every command: a refusal names fields and echoes no value.
func TestHostileArgumentsAreRefusedAndNeverEchoed(t *testing.T) {
	t.Parallel()
	hostile := []string{`"violet"`, `"` + strings.Repeat("violet", 400) + `"`, `"\u202eviolet"`, `["violet","violet"]`, `-1`, `501`, `9007199254740993`, `1e99`, `0.5`, `true`, `[-1]`, `[30]`, `[1,1]`, `[null]`}
	for do, spec := range Commands() {
		for _, a := range spec.Arguments() {
			for _, value := range hostile {
				c, err := ParseCommand(example(t, do, map[string]string{a.Name: value}))
				if c.ID.IsZero() {
					t.Errorf("%s with %s %s: the id is lost", do, a.Name, value)
				}
				if err == nil {
					continue
				}
				said := fault.As(err)
				if said.Kind != fault.Invalid || strings.Contains(fmt.Sprint(said.Text, said.Fields), "violet") {
					t.Errorf("%s with %s %s: %v %v", do, a.Name, value, said, said.Fields)
				}
			}
			for _, id := range []string{`"violet"`, `"019AC7F0-0000-7000-8000-000000000001"`, `"00000000-0000-0000-0000-000000000000"`, "1", "[]"} {
				if _, err := ParseCommand(example(t, do, map[string]string{a.Name: id})); err == nil && kindOf(a) == "id" {
					t.Errorf("%s took %s as %s", do, id, a.Name)
				}
			}
		}
	}
}

const typeScript = "../../frontend/src/lib/wire/commands.ts"

// The front end's type of commands is generated from the table.
func TestCommandsInTypeScriptAreTheTable(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("// Made by `make gen` from the table in server/wire/room_commands.go; not to be edited.\n\nimport type { Expect } from './wire';\n\n" +
		"/** A command of the room: what a page may ask, and what it takes. */\nexport type Command =\n")
	table := Commands()
	for _, do := range slices.Sorted(maps.Keys(table)) {
		fmt.Fprintf(&b, "  | { do: '%s'; %s }\n", do, strings.Join(membersOf(table[do]), "; "))
	}
	text := strings.TrimSuffix(b.String(), "\n") + ";\n"
	if *update {
		if err := os.WriteFile(typeScript, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(typeScript); err != nil || string(kept) != text {
		t.Errorf("%s is not what the table says: run `make gen` (%v)", typeScript, err)
	}
}

func membersOf(spec CommandSpec) []string {
	var with, members []string
	optional := "?"
	for _, a := range spec.Arguments() {
		mark := "?"
		if a.Needed {
			mark, optional = "", ""
		}
		with = append(with, a.Name+mark+": "+typeOf(a))
	}
	if with != nil {
		members = append(members, "with"+optional+": { "+strings.Join(with, "; ")+" }")
	}
	if spec.Expects {
		return append(members, "expect: Expect")
	}
	return append(members, "expect?: Expect")
}

// kindOf returns the JSON form of an argument: a number, a flag, a text, an identifier, or a list of
// them.
func kindOf(a Argument) string {
	kind := a.Type
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch kind.Kind() {
	case reflect.Slice:
		return "list of " + kindOf(Argument{Type: kind.Elem()})
	case reflect.Struct:
		return "id"
	}
	return kind.Kind().String()
}

func typeOf(a Argument) string {
	if a.Choices != nil {
		return "'" + strings.Join(a.Choices, "' | '") + "'"
	}
	kind := kindOf(a)
	inner, list := strings.CutPrefix(kind, "list of ")
	name := map[string]string{"int": "number", "bool": "boolean", "string": "string", "id": "string"}[inner]
	if list {
		name += "[]"
	}
	return name
}
