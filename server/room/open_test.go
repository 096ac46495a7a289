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
