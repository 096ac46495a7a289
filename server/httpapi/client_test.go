package httpapi

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"amends/server/app"
)

const clientFile = "../../frontend/src/lib/wire/operations.ts"

// The front end's API client is generated from the rows: parameters, results and paths.
func TestTheClientIsWhatTheRowsSay(t *testing.T) {
	t.Parallel()
	text := []byte(typescript(app.Operations()))
	if *update {
		if err := os.WriteFile(clientFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(clientFile)
	if err != nil || !bytes.Equal(kept, text) {
		t.Fatalf("%s does not match the rows: run `make gen` (%v)", clientFile, err)
	}
}

func typescript(rows []app.Operation) string {
	types, routes, named := strings.Builder{}, strings.Builder{}, map[string]bool{}
	for _, o := range rows {
		fmt.Fprintf(&routes, "/** %s */\nexport const %s = '%s %s';\n", o.Summary, o.Name, methodOf(o), o.Path)
		fmt.Fprintf(&types, "  [%s]: { %s };\n", o.Name, strings.Join(members(o, named), "; "))
	}
	return "// Code generated from app.Operations. DO NOT EDIT.\n\nimport type {\n  " + strings.Join(slices.Sorted(maps.Keys(named)), ",\n  ") + ",\n} from './wire';\n\n" +
		"// Where each operation is asked. The build puts them where they are named, so that a page loads its own.\n" +
		"// A `!` says that it makes something: the request carries a key, by which a repeat is known.\n\n" + routes.String() +
		"\n/** What each takes and gives. */\nexport interface Operations {\n" + types.String() + "}\n\n" +
		"/** Those that answer with bytes. */\nexport const inBytes: readonly string[] = [" + strings.Join(bytesOf(rows), ", ") + "];\n"
}

// methodOf marks operations that take an idempotency key.
func methodOf(o app.Operation) string {
	if o.Has(app.Once) {
		return o.Method + "!"
	}
	return o.Method
}

func bytesOf(rows []app.Operation) (names []string) {
	for _, o := range rows {
		if o.Call.Gives == reflect.TypeFor[[]byte]() {
			names = append(names, o.Name)
		}
	}
	return names
}

// members lists the fields of an operation's type, and records which types they use.
func members(o app.Operation, named map[string]bool) []string {
	var out []string
	for _, source := range []struct {
		in     app.Source
		field  string
		option string
	}{{app.InPath, "params", ""}, {app.InQuery, "query", "?"}, {app.InHeader, "headers", ""}} {
		var parts []string
		for _, p := range o.Call.Takes {
			if p.In == source.in {
				parts = append(parts, fmt.Sprintf("%s%s: %s", key(p.Name), source.option, kindOf(p)))
			}
		}
		if parts != nil {
			out = append(out, fmt.Sprintf("%s%s: { %s }", source.field, source.option, strings.Join(parts, "; ")))
		}
	}
	if body := o.Call.Sent(); body != nil {
		named[body.Name()] = true
		out = append(out, "body: "+body.Name())
	}
	return append(out, "answer: "+answerOf(o.Call.Gives, named))
}

// key quotes the name of a header.
func key(name string) string {
	if strings.Contains(name, "-") {
		return "'" + name + "'"
	}
	return name
}

func kindOf(p app.Part) string {
	if p.Number {
		return "number"
	}
	return "string"
}

func answerOf(gives reflect.Type, named map[string]bool) string {
	switch {
	case gives == nil:
		return "undefined"
	case gives == reflect.TypeFor[[]byte]():
		return "Uint8Array<ArrayBuffer>"
	}
	named[gives.Name()] = true
	return gives.Name()
}
