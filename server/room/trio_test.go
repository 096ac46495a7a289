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

// The same random order makes the same groups; over many draws, each pair meets about equally often.
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
		// Each person meets two of five others per draw: expected 2400, standard deviation 38.
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
					t.Errorf("story %s is used twice", mine.Case)
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
		err := sc.by(sc.boss, "trio_round", wire.Command{With: wire.TrioRoundWith{Round: &round}})
		if errors.Is(err, ErrLastRound) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := sc.by(sc.boss, "trio_round", wire.Command{With: wire.TrioRoundWith{Round: &round}}); !errors.Is(err, ErrMovedOn) {
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
		t.Errorf("after a person was left alone: %v", got)
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
		t.Errorf("the sixth person did not join the smallest group: %v", got)
	}
	if got := MeOf(sc.s, sixth, sc.names).Trio.Role; got != wire.TrioWatcher {
		t.Errorf("the sixth person is a %s", got)
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
		t.Error("the groups still exist after their part")
	}
}

// The stories are in the front end; their number and version are constants of this package.
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
