package room

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Shape is a view as it is written, field by field. What is written alike is alike: views are
// structs of one type, and their fields come in one order.
type Shape map[string]json.RawMessage

// ShapeOf writes a view.
func ShapeOf(view any) (Shape, error) {
	text, err := json.Marshal(view)
	if err != nil {
		return nil, fmt.Errorf("encode a view: %w", err)
	}
	return shapeOf(text)
}

// shapeOf takes a written object apart. It keeps pieces of the text. What is not as
// encoding/json writes it is left to encoding/json.
func shapeOf(text []byte) (s Shape, err error) {
	if s, ok := cutFields(text); ok {
		return s, nil
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("decode a view: %w", err)
	}
	return s, nil
}

// commonFields is room for the fields of most views.
const commonFields = 24

// cutFields knows valid JSON without spaces, whose names need no escapes; nothing else.
func cutFields(text []byte) (Shape, bool) {
	last := len(text) - 1
	if last < 1 || text[0] != '{' || text[last] != '}' || text[last-1] == ',' {
		return nil, false
	}
	s := make(Shape, commonFields)
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
		s[string(text[at+1:at+1+name])] = json.RawMessage(text[value:end:end])
		at = end // the comma, or the last brace
	}
	return s, true
}

// valueEnd is where the value that begins at i ends: at the comma or bracket behind it.
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

// stringEnd is the quote that ends the string that begins at i.
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

// Patch is the RFC 7396 merge patch that turns one view into another: what changed, lists
// whole, null where something is gone. Nil when nothing changed.
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

// To is the merge patch that turns one shape into another; nil when they are alike.
func (s Shape) To(want Shape) (map[string]any, error) {
	var out map[string]any
	set := func(k string, v any) {
		if out == nil {
			out = map[string]any{}
		}
		out[k] = v
	}
	for k := range s {
		if _, there := want[k]; !there {
			set(k, nil)
		}
	}
	for k, now := range want {
		had, there := s[k]
		switch {
		case there && bytes.Equal(had, now):
		case there && isObject(had) && isObject(now):
			a, err1 := shapeOf(had)
			b, err2 := shapeOf(now)
			if err := errors.Join(err1, err2); err != nil {
				return nil, err
			}
			inner, err := a.To(b)
			if err != nil {
				return nil, err
			}
			set(k, inner)
		default:
			set(k, now)
		}
	}
	return out, nil
}

func isObject(text json.RawMessage) bool { return len(text) > 0 && text[0] == '{' }
