package room

import (
	"reflect"

	"amends/server/id"
	"amends/server/wire"

	"pgregory.net/rapid"
)

// given draws a command of the table with arguments that often mean something in this room.
func given(t *rapid.T, s State, d Deciding, who id.Member, do string) wire.Command {
	c := wire.Command{ID: id.New[id.Command](), Do: do, Spec: wire.Commands()[do]}
	if c.Spec.Expects {
		expect := s.Segment
		if rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
			expect++
		}
		c.Expect = &expect
	}
	if c.Spec.With == nil {
		return c
	}
	with := reflect.New(reflect.TypeOf(c.Spec.With)).Elem()
	for i, a := range c.Spec.Arguments() {
		draw, known := draws(s, d, who)[a.Name]
		if !known {
			t.Fatalf("the walk cannot draw %q of %s: add it to draws", a.Name, do)
		}
		if !a.Needed && rapid.Bool().Draw(t, "without "+a.Name) {
			continue
		}
		field, value := with.Field(i), reflect.ValueOf(draw(t))
		if field.Kind() == reflect.Pointer {
			field.Set(reflect.New(field.Type().Elem()))
			field = field.Elem()
		}
		field.Set(value.Convert(field.Type()))
	}
	c.With = with.Interface()
	if ask, is := c.With.(wire.PulseOpenWith); is {
		if ask.Words = nil; ask.Kind == wire.PulseWords {
			ask.Words = []string{"calm", "tired"}
		}
		c.With = ask
	}
	return c
}

// draws says by the name of an argument how the walk draws it.
func draws(s State, d Deciding, who id.Member) map[string]func(*rapid.T) any {
	number := func(from, to int) func(*rapid.T) any {
		return func(t *rapid.T) any { return rapid.IntRange(from, to).Draw(t, "number") }
	}
	text := func(some ...string) func(*rapid.T) any {
		return func(t *rapid.T) any { return rapid.SampledFrom(some).Draw(t, "text") }
	}
	return map[string]func(*rapid.T) any{
		"segment": number(0, 4), "seconds": number(60, 60), "to": number(1, 5), "value": number(0, 10), "round": number(1, 4),
		"reason": text("asked"), "whereabouts": text("home"), "text": text("hello"), "word": text("calm"),
		"kind": text("scale", "words", "replies"), "tag": text("other"), "words": func(*rapid.T) any { return []string(nil) },
		"on": func(t *rapid.T) any { return rapid.Bool().Draw(t, "on") }, "member": func(*rapid.T) any { return who },
		"order": func(t *rapid.T) any {
			if s.Segment >= len(s.Course.Parts) {
				return []int(nil)
			}
			return rapid.Permutation(s.Course.Parts[s.Segment+1:]).Draw(t, "order")
		},
		"turn": func(t *rapid.T) any {
			if len(s.Queue) == 0 {
				return id.Turn{}
			}
			return rapid.SampledFrom(s.Queue).Draw(t, "turn").Turn
		},
		"tap": func(*rapid.T) any {
			if len(s.Help) == 0 {
				return id.HelpTap{}
			}
			return s.Help[0].ID
		},
		"pulse": func(*rapid.T) any {
			if open := s.Voice.Open(); open != nil {
				return open.ID
			}
			return id.Pulse{}
		},
		"said": func(t *rapid.T) any {
			var said []id.Word
			for _, w := range rapid.SliceOfNDistinct(rapid.SampledFrom(d.Said), 1, 4, func(w Said) id.Word { return w.ID }).Draw(t, "said") {
				said = append(said, w.ID)
			}
			return said
		},
	}
}
