package room

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"

	"github.com/google/go-cmp/cmp"
)

// cared checks the invariants of the care state; the random walk calls it after every event.
func cared(s State) error {
	seen := map[id.Member]bool{}
	if t := s.Care.Trios; t != nil {
		for i, g := range t.Groups {
			if n := len(g.People); n > 4 || n == 0 || n == 1 && len(t.Groups) > 1 {
				return fmt.Errorf("group %d of %d has %d people", i, len(t.Groups), n)
			}
			for _, who := range g.People {
				if seen[who] || !s.Present(who) {
					return fmt.Errorf("%s is in two groups, or is in one without being present", who)
				}
				seen[who] = true
			}
		}
		if t.Timer.Running() != s.Timer.Running() {
			return fmt.Errorf("the groups' timer and the room's timer do not run and stop together")
		}
	}
	checked := map[id.Member]bool{}
	for _, k := range s.Care.Checks {
		_, quiet := s.Care.Quiet[k.Member]
		if state := s.People[k.Member].State; checked[k.Member] || quiet || state == wire.PersonHere || state == wire.PersonAway {
			return fmt.Errorf("%s has two check cards, or one while connected", k.Member)
		}
		checked[k.Member] = true
	}
	for who := range s.Care.Late {
		if !s.Present(who) {
			return fmt.Errorf("%s has a catch-up without being present", who)
		}
	}
	return nil
}

func TestAPhoneLostInAShareOrHelpCallRaisesOneCheckCard(t *testing.T) {
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
		t.Errorf("reconnecting did not remove the card: %+v", v.Checks)
	}
	sc.must("check_done", wire.Command{With: wire.CheckDoneWith{Member: caller}})
	if err := sc.by(sc.boss, "check_done", wire.Command{With: wire.CheckDoneWith{Member: caller}}); !errors.Is(err, ErrNoSuch) {
		t.Errorf("closing a closed card: %v", err)
	}
	if len(ChecksDue(sc.s, sc.now.Add(time.Hour))) > 0 {
		t.Error("a closed card is due again")
	}
}

func TestNoEventContainsAPersonsLocation(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1)
	sam := sc.people[0]
	events, err := Decide(sc.s, Actor{Member: sam}, wire.Command{Do: "here", With: wire.HereWith{Whereabouts: "Canaryplace"}}, deciding(sc.now))
	if err != nil || len(events) != 1 {
		t.Fatal(events, err)
	}
	if got := string(events[0].Data.JSON()); got != `{"member":"`+sam.String()+`","reason":"told"}` {
		t.Errorf("the event contains %s", got)
	}
	sc.fold(events)
	if me := MeOf(sc.s, sam, sc.names); me.Told != "told" || sc.s.Care.HereSeq != sc.s.Seq {
		t.Errorf("after an answer: %+v", me)
	}
	if err := sc.by(sam, "here", wire.Command{}); err != nil || MeOf(sc.s, sam, sc.names).Told != "skipped" {
		t.Errorf("a skip: %v", err)
	}
	if err := sc.by(id.New[id.Member](), "here", wire.Command{}); !errors.Is(err, ErrNotHere) {
		t.Errorf("a person who is not in the room: %v", err)
	}
}

func TestARequestToTalkSurvivesTheEndOfTheMeeting(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2)
	sam, ana := sc.people[0], sc.people[1]
	for _, who := range []id.Member{sam, ana, sam} {
		if err := sc.by(who, "talk_after", wire.Command{With: wire.TalkAfterWith{}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sc.by(ana, "talk_after", wire.Command{With: wire.TalkAfterWith{On: new(false)}}); err != nil || len(sc.s.Care.Talk) != 1 {
		t.Errorf("withdrawing the request: %v, %d requests left", err, len(sc.s.Care.Talk))
	}
	sc.drop(sam)
	sc.fold(Leave(sc.s, sam, deciding(sc.now)))
	sc.must("start", wire.Command{})
	sc.must("end", wire.Command{})
	if v := ViewsOf(sc.s, sc.names).Facilitator; len(v.Talk) != 1 || v.Talk[0].Done {
		t.Errorf("after the end: %+v", v.Talk)
	}
	sc.must("talk_done", wire.Command{With: wire.TalkDoneWith{Member: sam}})
	sc.must("talk_done", wire.Command{With: wire.TalkDoneWith{Member: sam}})
	if got := MeOf(sc.s, sam, sc.names).Talk; got != "done" {
		t.Errorf("the person sees %q", got)
	}
	if err := sc.by(sc.boss, "talk_done", wire.Command{With: wire.TalkDoneWith{Member: ana}}); !errors.Is(err, ErrNoSuch) {
		t.Errorf("closing a request of a person who did not ask: %v", err)
	}
	if err := sc.by(ana, "talk_after", wire.Command{With: wire.TalkAfterWith{}}); err != nil {
		t.Errorf("a request right after the end: %v", err)
	}
	if err := sc.by(id.New[id.Member](), "talk_after", wire.Command{With: wire.TalkAfterWith{}}); !errors.Is(err, ErrNotHere) {
		t.Errorf("a request of a person who never came: %v", err)
	}
	sc.now = sc.now.Add(TalkOpen + time.Minute)
	if err := sc.by(sam, "talk_after", wire.Command{With: wire.TalkAfterWith{}}); !errors.Is(err, ErrTalkOver) {
		t.Errorf("a request the next day: %v", err)
	}
}

func TestALatecomerGetsAPrivateCatchUp(t *testing.T) {
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
			t.Errorf("%s has the wrong catch-up state", sc.names.Of[who])
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
		t.Errorf("the views of others changed beyond the counts: %s", diff)
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
