package room

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// scene is a room with people, driven by commands and facts.
type scene struct {
	t      *testing.T
	s      State
	now    time.Time
	boss   id.Member
	people []id.Member
	names  Names
}

func newScene(t *testing.T, people int) *scene {
	t.Helper()
	sc := &scene{t: t, now: start(), boss: id.New[id.Member](), names: Names{Of: map[id.Member]string{}, Expected: map[id.Member]bool{}}}
	p := plan()
	p.Capacity = 40
	sc.s = New(p)
	sc.names.Staff, sc.names.Of[sc.boss] = []id.Member{sc.boss}, "Dana"
	sc.must("open", wire.Command{})
	for i := range people {
		sc.arrive(fmt.Sprintf("P%d", i))
	}
	return sc
}

func (sc *scene) arrive(name string) id.Member {
	who := id.New[id.Member]()
	sc.people = append(sc.people, who)
	sc.names.Of[who], sc.names.Expected[who] = name, true
	sc.join(who)
	return who
}

func (sc *scene) fold(events []Event) {
	sc.t.Helper()
	for _, e := range events {
		next, err := Apply(sc.s, e)
		if err != nil {
			sc.t.Fatal(err)
		}
		sc.s = next
	}
	if err := errors.Join(legal(sc.s), cared(sc.s)); err != nil {
		sc.t.Fatal(err)
	}
}

func (sc *scene) join(who id.Member) {
	sc.t.Helper()
	events, err := Join(sc.s, who, deciding(sc.now))
	if err != nil {
		sc.t.Fatal(err)
	}
	sc.fold(events)
}

func (sc *scene) drop(who id.Member) { sc.fold(Drop(sc.s, who, deciding(sc.now))) }

func (sc *scene) by(who id.Member, verb string, c wire.Command) error {
	sc.t.Helper()
	c.Do, c.Spec = verb, wire.Commands()[verb]
	if c.Spec.Expects && c.Expect == nil {
		at := sc.s.Segment
		c.Expect = &at
	}
	events, err := Decide(sc.s, Actor{Member: who, Facilitator: who == sc.boss}, c, deciding(sc.now))
	sc.fold(events)
	return err
}

func (sc *scene) must(verb string, c wire.Command) {
	sc.t.Helper()
	if err := sc.by(sc.boss, verb, c); err != nil {
		sc.t.Fatal(verb, err)
	}
}

// practice moves the room to its practice part.
func (sc *scene) practice() {
	sc.t.Helper()
	sc.must("start", wire.Command{})
	sc.must("go", wire.Command{With: wire.GoWith{Segment: 3}})
}

func (sc *scene) sizes() []int {
	var n []int
	for _, g := range sc.s.Care.Trios.Groups {
		n = append(n, len(g.People))
	}
	slices.Sort(n)
	return n
}
