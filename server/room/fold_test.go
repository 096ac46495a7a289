package room

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Folding a batch gives the same state as Apply event by event, and changes neither the initial state
// nor any state that Apply returned.
func TestFoldingABatchEqualsApplyingOneByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWalk(t, map[string]int{})
		type pair struct{ given, copied State }
		var given []pair
		folding := Fold(w.s)
		for _, m := range w.moves(t) {
			given = append(given, pair{w.s, w.s.clone()})
			events := m(t)
			w.fold(t, events)
			for _, e := range events {
				if err := folding.Apply(e); err != nil {
					t.Fatal(err)
				}
			}
			differs(t, w.s, folding.State())
			if rapid.Bool().Draw(t, "next batch") {
				// The state is handed out here; the next batch works on a copy.
				w.s = folding.State()
				folding = Fold(w.s)
			}
		}
		for i, p := range given {
			differs(t, p.copied, p.given, "state", i, "was changed")
		}
	})
}

// differs fails where two states are not alike; a list that is empty is alike to none.
func differs(t *rapid.T, want, got State, which ...any) {
	t.Helper()
	if reflect.DeepEqual(want, got) {
		return
	}
	if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty()); diff != "" {
		t.Fatal(append(which, diff)...)
	}
}
