package room

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"amends/roles"
	"amends/server/id"
	"amends/server/wire"
)

// meeting is a scene of guests and members, at its check-in.
func meeting(t *testing.T) *scene {
	t.Helper()
	sc := newScene(t, 0)
	sc.s.Plan.Open, sc.names.Guests = true, map[id.Member]bool{}
	sc.must("start", wire.Command{})
	sc.must("go", wire.Command{With: wire.GoWith{Segment: 1}})
	return sc
}

// come is a guest, or a member, whose phone connects.
func (sc *scene) come(name string, d Deciding) id.Member {
	sc.t.Helper()
	who := id.New[id.Member]()
	sc.names.Of[who], sc.names.Guests[who] = name, d.Guest
	sc.again(who, d)
	return who
}

func (sc *scene) again(who id.Member, d Deciding) {
	sc.t.Helper()
	all := deciding(sc.now)
	all.Guest, all.Crowd = d.Guest, d.Crowd
	events, err := Join(sc.s, who, all)
	if err != nil {
		sc.t.Fatal(err)
	}
	sc.fold(events)
}

// guest gives a command as a guest.
func (sc *scene) guest(who id.Member, c wire.Command) error {
	sc.t.Helper()
	c.Spec = wire.Commands()[c.Do]
	events, err := Decide(sc.s, Actor{Member: who, Guest: true}, c, deciding(sc.now))
	sc.fold(events)
	return err
}

func (sc *scene) view() wire.FacilitatorView { return ViewsOf(sc.s, sc.names).Facilitator }

func since(at time.Time) wire.Command {
	return wire.Command{With: wire.RemoveSinceWith{Since: int(at.UnixMilli()), Reason: "ground_rules"}}
}

func off() *bool { no := false; return &no }

var asGuest = Deciding{Guest: true}

func TestNewGuestsWaitUntilTheyAreLetInByHand(t *testing.T) {
	t.Parallel()
	sc := meeting(t)
	early := sc.come("Early", asGuest)
	sc.must("admit_by_hand", wire.Command{With: wire.AdmitByHandWith{}})
	member, robin, kim := sc.come("Sam", Deciding{}), sc.come("Robin", asGuest), sc.come("Kim", asGuest)
	if !sc.s.Present(member) || !sc.s.AtDoor(robin) || !sc.s.AtDoor(kim) || !sc.view().ByHand || !sc.view().Door[0].Guest {
		t.Fatalf("the door is %+v", sc.view().Door)
	}
	// Who was in the room is not new: the room drops nobody whose phone slept.
	sc.drop(early)
	sc.fold(Leave(sc.s, early, deciding(sc.now)))
	sc.again(early, asGuest)
	if !sc.s.Present(early) {
		t.Error("a guest who was here before waits")
	}
	sc.must("admit", wire.Command{With: wire.AdmitWith{Member: robin}})
	if in := LetIn(sc.s); !slices.Equal(in, []id.Member{robin}) {
		t.Errorf("let in: %v", in)
	}
	sc.must("admit_all", wire.Command{})
	sc.must("admit_all", wire.Command{})
	if in := LetIn(sc.s); !slices.Equal(in, []id.Member{robin, kim}) {
		t.Errorf("let in: %v", in)
	}
	// A goodbye at the door is no longer shown to the counselors.
	bye := sc.come("Bye", asGuest)
	sc.fold(Depart(sc.s, bye, deciding(sc.now)))
	if sc.s.AtDoor(bye) {
		t.Error("who said goodbye waits at the door")
	}
	// Undone, the door is open for guests; a lock holds members too.
	sc.must("admit_by_hand", wire.Command{With: wire.AdmitByHandWith{On: off()}})
	if lee := sc.come("Lee", asGuest); !sc.s.Present(lee) {
		t.Error("a guest waits although nobody has to")
	}
	sc.must("lock", wire.Command{})
	if max := sc.come("Max", Deciding{}); !sc.s.AtDoor(max) {
		t.Error("a member passed the lock")
	}
	// Too many from one network wait at an open door.
	sc.must("unlock", wire.Command{})
	if one := sc.come("One of many", Deciding{Guest: true, Crowd: true}); !sc.s.AtDoor(one) || !sc.view().Door[len(sc.view().Door)-1].Crowd || slices.Contains(LetIn(sc.s), one) {
		t.Error("one of a crowd did not wait")
	}
}

func TestEverybodyIsLetInUpToTheSizeOfTheRoom(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0) // 40 seats
	sc.names.Guests = map[id.Member]bool{}
	sc.must("lock", wire.Command{})
	for i := range 45 {
		sc.come(fmt.Sprint("P", i), asGuest)
	}
	sc.must("admit_all", wire.Command{})
	if n := len(LetIn(sc.s)); n != 40 {
		t.Errorf("%d are let in", n)
	}
	if err := sc.by(sc.boss, "admit_all", wire.Command{}); !errors.Is(err, ErrHardCap) {
		t.Errorf("a full room lets in all: %v", err)
	}
}

// Nothing of a guest who only listens reaches the room. What is about their safety stays possible, and the
// list of what does is complete.
func TestGuestsWhoOnlyListen(t *testing.T) {
	t.Parallel()
	sc := meeting(t)
	robin, sam, kim := sc.come("Robin", asGuest), sc.come("Sam", Deciding{}), sc.come("Kim", asGuest)
	for _, who := range []id.Member{robin, sam, kim} {
		if err := sc.by(who, "raise", wire.Command{}); err != nil {
			t.Fatal(err)
		}
	}
	order := func() (who []id.Member) {
		for _, w := range sc.s.Queue {
			who = append(who, w.Member)
		}
		return who
	}
	sc.must("pulse_open", wire.Command{With: wire.PulseOpenWith{Kind: wire.PulseScale, Tag: wire.PulseOther}})
	sc.must("guests_listen", wire.Command{With: wire.GuestsListenWith{}})
	if !slices.Equal(order(), []id.Member{sam}) || !sc.view().GuestsListen {
		t.Errorf("in line: %v", order())
	}
	if me := MeOf(sc.s, robin, sc.names); !me.Listen || me.Hand != wire.HandDown || MeOf(sc.s, sam, sc.names).Listen {
		t.Errorf("the phone of the guest shows %+v", me)
	}
	loud, quiet := []string{"pulse", "raise", "word"}, []string{"away", "back", "caught_up", "help", "here", "lower", "pass", "ready", "talk_after"}
	all := slices.Concat(loud, quiet)
	for do, spec := range wire.Commands() {
		if spec.Needs == roles.RoomJoin && !spec.Ephemeral && !slices.Contains(all, do) {
			t.Errorf("is %s heard by the room?", do)
		}
	}
	for _, do := range all {
		c := wire.Command{Do: do, With: wire.Commands()[do].With}
		if do == "pulse" {
			c.With = wire.PulseWith{Pulse: sc.s.Voice.Open().ID, Value: 1}
		}
		if err := sc.guest(robin, c); errors.Is(err, ErrListen) != slices.Contains(loud, do) || err != nil && !errors.Is(err, ErrListen) {
			t.Errorf("%s: %v", do, err)
		}
	}
	if err := sc.by(sam, "word", wire.Command{With: wire.WordWith{Word: "calm"}}); err != nil {
		t.Errorf("a member's word: %v", err)
	}
	// Undone, hands are back where they were, but for Robin's, who lowered it meanwhile.
	sc.must("guests_listen", wire.Command{With: wire.GuestsListenWith{On: off()}})
	if !slices.Equal(order(), []id.Member{sam, kim}) {
		t.Errorf("in line: %v", order())
	}
}

func TestAllGuestsWhoCameSinceAreRemovedAndLetBackIn(t *testing.T) {
	t.Parallel()
	sc := meeting(t)
	early := sc.come("Early", asGuest)
	sc.now = sc.now.Add(10 * time.Minute)
	attack := sc.now
	sam, chosen, gone := sc.come("Sam", Deciding{}), id.New[id.Member](), sc.come("Gone", asGuest)
	troll, speaker := sc.come("Troll", asGuest), sc.come("Speaker", asGuest)
	if err := sc.by(speaker, "raise", wire.Command{}); err != nil {
		t.Fatal(err)
	}
	sc.must("turn_start", wire.Command{})
	sc.drop(gone)
	sc.fold(Leave(sc.s, gone, deciding(sc.now)))
	sc.must("admit_by_hand", wire.Command{With: wire.AdmitByHandWith{}})
	sc.now = sc.now.Add(time.Minute)
	sc.names.Of[chosen] = "Chosen"
	waits := sc.come("Waits", asGuest)
	sc.again(chosen, asGuest)
	sc.must("admit", wire.Command{With: wire.AdmitWith{Member: chosen}})
	sc.again(chosen, asGuest)
	minute := attack.Truncate(time.Minute)
	want := []wire.Arrival{{At: start().Truncate(time.Minute).UnixMilli(), Guests: 1}, {At: minute.UnixMilli(), Guests: 3}, {At: minute.Add(time.Minute).UnixMilli(), Guests: 1}}
	if got := sc.view().Arrivals; !slices.Equal(got, want) {
		t.Fatalf("guests came %+v, want %+v", got, want)
	}
	entered := id.New[id.Member]()
	c := since(minute)
	c.Do, c.Spec = "remove_since", wire.Commands()["remove_since"]
	d := deciding(sc.now)
	d.Entered = []id.Member{entered, troll, waits}
	events, err := Decide(sc.s, Actor{Member: sc.boss, Facilitator: true}, c, d)
	if err != nil {
		t.Fatal(err)
	}
	sc.fold(events)
	out := slices.SortedFunc(maps.Keys(sc.s.Doorway.Removed), byID)
	if all := slices.SortedFunc(slices.Values([]id.Member{gone, troll, speaker, waits, entered}), byID); !slices.Equal(out, all) {
		t.Fatalf("removed %v, want %v", out, all)
	}
	if v := sc.view(); sc.s.Turn != nil || sc.s.Here() != 3 || len(v.Taken) != 4 || len(v.People) != 3 || v.Swept != 5 || len(v.Door) != 0 || len(v.Arrivals) != 1 {
		t.Errorf("%d are here, the view shows %+v", sc.s.Here(), v.Taken)
	}
	for _, who := range []id.Member{early, sam, chosen} {
		if !sc.s.Present(who) {
			t.Errorf("%s was removed", sc.names.Of[who])
		}
	}
	if _, err := Join(sc.s, troll, deciding(sc.now)); !errors.Is(err, ErrRemoved) {
		t.Errorf("the troll came back: %v", err)
	}
	// A second removal has its own undo; one who was let back in by name is spared by the next.
	sc.must("readmit", wire.Command{With: wire.ReadmitWith{Member: gone}})
	sc.must("readmit", wire.Command{With: wire.ReadmitWith{Member: gone}})
	sc.again(gone, asGuest)
	sc.must("lock", wire.Command{})
	sc.must("readmit_all", wire.Command{})
	sc.must("readmit_all", wire.Command{})
	if sc.view().Swept != 0 || len(sc.s.Doorway.Removed) != 0 {
		t.Errorf("still out: %v", sc.s.Doorway.Removed)
	}
	sc.again(troll, asGuest)
	sc.again(waits, asGuest)
	if !sc.s.Present(troll) || !sc.s.AtDoor(waits) || !sc.s.Present(gone) {
		t.Error("who was in the room does not come in, or who waited does not wait")
	}
	sc.now = sc.now.Add(time.Minute)
	sc.must("remove_since", since(minute))
	if !sc.s.Removed(troll) || !sc.s.Removed(waits) || sc.s.Removed(gone) || sc.s.Removed(chosen) {
		t.Errorf("the second time %v are out", sc.s.Doorway.Removed)
	}
	if err := sc.by(sc.boss, "readmit", wire.Command{With: wire.ReadmitWith{Member: entered}}); !errors.Is(err, ErrNoSuch) {
		t.Errorf("a stranger was let back in: %v", err)
	}
}
