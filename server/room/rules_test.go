package room

import (
	"errors"
	"testing"

	"amends/server/id"
	"amends/server/wire"
)

// Every command that is not ephemeral has a rule, every rule has a command, and both name the same type
// of arguments.
func TestEveryCommandHasARule(t *testing.T) {
	t.Parallel()
	s := newScene(t, 1).s
	for do, spec := range wire.Commands() {
		r, ruled := rules[do]
		if ruled == spec.Ephemeral {
			t.Errorf("%s: has a rule: %v; changes facts: %v", do, ruled, !spec.Ephemeral)
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
