package room

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Shape is the JSON of a view split into fields. Equal text means equal value, because views are
// structs of one type and encoding/json writes their fields in one order.
type Shape []field

// field is one field of the JSON; both slices point into it.
type field struct{ name, text []byte }

// Initial capacities that most views, and most objects within them, do not exceed.
const (
	viewFields   = 32
	objectFields = 8
)

// ShapeOf encodes a view and splits it.
func ShapeOf(view any) (Shape, error) {
	text, err := json.Marshal(view)
	if err != nil {
		return nil, fmt.Errorf("encode a view: %w", err)
	}
	return shapeOf(text, viewFields)
}

// shapeOf splits the JSON of an object into slices of text. JSON in a form that encoding/json does not
// write is decoded by encoding/json instead.
func shapeOf(text []byte, fields int) (Shape, error) {
	if s, ok := cutFields(text, fields); ok {
		return s, nil
	}
	var read map[string]json.RawMessage
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, fmt.Errorf("decode a view: %w", err)
	}
	var s Shape
	for _, name := range slices.Sorted(maps.Keys(read)) {
		s = append(s, field{[]byte(name), read[name]})
	}
	return s, nil
}

// cutFields is the fast path: it takes valid JSON without whitespace and with names without escapes,
// and returns false for everything else.
func cutFields(text []byte, fields int) (Shape, bool) {
	last := len(text) - 1
	if last < 1 || text[0] != '{' || text[last] != '}' || text[last-1] == ',' {
		return nil, false
	}
	s := make(Shape, 0, fields)
	for at := 1; at < last; at++ {
		if text[at] != '"' {
			return nil, false
		}
		name := bytes.IndexByte(text[at+1:], '"')
		value := at + name + 3
		if name < 0 || value >= last || text[value-1] != ':' || bytes.IndexByte(text[at+1:at+1+name], '\\') >= 0 {
			return nil, false
		}
		end := valueEnd(text, value)
		if end == value || end > last {
			return nil, false
		}
		s = append(s, field{text[at+1 : at+1+name], text[value:end:end]})
		at = end // the comma, or the closing brace
	}
	return s, true
}

// valueEnd returns the index of the comma or bracket after the value that begins at i.
func valueEnd(text []byte, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return i
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// stringEnd returns the index of the quote that ends the string beginning at i.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return i
}

// Patch returns the RFC 7396 merge patch from one view to another: changed fields only, lists whole,
// null for a removed field. Nil when nothing changed.
func Patch(old, new any) (map[string]any, error) {
	a, err := ShapeOf(old)
	if err != nil {
		return nil, err
	}
	b, err := ShapeOf(new)
	if err != nil {
		return nil, err
	}
	return a.To(b)
}

// To returns the merge patch from one shape to another; nil when they are equal.
func (s Shape) To(want Shape) (map[string]any, error) {
	var out map[string]any
	set := func(name []byte, v any) {
		if out == nil {
			out = map[string]any{}
		}
		out[string(name)] = v
	}
	at := 0
	for _, had := range s {
		if want.find(had.name, &at) == nil {
			set(had.name, nil)
		}
	}
	at = 0
	for _, now := range want {
		had := s.find(now.name, &at)
		switch {
		case bytes.Equal(had, now.text):
		case isObject(had) && isObject(now.text):
			a, err1 := shapeOf(had, objectFields)
			b, err2 := shapeOf(now.text, objectFields)
			if err := errors.Join(err1, err2); err != nil {
				return nil, err
			}
			inner, err := a.To(b)
			if err != nil {
				return nil, err
			}
			set(now.name, inner)
		default:
			set(now.name, json.RawMessage(now.text))
		}
	}
	return out, nil
}

// find returns the text of a field, nil for none. It searches from near and sets near past the hit:
// shapes of one type have their fields in the same order, so the first comparison usually hits.
func (s Shape) find(name []byte, near *int) []byte {
	for i := range s {
		at := (*near + i) % len(s)
		if bytes.Equal(s[at].name, name) {
			*near = at + 1
			return s[at].text
		}
	}
	return nil
}

func isObject(text []byte) bool { return len(text) > 0 && text[0] == '{' }
