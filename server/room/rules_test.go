package room

import (
	"errors"
	"testing"

	"amends/server/id"
	"amends/server/wire"
)

// A command of the table without a rule, a rule of no command, and a rule that takes another
// struct than the table says are found here.
func TestEveryCommandHasItsRule(t *testing.T) {
	t.Parallel()
	s := newScene(t, 1).s
	for do, spec := range wire.Commands() {
		r, ruled := rules[do]
		if ruled == spec.Ephemeral {
			t.Errorf("%s: a rule is there: %v; it changes facts: %v", do, ruled, !spec.Ephemeral)
		}
		if !ruled {
			continue
		}
		c := wire.Command{ID: id.New[id.Command](), Do: do, Spec: spec, With: spec.With}
		if _, err := r.events(builder{s: s, c: c, d: deciding(start())}); errors.Is(err, wire.ErrUnknownCommand) {
			t.Errorf("the rule of %s takes other arguments than %T", do, spec.With)
		}
		c.With = struct{ Stranger bool }{}
		if _, err := r.events(builder{s: s, c: c, d: deciding(start())}); spec.With != nil && !errors.Is(err, wire.ErrUnknownCommand) {
			t.Errorf("the rule of %s takes arguments of any type: %v", do, err)
		}
	}
	for do := range rules {
		if _, known := wire.Commands()[do]; !known {
			t.Errorf("there is a rule for %q, which is no command", do)
		}
	}
}
