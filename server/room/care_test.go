package room

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"

	"github.com/google/go-cmp/cmp"
)

// cared holds what must be true of the care for single people in every state.
func cared(s State) error {
	seen := map[id.Member]bool{}
	if t := s.Care.Trios; t != nil {
		for i, g := range t.Groups {
			if n := len(g.People); n > 4 || n == 0 || n == 1 && len(t.Groups) > 1 {
				return fmt.Errorf("group %d of %d has %d people", i, len(t.Groups), n)
			}
			for _, who := range g.People {
				if seen[who] || !s.Present(who) {
					return fmt.Errorf("%s is in two groups, or in one and not here", who)
				}
				seen[who] = true
			}
		}
		if t.Timer.Running() != s.Timer.Running() {
			return fmt.Errorf("the groups' timer does not keep to the room's")
		}
	}
	checked := map[id.Member]bool{}
	for _, k := range s.Care.Checks {
		_, quiet := s.Care.Quiet[k.Member]
		if state := s.People[k.Member].State; checked[k.Member] || quiet || state == wire.PersonHere || state == wire.PersonAway {
			return fmt.Errorf("%s has two cards, or one while here", k.Member)
		}
		checked[k.Member] = true
	}
	for who := range s.Care.Late {
		if !s.Present(who) {
			return fmt.Errorf("%s catches up and is not here", who)
		}
	}
	return nil
}

// scene is a room with people in it, moved by commands and facts.
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
	sc.must("go", wire.Command{Segment: 3})
}

func (sc *scene) sizes() []int {
	var n []int
	for _, g := range sc.s.Care.Trios.Groups {
		n = append(n, len(g.People))
	}
	slices.Sort(n)
	return n
}

func TestAPhoneThatGoesQuietWhenItMattersRaisesOneCard(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 4)
	speaker, caller, other := sc.people[0], sc.people[1], sc.people[2]
	sc.must("start", wire.Command{})
	sc.must("queue_open", wire.Command{})
	if err := errors.Join(sc.by(speaker, "raise", wire.Command{}), sc.by(caller, "help", wire.Command{})); err != nil {
		t.Fatal(err)
	}
	sc.must("turn_start", wire.Command{})
	for _, who := range []id.Member{speaker, caller, other} {
		sc.drop(who)
	}
	if due := ChecksDue(sc.s, sc.now.Add(39*time.Second)); len(due) > 0 {
		t.Errorf("%d cards are due after 59 seconds", len(due))
	}
	sc.now = sc.now.Add(41 * time.Second)
	if due := ChecksDue(sc.s, sc.now); len(due) != 2 {
		t.Fatalf("%d cards are due, want those of the speaker and of the caller", len(due))
	}
	for _, who := range []id.Member{speaker, caller, other, speaker} {
		sc.fold(Miss(sc.s, who, deciding(sc.now)))
	}
	v := ViewsOf(sc.s, sc.names).Facilitator
	if len(v.Checks) != 2 || v.Checks[0].Why != wire.CheckShare || v.Checks[1].Why != wire.CheckHelp || v.Checks[0].At != start().Add(-Grace).UnixMilli() {
		t.Errorf("cards: %+v", v.Checks)
	}
	sc.join(speaker)
	if v := ViewsOf(sc.s, sc.names).Facilitator; len(v.Checks) != 1 || v.Checks[0].Name != "P1" {
		t.Errorf("coming back did not take the card away: %+v", v.Checks)
	}
	sc.must("check_done", wire.Command{Member: caller})
	if err := sc.by(sc.boss, "check_done", wire.Command{Member: caller}); !errors.Is(err, ErrNoSuch) {
		t.Errorf("a card was done twice: %v", err)
	}
	if len(ChecksDue(sc.s, sc.now.Add(time.Hour))) > 0 {
		t.Error("a card that was done comes back")
	}
}

func TestWhereAPersonIsNeverStandsInAnEvent(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1)
	sam := sc.people[0]
	events, err := Decide(sc.s, Actor{Member: sam}, wire.Command{Do: "here", Place: "Canaryplace"}, deciding(sc.now))
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	if got := string(events[0].Data.JSON()); got != `{"member":"`+sam.String()+`","reason":"told"}` {
		t.Errorf("the event says %s", got)
	}
	sc.fold(events)
	if me := MeOf(sc.s, sam, sc.names); me.Told != "told" || sc.s.Care.HereSeq != sc.s.Seq {
		t.Errorf("after an answer: %+v", me)
	}
	if err := sc.by(sam, "here", wire.Command{}); err != nil || MeOf(sc.s, sam, sc.names).Told != "skipped" {
		t.Errorf("a skip: %v", err)
	}
	if err := sc.by(id.New[id.Member](), "here", wire.Command{}); !errors.Is(err, ErrNotHere) {
		t.Errorf("from outside: %v", err)
	}
}

func TestAWishToTalkOutlivesTheMeeting(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2)
	sam, ana := sc.people[0], sc.people[1]
	for _, who := range []id.Member{sam, ana, sam} {
		if err := sc.by(who, "talk_after", wire.Command{On: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sc.by(ana, "talk_after", wire.Command{}); err != nil || len(sc.s.Care.Talk) != 1 {
		t.Errorf("taken back: %v, %d left", err, len(sc.s.Care.Talk))
	}
	sc.drop(sam)
	sc.fold(Leave(sc.s, sam, deciding(sc.now)))
	sc.must("start", wire.Command{})
	sc.must("end", wire.Command{})
	if v := ViewsOf(sc.s, sc.names).Facilitator; len(v.Talk) != 1 || v.Talk[0].Done {
		t.Errorf("after the end: %+v", v.Talk)
	}
	sc.must("talk_done", wire.Command{Member: sam})
	sc.must("talk_done", wire.Command{Member: sam})
	if got := MeOf(sc.s, sam, sc.names).Talk; got != "done" {
		t.Errorf("the person sees %q", got)
	}
	if err := sc.by(sc.boss, "talk_done", wire.Command{Member: ana}); !errors.Is(err, ErrNoSuch) {
		t.Errorf("done for one who did not ask: %v", err)
	}
	if err := sc.by(ana, "talk_after", wire.Command{On: true}); err != nil {
		t.Errorf("a wish right after the end: %v", err)
	}
	if err := sc.by(id.New[id.Member](), "talk_after", wire.Command{On: true}); !errors.Is(err, ErrNotHere) {
		t.Errorf("a wish of one who never came: %v", err)
	}
	sc.now = sc.now.Add(TalkOpen + time.Minute)
	if err := sc.by(sam, "talk_after", wire.Command{On: true}); !errors.Is(err, ErrTalkOver) {
		t.Errorf("a wish the next day: %v", err)
	}
}

func TestWhoComesLaterIsToldPrivatelyWhereTheRoomIs(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1)
	early := sc.people[0]
	sc.must("start", wire.Command{})
	onTime := sc.arrive("On time")
	sc.now = sc.now.Add(3 * time.Minute)
	sc.must("next", wire.Command{})
	sc.now = sc.now.Add(4 * time.Minute)
	sc.drop(early)
	sc.join(early)
	before := ViewsOf(sc.s, sc.names)
	late := sc.arrive("Late")
	for _, who := range []id.Member{early, onTime} {
		if me := MeOf(sc.s, who, sc.names); me.CatchUp != nil {
			t.Errorf("%s has to catch up", sc.names.Of[who])
		}
	}
	want := &wire.CatchUp{Part: 2, BeganAt: start().Add(3 * time.Minute).UnixMilli(), Before: []string{"Arrive"}}
	if diff := cmp.Diff(want, MeOf(sc.s, late, sc.names).CatchUp); diff != "" {
		t.Error(diff)
	}
	after := ViewsOf(sc.s, sc.names)
	after.Participant.Here, after.Stage.Here = before.Participant.Here, before.Stage.Here
	after.Participant.ReadyOf, after.Stage.ReadyOf = before.Participant.ReadyOf, before.Stage.ReadyOf
	if diff := cmp.Diff(before.Participant, after.Participant) + cmp.Diff(before.Stage, after.Stage); diff != "" {
		t.Errorf("others are told more than the count: %s", diff)
	}
	if err := sc.by(late, "caught_up", wire.Command{}); err != nil || MeOf(sc.s, late, sc.names).CatchUp != nil {
		t.Errorf("dismissed: %v", err)
	}
	again := sc.arrive("Later")
	sc.must("next", wire.Command{})
	if MeOf(sc.s, again, sc.names).CatchUp != nil {
		t.Error("the catch-up outlived its part")
	}
}

func TestPracticeGroupsForEveryNumberOfPeople(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{2: {2}, 3: {3}, 4: {4}, 5: {2, 3}, 6: {3, 3}, 7: {3, 4}, 8: {2, 3, 3}, 9: {3, 3, 3}, 10: {3, 3, 4}, 11: {2, 3, 3, 3}, 12: {3, 3, 3, 3}} {
		sc := newScene(t, n)
		sc.practice()
		sc.must("trios", wire.Command{})
		if got := sc.sizes(); !slices.Equal(got, want) {
			t.Errorf("%d people make %v, want %v", n, got, want)
		}
	}
	sc := newScene(t, 3)
	if err := sc.by(sc.boss, "trios", wire.Command{}); !errors.Is(err, ErrNotPractice) {
		t.Errorf("groups in the lobby: %v", err)
	}
	sc.practice()
	if err := sc.by(sc.boss, "trio_round", wire.Command{}); !errors.Is(err, ErrNoTrios) {
		t.Errorf("a round without groups: %v", err)
	}
	_ = sc.by(sc.people[0], "away", wire.Command{})
	sc.drop(sc.people[1])
	if err := sc.by(sc.boss, "trios", wire.Command{}); !errors.Is(err, ErrTooFew) {
		t.Errorf("a group of one: %v", err)
	}
}

// The same chance makes the same groups, and over many draws everybody meets everybody about
// equally often.
func TestPracticeGroupsAreFair(t *testing.T) {
	t.Parallel()
	people := make([]id.Member, 6)
	for i := range people {
		people[i] = id.New[id.Member]()
	}
	r := rand.New(rand.NewPCG(1, 2))
	one, two := deal(people, rand.New(rand.NewPCG(7, 7)).Perm(6)), deal(people, rand.New(rand.NewPCG(7, 7)).Perm(6))
	if diff := cmp.Diff(one, two, cmp.Comparer(func(a, b id.Member) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	met, first := map[id.Member]int{}, map[id.Member]int{}
	const draws = 6000
	for range draws {
		for _, g := range deal(people, r.Perm(6)) {
			first[g[0]]++
			if slices.Contains(g, people[0]) {
				for _, m := range g {
					met[m]++
				}
			}
		}
	}
	for _, m := range people[1:] {
		// Two of five partners each time: 2400, and a deviation of 38.
		if met[m] < 2200 || met[m] > 2600 || first[m] < 1800 || first[m] > 2200 {
			t.Errorf("met %d times of %d, first %d times", met[m], draws, first[m])
		}
	}
}

func TestEverybodySpeaksOnceAndRolesRotate(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 7)
	sc.practice()
	sc.must("trios", wire.Command{})
	spoke, stories := map[id.Member]int{}, map[string]bool{}
	for round := 1; ; round++ {
		v := ViewsOf(sc.s, sc.names)
		if v.Stage.Trios.Round != round || v.Stage.Trios.Groups != 2 || v.Facilitator.Trios.Timer.EndsAt != sc.now.Add(6*time.Minute).UnixMilli() {
			t.Fatalf("round %d: %+v", round, v.Stage.Trios)
		}
		for _, who := range sc.people {
			mine := MeOf(sc.s, who, sc.names).Trio
			if mine.Role == wire.TrioSpeaker {
				spoke[who]++
				if stories[mine.Case] {
					t.Errorf("story %s comes twice", mine.Case)
				}
				stories[mine.Case] = true
			}
			for _, p := range mine.Partners {
				if p.Name == sc.names.Of[who] || p.Role == mine.Role && mine.Role != wire.TrioWatcher {
					t.Errorf("%s has partner %+v and is %s", sc.names.Of[who], p, mine.Role)
				}
			}
		}
		sc.now = sc.now.Add(6 * time.Minute)
		err := sc.by(sc.boss, "trio_round", wire.Command{Round: round})
		if errors.Is(err, ErrLastRound) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := sc.by(sc.boss, "trio_round", wire.Command{Round: round}); !errors.Is(err, ErrMovedOn) {
			t.Errorf("a second counselor moved the round on: %v", err)
		}
	}
	for _, who := range sc.people {
		if n := spoke[who]; n < 1 || n > 2 {
			t.Errorf("%s spoke %d times", sc.names.Of[who], n)
		}
	}
}

func TestLeavingAndComingKeepGroupsWhole(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 5)
	sc.practice()
	sc.must("trios", wire.Command{})
	leave := func(who id.Member) { sc.drop(who); sc.fold(Leave(sc.s, who, deciding(sc.now))) }
	pair := sc.s.Care.Trios.Groups[slices.IndexFunc(sc.s.Care.Trios.Groups, func(g Group) bool { return len(g.People) == 2 })]
	leave(pair.People[0])
	if got := sc.sizes(); !slices.Equal(got, []int{4}) {
		t.Errorf("the one who was left alone: %v", got)
	}
	late := sc.arrive("Late")
	if got := sc.sizes(); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("a fifth person: %v", got)
	}
	if mine := MeOf(sc.s, late, sc.names).Trio; mine == nil || len(mine.Partners) != 1 {
		t.Errorf("the newcomer: %+v", mine)
	}
	roles := map[id.Member]wire.TrioRole{}
	for _, who := range sc.people {
		if mine := MeOf(sc.s, who, sc.names).Trio; mine != nil {
			roles[who] = mine.Role
		}
	}
	sixth := sc.arrive("Sixth")
	for who, role := range roles {
		if got := MeOf(sc.s, who, sc.names).Trio.Role; got != role {
			t.Errorf("a newcomer made a %s a %s", role, got)
		}
	}
	if got := sc.sizes(); !slices.Equal(got, []int{3, 3}) {
		t.Errorf("the sixth did not go to the smallest group: %v", got)
	}
	if got := MeOf(sc.s, sixth, sc.names).Trio.Role; got != wire.TrioWatcher {
		t.Errorf("the sixth is a %s", got)
	}
	sc.must("pause", wire.Command{})
	sc.now = sc.now.Add(time.Minute)
	if sc.s.Care.Trios.Timer.Running() {
		t.Error("the groups' timer runs while the room is paused")
	}
	sc.must("trios", wire.Command{})
	sc.must("resume", wire.Command{})
	if got := sc.s.Care.Trios.Timer.EndsAt.Sub(sc.now); got != 6*time.Minute {
		t.Errorf("built anew in a pause, %s are left", got)
	}
	at := sc.s.Segment
	sc.must("back", wire.Command{Expect: &at})
	if MeOf(sc.s, sixth, sc.names).Trio != nil {
		t.Error("the groups outlived their part")
	}
}

// The stories are the browser's; their number and version are ours.
func TestTheStoriesAreAllThere(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "es"} {
		text, err := os.ReadFile(fmt.Sprintf("../../frontend/src/lib/room/cases/cases.%d.%s.json", CaseVersion, language))
		if err != nil {
			t.Fatal(err)
		}
		if n := len(regexp.MustCompile(`"case":`).FindAll(text, -1)); n != CaseCards {
			t.Errorf("%s has %d stories, want %d", language, n, CaseCards)
		}
	}
}
