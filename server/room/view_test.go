package room

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amends/server/id"
	"amends/server/wire"
)

// A phone names the next in line and counts the others, however many hands are up.
func TestAPhoneNamesOnlyTheNextInLine(t *testing.T) {
	t.Parallel()
	names := Names{Of: map[id.Member]string{}}
	state := New(plan())
	for n, want := range [][]string{{}, {"P1"}, {"P1", "P2"}, {"P1", "P2", "P3"}, {"P1", "P2", "P3"}, {"P1", "P2", "P3"}} {
		if n > 0 {
			who := id.New[id.Member]()
			names.Of[who] = fmt.Sprint("P", n)
			state.Queue = append(state.Queue, Waiting{Turn: id.New[id.Turn](), Member: who})
		}
		v := ViewsOf(state, names)
		if diff := cmp.Diff(want, v.Participant.Waiting); diff != "" || v.Participant.WaitingMore != max(0, n-wire.NextShown) {
			t.Errorf("with %d hands up: %s and %d more", n, diff, v.Participant.WaitingMore)
		}
		if v.Stage.Waiting != n || len(v.Facilitator.Queue) != n {
			t.Errorf("with %d hands up the stage counts %d, the counselor sees %d", n, v.Stage.Waiting, len(v.Facilitator.Queue))
		}
	}
}
