package room

import (
	"fmt"
	"slices"
	"testing"

	"amends/server/id"
	"amends/server/wire"
)

func TestAnOpenMeetingListsPresentPeopleUpToALimit(t *testing.T) {
	t.Parallel()
	p := plan()
	p.Open, p.Capacity = true, 5000
	s, d := New(p), deciding(start())
	names := Names{Of: map[id.Member]string{}, Expected: map[id.Member]bool{}}
	counselor := id.New[id.Member]()
	take := func(events []Event, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if s, err = Apply(s, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, do := range []string{"open", "start", "next"} {
		expect := s.Segment
		take(Decide(s, Actor{Member: counselor, Facilitator: true}, wire.Command{Do: do, Expect: &expect}, d))
	}
	var people []id.Member
	for i := range MaxListed + 60 {
		m := id.New[id.Member]()
		people, names.Of[m] = append(people, m), fmt.Sprintf("P%04d", i)
		take(Join(s, m, d))
	}
	last, gone, forgotten := people[len(people)-1], people[0], people[1]
	take(Decide(s, Actor{Member: last}, wire.Command{Do: "raise"}, d))
	take(Leave(s, gone, d), nil)
	names.Of[forgotten] = ""
	v := ViewsOf(s, names).Facilitator
	on := func(m id.Member) bool {
		return slices.ContainsFunc(v.People, func(p wire.RoomPerson) bool { return p.Member == m.String() })
	}
	if len(v.People) != MaxListed || v.Here != MaxListed+59 {
		t.Errorf("%d listed, %d here", len(v.People), v.Here)
	}
	if !on(last) || on(gone) || on(forgotten) {
		t.Errorf("listed: waiting %v, left %v, without a name %v", on(last), on(gone), on(forgotten))
	}
	if !slices.IsSortedFunc(v.People, func(a, b wire.RoomPerson) int { return slices.Compare([]byte(a.Name), []byte(b.Name)) }) {
		t.Error("the list is not in the order of names")
	}
}

// The lists of a counselor's screen end, whatever the room does; what they leave out is counted, and is
// on the pages of people. Whoever speaks stays on the list, and removed people do not push others out.
func TestNoListOfACounselorGrowsWithoutEnd(t *testing.T) {
	t.Parallel()
	const some = MaxListed + 50
	x := newScene(t, 0)
	x.s.Plan.Open, x.s.Plan.Capacity = true, 3*some
	for n := range some {
		x.arrive(fmt.Sprintf("P%04d", n))
	}
	x.must("start", wire.Command{})
	x.must("go", wire.Command{With: wire.GoWith{Segment: 1}})
	for _, who := range x.people {
		for _, do := range []string{"raise", "help", "talk_after"} {
			if err := x.by(who, do, wire.Command{}); err != nil {
				t.Fatal(do, err)
			}
		}
	}
	x.must("talk_done", wire.Command{With: wire.TalkDoneWith{Member: x.people[0]}})
	last := x.people[some-1]
	x.must("turn_start", wire.Command{With: wire.TurnStartWith{Turn: x.s.Queue[some-1].Turn}})
	v := ViewsOf(x.s, x.names).Facilitator
	for name, n := range map[string][2]int{"people": {len(v.People), MaxListed}, "hands": {len(v.Queue), MaxListed}, "help taps": {len(v.Help), MaxListed}, "talks": {len(v.Talk), MaxListed},
		"more hands": {v.QueueMore, some - 1 - MaxListed}, "more help taps": {v.HelpMore, some - MaxListed}, "more talks": {v.TalkMore, some - MaxListed}} {
		if n[0] != n[1] {
			t.Errorf("%s: %d, want %d", name, n[0], n[1])
		}
	}
	on := func(m id.Member) bool {
		return slices.ContainsFunc(v.People, func(p wire.RoomPerson) bool { return p.Member == m.String() })
	}
	if !on(last) {
		t.Error("whoever speaks is not on the list")
	}
	if slices.ContainsFunc(v.Talk, func(row wire.TalkRow) bool { return row.Member == x.people[0].String() }) {
		t.Error("a talk that took place stands before one that waits")
	}
	if all := People(x.s, x.names); len(all) != some {
		t.Errorf("%d people on the pages", len(all))
	}
	// Phones lost while help is asked for make as many cards.
	for _, who := range x.people {
		x.drop(who)
	}
	x.now = x.now.Add(CheckAfter)
	for _, who := range x.people {
		x.fold(Miss(x.s, who, deciding(x.now)))
	}
	if v = ViewsOf(x.s, x.names).Facilitator; len(v.Checks) != MaxListed || v.ChecksMore != some-MaxListed {
		t.Errorf("%d cards and %d more", len(v.Checks), v.ChecksMore)
	}
	// The first by name are removed: the others move up, and those removed have a list of their own.
	for _, who := range x.people[:60] {
		x.must("remove", wire.Command{With: wire.RemoveWith{Member: who, Reason: "safety"}})
	}
	v = ViewsOf(x.s, x.names).Facilitator
	if len(v.People) != some-60 || len(v.Taken) != 60 {
		t.Errorf("%d people and %d removed are listed", len(v.People), len(v.Taken))
	}
}

// The pages of people name whoever waits at the door too.
func TestPagesOfPeopleNameWhoWaitsAtTheDoor(t *testing.T) {
	t.Parallel()
	x := newScene(t, 2)
	x.must("lock", wire.Command{})
	late := x.arrive("Late")
	delete(x.names.Expected, late) // as in an open meeting, where nobody is expected
	all := People(x.s, x.names)
	if len(all) != 3 || all[0].Member != late.String() || all[0].State != wire.PersonAtDoor || all[1].State != wire.PersonHere {
		t.Errorf("the people are %+v", all)
	}
	if v := ViewsOf(x.s, x.names).Facilitator; len(v.People) != 2 {
		t.Errorf("the view lists %d people", len(v.People))
	}
}
