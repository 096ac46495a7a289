package room

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Splitting a view by hand gives the same fields as encoding/json, for any content.
func TestSplittingAViewMatchesEncodingJSON(t *testing.T) {
	t.Parallel()
	type inner struct {
		Text  string         `json:"text"`
		List  []string       `json:"list"`
		Named map[string]int `json:"named"`
	}
	type view struct {
		Text   string             `json:"text"`
		Number int64              `json:"number"`
		Yes    bool               `json:"yes,omitempty"`
		Inner  *inner             `json:"inner"`
		Rows   []inner            `json:"rows"`
		Named  map[string]float64 `json:"named"`
	}
	text := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune(`{}[]",:\ <>`)), rapid.Rune()))
	one := rapid.Custom(func(t *rapid.T) inner {
		return inner{text.Draw(t, "text"), rapid.SliceOfN(text, 0, 3).Draw(t, "list"), rapid.MapOfN(text, rapid.Int(), 0, 3).Draw(t, "named")}
	})
	rapid.Check(t, func(t *rapid.T) {
		v := view{Text: text.Draw(t, "text"), Number: rapid.Int64().Draw(t, "number"), Yes: rapid.Bool().Draw(t, "yes"), Inner: rapid.Ptr(one, true).Draw(t, "inner"),
			Rows: rapid.SliceOfN(one, 0, 3).Draw(t, "rows"), Named: rapid.MapOfN(text, rapid.Float64(), 0, 3).Draw(t, "named")}
		written, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(written, &want); err != nil {
			t.Fatal(err)
		}
		got, err := shapeOf(written, viewFields)
		if err != nil || !cmp.Equal(want, fieldsOf(got)) {
			t.Fatalf("%s: %v %s", written, err, cmp.Diff(want, fieldsOf(got)))
		}
		if _, byHand := cutFields(written, viewFields); !byHand {
			t.Fatalf("%s did not take the fast path", written)
		}
	})
	for _, odd := range []string{``, `{`, `{}`, `[]`, `null`, `{"a" :1}`, `{"a":1,}`, `{"a":}`, `{"a\"":1}`, `{"a"`, `{ }`} {
		var want map[string]json.RawMessage
		bad := json.Unmarshal([]byte(odd), &want) != nil
		got, err := shapeOf([]byte(odd), viewFields)
		if bad && err == nil || !bad && len(want) != len(got) || len(want) > 0 && !cmp.Equal(want, fieldsOf(got)) {
			t.Errorf("%q: %v %v, want %v", odd, got, err, want)
		}
	}
}

func fieldsOf(s Shape) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for _, f := range s {
		out[string(f.name)] = f.text
	}
	return out
}
