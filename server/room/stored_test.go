package room

import (
	"encoding/json"
	"testing"

	"amends/server/id"
)

// Events of older versions stay readable, and of a help tap too: its kind and its field are stored
// under the names they had first.
func TestAStoredHelpTapIsReadUnderItsOlderNames(t *testing.T) {
	t.Parallel()
	tap, who := id.New[id.HelpTap](), id.New[id.Member]()
	stored := `{"member":"` + who.String() + `","call":"` + tap.String() + `"}`
	var d Data
	if err := json.Unmarshal([]byte(stored), &d); err != nil || string(d.JSON()) != stored {
		t.Fatalf("%s is %+v, %v", stored, d, err)
	}
	s, err := Apply(New(plan()), Event{Kind: "help.called", Actor: who, Data: d})
	if err != nil || len(s.Help) != 1 || s.Help[0].ID != tap || s.Help[0].Member != who {
		t.Errorf("the help taps are %+v, %v", s.Help, err)
	}
}
