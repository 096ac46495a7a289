package app

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"amends/server/fault"
	"amends/server/id"
)

// posted is a request with nothing but a body and the version in the path.
type posted []byte

var errNotDecoded = errors.New("the body is not of the type")

func (p posted) Param(name string) string {
	if name == "ver" {
		return "1"
	}
	return string(p[:min(len(p), 36)])
}
func (posted) Query(string) string  { return "" }
func (posted) Header(string) string { return "" }
func (p posted) Body() []byte       { return p }
func (posted) Address() Address     { return "" }
func (posted) Device() string       { return "" }

// Decode is loose: httpapi has a fuzz target for its own.
func (p posted) Decode(into any) error {
	if json.Unmarshal(p, into) != nil {
		return errNotDecoded
	}
	return nil
}

// bodies are the parsers of all bodies, each as its row has it, by the name of the operation.
func bodies() map[string]Part {
	all := map[string]Part{}
	for _, o := range Operations() {
		for _, p := range o.Takes() {
			if p.In == InBody {
				all[o.Name] = p
			}
		}
	}
	return all
}

// filled is a value of a type with something in every field: text is this text, a list has one entry.
func filled(of reflect.Type, text string) reflect.Value {
	v := reflect.New(of).Elem()
	switch of.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(filled(of.Elem(), text).Addr())
	case reflect.Slice:
		if of.Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.Append(v, filled(of.Elem(), text)))
		}
	case reflect.Struct:
		for i := range of.NumField() {
			if of.Field(i).IsExported() {
				v.Field(i).Set(filled(of.Field(i).Type, text))
			}
		}
	}
	return v
}

// Every body of every operation is fuzzed, from a body of its own type with every field filled.
func TestEveryBodyIsFuzzed(t *testing.T) {
	t.Parallel()
	all := bodies()
	if len(all) < 20 {
		t.Errorf("only %d bodies were found", len(all))
	}
	for name, body := range all {
		switch seed := seedOf(t, body.Type, "en"); {
		case body.parse == nil:
			t.Errorf("%s has no parser for its body", name)
		case errors.Is(body.parse(posted(seed)), errNotDecoded):
			t.Errorf("%s does not decode %s", name, seed)
		case body.Type.NumField() > 0 && string(seed) == "{}":
			t.Errorf("the seed of %s has no field", name)
		}
	}
}

func seedOf(t testing.TB, of reflect.Type, text string) []byte {
	t.Helper()
	seed, err := json.Marshal(filled(of, text).Interface())
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

// FuzzRequests checks for every body of every operation that parsing never panics, and that a fault is
// the client's and has plain field names.
func FuzzRequests(f *testing.F) {
	all, member := bodies(), id.New[id.Member]().String()
	for _, body := range all {
		for _, text := range []string{"", "en", member, strings.Repeat("A", 22)} {
			f.Add(seedOf(f, body.Type, text))
		}
	}
	// Shapes that no type shows: values that belong together.
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"code":"ABCD-EFGH-JKLM-NPQR","name":"Robin"}`, `{"handle":"sam","invite":"ABCDEFGH12345678"}`,
		`{"member":"` + member + `","roles":["mentor"],"status":"suspended"}`, `{"participant":"` + member + `","mentor":"` + member + `"}`,
		`{"title":"Group","starts":"2026-11-26T10:00","agenda":"step9-60","language":"en","lead":"` + member + `","capacity":12,"kind":"open"}`,
		`{"name":"Group","starts_on":"2026-01-01","ends_on":"2030-01-01","capacity":12}`, `{"typ":"worksheet","readers":["` + strings.Repeat("A", 22) + `"],"file":"YWdl"}`,
		`{"language":"en","wording":"secular","segments":[{"type":"write","minutes":12,"title":"Write","points":["a"]}]}`, `{"acct":"` + strings.Repeat("A", 22) + `","kdf":"a1","wraps":[{"kind":1}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for name, body := range all {
			err := body.parse(posted(text))
			if err == nil || errors.Is(err, errNotDecoded) {
				continue
			}
			said := fault.As(err)
			if said.Kind == fault.Internal {
				t.Errorf("%s: %v", name, err)
			}
			for _, field := range said.Fields {
				if field.Name == "" || len(field.Name) > 60 || strings.ContainsAny(field.Name, " \"\n<") {
					t.Errorf("%s names a field %q", name, field.Name)
				}
			}
		}
	})
}
