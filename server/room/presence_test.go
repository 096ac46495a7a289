package room

import (
	"testing"

	"amends/server/wire"
)

// "N here" is who is here: on every screen the count goes down when others notice a drop, and
// up again with the phone; the place of a phone that is gone stays taken meanwhile.
func TestHereCountsWhoIsHere(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 3)
	count := func(when string, want int) {
		t.Helper()
		v := ViewsOf(sc.s, sc.names)
		for role, got := range map[string]int{"facilitator": v.Facilitator.Here, "participant": v.Participant.Here, "stage": v.Stage.Here} {
			if got != want {
				t.Errorf("%s: the %s sees %d here, want %d", when, role, got, want)
			}
		}
	}
	count("all came", 3)
	if err := sc.by(sc.people[0], "away", wire.Command{}); err != nil {
		t.Fatal(err)
	}
	count("one stepped away", 3)
	sc.drop(sc.people[1])
	count("one phone is gone", 2)
	if sc.s.Taken() != 3 {
		t.Errorf("%d places are taken while a phone is gone", sc.s.Taken())
	}
	sc.join(sc.people[1])
	count("it is back", 3)
	sc.fold(Leave(sc.s, sc.people[2], deciding(sc.now)))
	count("one left", 2)
	if sc.s.Taken() != 2 {
		t.Errorf("%d places are taken when one left", sc.s.Taken())
	}
	sc.must("remove", wire.Command{Member: sc.people[0], Reason: "asked"})
	count("one was taken out", 1)
	sc.drop(sc.people[1])
	sc.must("end", wire.Command{})
	count("the end", 0)
}

// A person whose phone is gone keeps the place: nobody walks into it, and they walk back in.
func TestAGonePhoneKeepsThePlace(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1)
	sc.s.Plan.Capacity = 2
	sc.arrive("Ana")
	sc.drop(sc.people[0])
	third := sc.arrive("Lee")
	if !sc.s.AtDoor(third) || sc.s.Here() != 1 {
		t.Errorf("somebody walked into the place of a phone that is gone; %d here", sc.s.Here())
	}
	sc.join(sc.people[0])
	if sc.s.Here() != 2 {
		t.Errorf("%d here, want 2", sc.s.Here())
	}
}
