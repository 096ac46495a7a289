package room

import (
	"reflect"
	"time"

	"amends/server/id"
	"amends/server/wire"

	"pgregory.net/rapid"
)

// even draws one of some, each alike often. The library's own draws prefer what stands first: drawn by
// them, most commands are those that begin with an a, and hardly any room is ever started.
func even[T any](t *rapid.T, name string, some ...T) T {
	return rapid.Custom(func(t *rapid.T) T {
		const bits = 10
		at := 0
		for range bits {
			at *= 2
			if rapid.Bool().Draw(t, "bit") {
				at++
			}
		}
		return some[at*len(some)>>bits]
	}).Draw(t, name)
}

// given draws a command with arguments that usually match something in this room.
func given(t *rapid.T, s State, d Deciding, who id.Member, do string) wire.Command {
	c := wire.Command{ID: id.New[id.Command](), Do: do, Spec: wire.Commands()[do]}
	if c.Spec.Expects {
		c.Expect = expected(t, s)
	}
	if c.Spec.With == nil {
		return c
	}
	with := reflect.New(reflect.TypeOf(c.Spec.With)).Elem()
	for i, a := range c.Spec.Arguments() {
		if !a.Needed && rapid.Bool().Draw(t, "without "+a.Name) {
			continue
		}
		draw, known := draws(s, d, who)[a.Name]
		if !known { // an argument that names nothing in the room is good as the row shows it
			with.Field(i).Set(reflect.ValueOf(c.Spec.With).Field(i))
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

// expected is the part that a command was decided on: mostly the one under way.
func expected(t *rapid.T, s State) *int {
	expect := s.Segment
	if even(t, "stale", 0, 1, 2, 3, 4) == 0 {
		expect++
	}
	return &expect
}

// draws maps an argument's name to its generator. An argument without one is as in the row's example: if
// the command then never takes effect, the walk says so.
func draws(s State, d Deciding, who id.Member) map[string]func(*rapid.T) any {
	number := func(some ...int) func(*rapid.T) any {
		return func(t *rapid.T) any { return even(t, "number", some...) }
	}
	text := func(some ...string) func(*rapid.T) any {
		return func(t *rapid.T) any { return even(t, "text", some...) }
	}
	return map[string]func(*rapid.T) any{
		"since": func(t *rapid.T) any {
			return start().Add(time.Duration(even(t, "since", 0, 1, 5, 20)) * time.Minute).UnixMilli()
		},
		"segment": number(0, 1, 2, 3, 4), "seconds": number(60, 300), "to": number(1, 2, 5), "value": number(0, 1, 7, 10), "round": number(1, 2, 3, 4),
		"reason": text("asked"), "whereabouts": text("home"), "text": text("hello"), "word": text("calm", "tired"),
		"kind": text("scale", "words", "replies"), "tag": text("other"), "words": func(*rapid.T) any { return []string(nil) },
		"on": func(t *rapid.T) any { return rapid.Bool().Draw(t, "on") }, "member": func(t *rapid.T) any { return even(t, "member", meant(s, who)...) },
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
			return even(t, "turn", s.Queue...).Turn
		},
		"tap": func(t *rapid.T) any {
			if len(s.Help) == 0 {
				return id.HelpTap{}
			}
			return even(t, "call", s.Help...).ID
		},
		"pulse": func(*rapid.T) any {
			if open := s.Voice.Open(); open != nil {
				return open.ID
			}
			return id.Pulse{}
		},
		"said": func(t *rapid.T) any {
			var said []id.Word
			if len(d.Said) == 0 {
				return said
			}
			for _, w := range rapid.SliceOfNDistinct(rapid.SampledFrom(d.Said), 1, min(len(d.Said), 4), func(w Said) id.Word { return w.ID }).Draw(t, "said") {
				said = append(said, w.ID)
			}
			return said
		},
	}
}

// meant are the people whom a command can mean in this room: whoever was drawn, and those of whom
// something waits for a counselor.
func meant(s State, who id.Member) []id.Member {
	people := append([]id.Member{who, who}, s.Plan.Staff...)
	if s.Turn != nil {
		people = append(people, s.Turn.Member)
	}
	if s.Voice.Undo != nil {
		people = append(people, s.Voice.Undo.Turn.Member)
	}
	for who := range s.Voice.Words.Muted {
		people = append(people, who)
	}
	for _, k := range s.Doorway.Waits {
		people = append(people, k.Member)
	}
	for m := range s.Doorway.Removed {
		people = append(people, m)
	}
	for _, k := range s.Care.Talk {
		people = append(people, k.Member)
	}
	for _, k := range s.Care.Checks {
		people = append(people, k.Member)
	}
	return people
}
