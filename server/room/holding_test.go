package room

import (
	"errors"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

func (sc *script) seen(who ...id.Member) {
	sc.t.Helper()
	lately := map[id.Member]bool{}
	for _, m := range who {
		lately[m] = true
	}
	sc.fold(Unseen(sc.s, lately, deciding(sc.now)))
}

func TestARoomWithoutAFacilitatorIsHeldAndResumesUnchanged(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 12)
	sam := id.New[id.Member]()
	sc.do("open", wire.Command{})
	sc.fold(StaffCame(sc.s, sc.dana, deciding(sc.now)))
	sc.fold(StaffCame(sc.s, sc.dana, deciding(sc.now)))
	sc.fold(StaffCame(sc.s, sam, deciding(sc.now)))
	sc.seen()
	if sc.s.Holding || sc.s.Team.Here[sc.dana] {
		t.Fatal("the lobby is held, or the counselor still counts as connected")
	}
	sc.fold(StaffCame(sc.s, sc.dana, deciding(sc.now)))
	sc.join(sam)
	sc.do("start", wire.Command{})
	sc.do("go", wire.Command{With: wire.GoWith{Segment: 3}})
	sc.do("queue_add", wire.Command{With: wire.QueueAddWith{Member: sam}})
	sc.do("turn_start", wire.Command{})
	sc.now = sc.now.Add(30 * time.Second)
	sc.seen(sc.kof)
	if sc.s.Holding {
		t.Fatal("held although a counselor is connected")
	}
	sc.seen()
	if !sc.s.Holding || sc.s.Timer.Running() || sc.s.Turn.Timer.Running() {
		t.Fatalf("held %v, timer %+v, turn %+v", sc.s.Holding, sc.s.Timer, sc.s.Turn.Timer)
	}
	if v := ViewsOf(sc.s, Names{}); !v.Stage.Holding || !v.Participant.Holding {
		t.Error("the views of phones or stage do not show that the room is held")
	}
	// Help calls go on. Calm is an independent cover. An hour of holding takes no time from any timer.
	events, err := Decide(sc.s, Actor{Member: sam}, wire.Command{Do: "help"}, deciding(sc.now))
	if err != nil || len(events) != 1 {
		t.Errorf("a help tap in a held room: %v", err)
	}
	sc.do("calm", wire.Command{})
	sc.now = sc.now.Add(time.Hour)
	sc.do("take_over", wire.Command{})
	if sc.s.Holding || !sc.s.Calm || sc.s.Timer.Running() || sc.s.Team.Lead != sc.dana {
		t.Fatal("taking over lifted calm, or did not lift holding")
	}
	sc.do("uncalm", wire.Command{})
	if !sc.s.Timer.Running() || !sc.s.Turn.Timer.Running() || sc.s.Timer.EndsAt.Sub(sc.now) != 4*time.Minute+30*time.Second {
		t.Errorf("the timer did not resume with the time it had left: %+v", sc.s.Timer)
	}
	// A paused room stays paused, and a turn that a counselor stopped stays stopped.
	sc.do("turn_pause", wire.Command{})
	sc.seen()
	sc.do("take_over", wire.Command{})
	if sc.s.Turn.Timer.Running() {
		t.Error("the clock of a stopped turn runs")
	}
	sc.do("pause", wire.Command{})
	sc.seen()
	sc.do("take_over", wire.Command{})
	if sc.s.Phase != wire.RoomPaused || sc.s.Timer.Running() {
		t.Error("a paused room resumed by itself")
	}
	sc.seen()
	sc.do("end", wire.Command{})
	if sc.s.Holding || len(Unseen(sc.s, nil, deciding(sc.now))) > 0 {
		t.Error("an ended room is held")
	}
}

func TestTheLeadIsHandedOverTakenOverAndTakenBack(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 12)
	sc.do("open", wire.Command{})
	for _, who := range []id.Member{sc.dana, sc.kof} {
		sc.fold(StaffCame(sc.s, who, deciding(sc.now)))
	}
	sc.do("start", wire.Command{})
	if err := sc.by(sc.kof, "take_over", wire.Command{}); !errors.Is(err, ErrLeadHere) {
		t.Errorf("taking over from a lead who is connected: %v", err)
	}
	if err := sc.by(sc.kof, "handover", wire.Command{With: wire.HandoverWith{Member: sc.kof}}); !errors.Is(err, ErrNotLead) {
		t.Errorf("handing over without being the lead: %v", err)
	}
	if err := sc.by(id.New[id.Member](), "take_over", wire.Command{}); !errors.Is(err, ErrNotNamed) {
		t.Errorf("taking over without being named: %v", err)
	}
	sc.refused("handover", wire.Command{With: wire.HandoverWith{Member: id.New[id.Member]()}}, ErrNotNamed)
	sc.do("handover", wire.Command{With: wire.HandoverWith{Member: sc.dana}})
	sc.do("handover", wire.Command{With: wire.HandoverWith{Member: sc.kof}})
	if sc.s.Team.Lead != sc.kof {
		t.Fatal("the lead was not handed over")
	}
	sc.refused("handover", wire.Command{With: wire.HandoverWith{Member: sc.dana}}, ErrNotLead)
	// The first lead can take it back with one tap, whoever is connected.
	sc.do("take_over", wire.Command{})
	if sc.s.Team.Lead != sc.dana {
		t.Error("the first lead did not get the lead back")
	}
	// Another facilitator can take over when the lead is gone or the room is held.
	sc.seen(sc.kof)
	if err := sc.by(sc.kof, "take_over", wire.Command{}); err != nil || sc.s.Team.Lead != sc.kof {
		t.Error("nobody can take over from a lead who is gone", err)
	}
	sc.do("take_over", wire.Command{})
	sc.seen()
	if err := sc.by(sc.kof, "take_over", wire.Command{}); err != nil || sc.s.Holding || sc.s.Team.Lead != sc.kof {
		t.Error("a held room was not taken over", err)
	}
	rows := teamOf(sc.s, Names{})
	if len(rows) != 2 || rows[0].Lead || !rows[0].First || !rows[1].Lead || rows[1].First {
		t.Errorf("%+v", rows)
	}
}

func TestADisconnectedPersonIsRemovedFromTheDoor(t *testing.T) {
	t.Parallel()
	sc := newScript(t, 12)
	sam := id.New[id.Member]()
	sc.do("open", wire.Command{})
	sc.do("lock", wire.Command{})
	sc.join(sam)
	sc.seen(sc.dana, sam)
	if !sc.s.AtDoor(sam) {
		t.Error("a connected person was removed from the door")
	}
	sc.seen(sc.dana)
	if sc.s.AtDoor(sam) {
		t.Error("a disconnected person is still at the door")
	}
}
