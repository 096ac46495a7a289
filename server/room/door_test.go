package room

import (
	"errors"
	"slices"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

func TestAPersonWaitsAtTheDoorOfALockedRoom(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 12)
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	names := Names{Of: map[id.Member]string{sam: "Sam", ana: "Ana"}, Expected: map[id.Member]bool{sam: true, ana: true}}
	sc.do("open", wire.Command{})
	sc.do("lock", wire.Command{})
	sc.join(sam)
	sc.join(sam)
	sc.join(ana)
	if !sc.s.AtDoor(sam) || sc.s.Present(sam) || sc.s.Here() != 0 || len(sc.s.Doorway.Waits) != 2 {
		t.Fatalf("%+v", sc.s.Doorway)
	}
	v := ViewsOf(sc.s, names)
	if len(v.Facilitator.Door) != 2 || v.Facilitator.Door[0].Name != "Sam" || v.Participant.Here != 0 || !MeOf(sc.s, sam, names).Door {
		t.Errorf("%+v", v.Facilitator.Door)
	}
	for _, verb := range []string{"raise", "ready", "away", "here"} {
		if _, err := Decide(sc.s, Actor{Member: sam}, wire.Command{Do: verb}, deciding(sc.now)); err == nil {
			t.Errorf("a person at the door was allowed to %s", verb)
		}
	}
	sc.refused("admit", wire.Command{With: wire.AdmitWith{Member: id.New[id.Member]()}}, ErrNoSuch)
	sc.do("admit", wire.Command{With: wire.AdmitWith{Member: sam}})
	sc.do("admit", wire.Command{With: wire.AdmitWith{Member: sam}})
	if got := LetIn(sc.s); !slices.Equal(got, []id.Member{sam}) {
		t.Fatalf("LetIn lists %v", got)
	}
	sc.join(sam)
	if !sc.s.Present(sam) || sc.s.AtDoor(sam) || !sc.s.AtDoor(ana) {
		t.Error("the admitted person did not enter")
	}
	// Unlocking the room lets in the others.
	sc.do("unlock", wire.Command{})
	if got := LetIn(sc.s); !slices.Equal(got, []id.Member{ana}) {
		t.Errorf("LetIn lists %v", got)
	}
	// Ending a room clears the door.
	sc.do("end", wire.Command{})
	if len(sc.s.Doorway.Waits) != 0 {
		t.Error("the door of an ended room is not empty")
	}
}

func TestAFullRoomTakesMorePeopleUpToTheHardCap(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 2)
	var people []id.Member
	for range wire.MaxGroup + 2 {
		people = append(people, id.New[id.Member]())
	}
	sc.do("open", wire.Command{})
	for _, p := range people {
		sc.join(p)
	}
	if sc.s.Here() != 2 || len(sc.s.Doorway.Waits) != wire.MaxGroup {
		t.Fatalf("%d here, %d wait", sc.s.Here(), len(sc.s.Doorway.Waits))
	}
	for _, p := range people[2:wire.MaxGroup] {
		sc.do("admit", wire.Command{With: wire.AdmitWith{Member: p}})
	}
	sc.refused("admit", wire.Command{With: wire.AdmitWith{Member: people[wire.MaxGroup]}}, ErrHardCap)
	for _, p := range people[2:] {
		sc.join(p)
	}
	if sc.s.Here() != wire.MaxGroup {
		t.Errorf("%d people are in the room", sc.s.Here())
	}
	// A seat that becomes free goes to the next person at the door only within the planned capacity.
	sc.fold(Leave(sc.s, people[0], deciding(sc.now)))
	if got := LetIn(sc.s); len(got) != 0 {
		t.Errorf("LetIn lists %v", got)
	}
	// A dropped person reconnects even when the room is full.
	sc.fold(Drop(sc.s, people[1], deciding(sc.now)))
	sc.join(people[1])
	if sc.s.AtDoor(people[1]) {
		t.Error("a dropped person has to wait at the door")
	}
}

func TestARemovedPersonDoesNotComeBack(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 12)
	sam := id.New[id.Member]()
	sc.do("open", wire.Command{})
	sc.refused("remove", wire.Command{With: wire.RemoveWith{Member: sam, Reason: "safety"}}, ErrNoSuch)
	sc.refused("remove", wire.Command{With: wire.RemoveWith{Member: sc.kof, Reason: "safety"}}, ErrNoSuch)
	sc.join(sam)
	sc.do("start", wire.Command{})
	sc.do("go", wire.Command{With: wire.GoWith{Segment: 3}})
	for _, c := range []wire.Command{{Do: "raise"}, {Do: "ready"}, {Do: "help"}} {
		events, err := Decide(sc.s, Actor{Member: sam}, c, deciding(sc.now))
		if err != nil {
			t.Fatal(err)
		}
		sc.fold(events)
	}
	sc.do("turn_start", wire.Command{})
	sc.now = sc.now.Add(time.Minute)
	sc.do("remove", wire.Command{With: wire.RemoveWith{Member: sam, Reason: "safety"}})
	sc.do("remove", wire.Command{With: wire.RemoveWith{Member: sam, Reason: "safety"}})
	if sc.s.Turn != nil || sc.s.Here() != 0 || len(sc.s.Help) != 1 {
		t.Errorf("turn %v, %d here, %d calls", sc.s.Turn, sc.s.Here(), len(sc.s.Help))
	}
	if _, err := Join(sc.s, sam, deciding(sc.now)); !errors.Is(err, ErrRemoved) {
		t.Errorf("the person came back: %v", err)
	}
	sc.refused("admit", wire.Command{With: wire.AdmitWith{Member: sam}}, ErrNoSuch)
	sc.refused("queue_add", wire.Command{With: wire.QueueAddWith{Member: sam}}, ErrNoSuch)
	sc.do("end", wire.Command{})
	if _, err := Join(sc.s, sam, deciding(sc.now)); !errors.Is(err, ErrRemoved) {
		t.Errorf("after the end the person came back: %v", err)
	}
}
