package room

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"amends/server/id"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Folding a batch gives the same state as Apply event by event, and changes neither the initial state
// nor any state that Apply returned.
func TestFoldingABatchEqualsApplyingOneByOne(t *testing.T) {
	t.Parallel()
	alike := cmp.Options{cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty()}
	rapid.Check(t, func(t *rapid.T) {
		people := make([]id.Member, rapid.IntRange(3, 9).Draw(t, "people"))
		for i := range people {
			people[i] = id.New[id.Member]()
		}
		counselor := id.New[id.Member]()
		commands := slices.Sorted(maps.Keys(rules))
		of := plan()
		of.Capacity, of.Lead, of.Staff = 9, counselor, []id.Member{counselor, people[0]}
		s, now := New(of), start()
		type pair struct{ given, copied State }
		var given []pair
		folding := Fold(s)
		var words []Said
		for _, who := range people {
			words = append(words, Said{ID: id.New[id.Word](), Member: who, Text: "calm"})
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "seconds")) * time.Second)
			given = append(given, pair{s, s.clone()})
			for _, e := range step(t, s, people, counselor, commands, words, now) {
				next, err := Apply(s, e)
				if err != nil {
					t.Fatal(err)
				}
				if err := folding.Apply(e); err != nil {
					t.Fatal(err)
				}
				s = next
			}
			if diff := cmp.Diff(s, folding.State(), alike); diff != "" {
				t.Fatal(diff)
			}
			if rapid.Bool().Draw(t, "next batch") {
				// The state is handed out here; the next batch works on a copy.
				s = folding.State()
				folding = Fold(s)
			}
		}
		for i, p := range given {
			if diff := cmp.Diff(p.copied, p.given, alike); diff != "" {
				t.Fatalf("state %d was changed: %s", i, diff)
			}
		}
	})
}
