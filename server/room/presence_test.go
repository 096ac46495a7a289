package room

import (
	"errors"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// "N here" counts connected people: on every screen it goes down with a drop and up again on reconnect.
// The seat of a dropped person stays taken.
func TestHereCountsConnectedPeople(t *testing.T) {
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
		t.Errorf("%d seats are taken while a phone is lost", sc.s.Taken())
	}
	sc.join(sc.people[1])
	count("it is back", 3)
	sc.fold(Leave(sc.s, sc.people[2], deciding(sc.now)))
	count("one left", 2)
	if sc.s.Taken() != 2 {
		t.Errorf("%d seats are taken after one person left", sc.s.Taken())
	}
	sc.must("remove", wire.Command{With: wire.RemoveWith{Member: sc.people[0], Reason: "asked"}})
	count("one was taken out", 1)
	sc.drop(sc.people[1])
	sc.must("end", wire.Command{})
	count("the end", 0)
}

// A dropped person keeps their seat: nobody else gets it, and they can reconnect.
func TestADroppedPersonKeepsTheirSeat(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1)
	sc.s.Plan.Capacity = 2
	sc.arrive("Ana")
	sc.drop(sc.people[0])
	third := sc.arrive("Lee")
	if !sc.s.AtDoor(third) || sc.s.Here() != 1 {
		t.Errorf("another person got the seat of a dropped person; %d here", sc.s.Here())
	}
	sc.join(sc.people[0])
	if sc.s.Here() != 2 {
		t.Errorf("%d here, want 2", sc.s.Here())
	}
}

// Saying goodbye ends the person's turn. A lost phone does not: they may be speaking in the room.
func TestAGoodbyeEndsThePersonsTurn(t *testing.T) {
	t.Parallel()
	speaking := func() (*scene, id.Member) {
		sc := newScene(t, 2)
		sc.must("start", wire.Command{})
		sc.must("go", wire.Command{With: wire.GoWith{Segment: 1}})
		for _, who := range sc.people {
			if err := sc.by(who, "raise", wire.Command{}); err != nil {
				t.Fatal(err)
			}
		}
		sc.must("turn_start", wire.Command{})
		sc.now = sc.now.Add(20 * time.Second)
		return sc, sc.people[0]
	}
	sc, pat := speaking()
	sc.fold(Depart(sc.s, pat, deciding(sc.now)))
	if sc.s.Turn != nil || sc.s.Present(pat) || len(sc.s.Queue) != 1 {
		t.Errorf("after a goodbye: turn %+v, present %v, %d wait", sc.s.Turn, sc.s.Present(pat), len(sc.s.Queue))
	}
	if got := sc.s.People[pat].SpokenMs; got != 20_000 {
		t.Errorf("spoke %d ms, want 20000", got)
	}
	if err := sc.by(sc.boss, "turn_undo", wire.Command{}); !errors.Is(err, ErrUndoOver) {
		t.Errorf("undoing the turn of a person who said goodbye: %v", err)
	}
	sc, pat = speaking()
	sc.drop(pat)
	sc.fold(Leave(sc.s, pat, deciding(sc.now)))
	if sc.s.Turn == nil || sc.s.Turn.Member != pat {
		t.Error("a lost phone ended a turn")
	}
	// A goodbye still ends the turn of a person who has left before (Leave).
	sc.fold(Depart(sc.s, pat, deciding(sc.now)))
	if sc.s.Turn != nil {
		t.Error("the turn of a person who said goodbye goes on")
	}
	// The turn of another person goes on.
	sc, pat = speaking()
	sc.fold(Depart(sc.s, sc.people[1], deciding(sc.now)))
	if sc.s.Turn == nil || sc.s.Turn.Member != pat || len(sc.s.Queue) != 0 {
		t.Errorf("after the goodbye of another person: turn %+v, %d wait", sc.s.Turn, len(sc.s.Queue))
	}
}

// The counselor's list distinguishes people who left, never came, or are present without a phone.
func TestTheListTellsLeftNeverCameAndNoPhoneApart(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 3)
	left, out, taken := sc.people[0], id.New[id.Member](), sc.people[2]
	seated := id.New[id.Member]()
	for who, name := range map[id.Member]string{out: "Never", seated: "Seated"} {
		sc.names.Of[who], sc.names.Expected[who] = name, true
	}
	sc.must("start", wire.Command{})
	sc.must("queue_add", wire.Command{With: wire.QueueAddWith{Member: seated}})
	sc.must("turn_start", wire.Command{})
	sc.must("turn_end", wire.Command{})
	sc.drop(left)
	sc.fold(Leave(sc.s, left, deciding(sc.now)))
	sc.must("remove", wire.Command{With: wire.RemoveWith{Member: taken, Reason: "asked"}})
	for _, phase := range []string{"running", "ended"} {
		for _, p := range ViewsOf(sc.s, sc.names).Facilitator.People {
			if got, want := p.Left, p.Member == left.String(); got != want {
				t.Errorf("%s: %s left: %v", phase, p.Name, got)
			}
			if got, want := p.NoPhone, p.Member == seated.String(); got != want {
				t.Errorf("%s: %s is here without a phone: %v", phase, p.Name, got)
			}
		}
		if phase == "running" {
			sc.must("end", wire.Command{})
		}
	}
}
