package room

import (
	"encoding/json"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

func TestRemovingAPersonRemovesTheirWords(t *testing.T) {
	t.Parallel()
	boss, sam, ana := id.Member{}, id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	x.code(x.say(sam, "shown"), "")
	x.code(x.say(ana, "stays"), "")
	x.code(x.show(true, 0, 1), "")
	x.code(x.do(boss, wire.Command{Do: "remove", With: wire.RemoveWith{Member: sam, Reason: "safety"}}), "")
	x.seen("stays")
	if rows := ViewsOf(x.s, x.names()).Facilitator.Said; len(rows) != 1 || rows[0].Member != ana.String() {
		t.Errorf("the list is %+v", rows)
	}
	x.code(x.show(true, 0, 1), "")
	x.seen("stays")
	// After the person is let back in, their older words stay excluded and new ones appear.
	delete(x.s.Doorway.Removed, sam)
	x.seen("stays")
	events, err := Join(x.s, sam, deciding(x.now))
	if err != nil {
		t.Fatal(err)
	}
	x.take(events)
	x.now = x.now.Add(time.Minute)
	x.code(x.say(sam, "later"), "")
	x.code(x.show(true, 0, 2), "")
	x.seen("stays later")
}

// A goodbye excludes the person's words whatever the store does; a lost phone does not.
func TestAGoodbyeRemovesThePersonsWords(t *testing.T) {
	t.Parallel()
	sam, ana, kim := id.New[id.Member](), id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana, kim)
	x.code(x.say(sam, "first"), "")
	x.code(x.say(ana, "second"), "")
	x.code(x.say(kim, "stays"), "")
	x.code(x.show(true, 0, 1, 2), "")
	x.take(Depart(x.s, sam, deciding(x.now)))
	x.seen("second stays")
	x.take(Leave(x.s, ana, deciding(x.now)))
	x.seen("second stays")
	// A goodbye also works for a person who has left before (Leave).
	before := x.s
	x.take(Depart(x.s, ana, deciding(x.now)))
	x.seen("stays")
	if everybody, who := Touched(before, x.s); !everybody && !who[ana] {
		t.Error("a person whose word is excluded is told that it is in the list")
	}
	x.code(x.show(true, 0), "room.no_such")
	if rows := ViewsOf(x.s, x.names()).Facilitator.Said; len(rows) != 1 || rows[0].Member != kim.String() {
		t.Errorf("the list is %+v", rows)
	}
	for who, of := range map[string]id.Member{"said before": ana, "of somebody who never came": id.New[id.Member]()} {
		if again := Depart(x.s, of, deciding(x.now)); again != nil {
			t.Errorf("a goodbye %s is %d events", who, len(again))
		}
	}
	// A stored time ahead of the clock does not bring words back.
	x.said[0].At = x.now.Add(time.Hour)
	x.seen("stays")
}

// The stored event keeps the goodbye mark; events of older builds have none.
func TestAGoodbyeIsKeptInItsEvent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{`{"goodbye":true}`: true, `{}`: false} {
		var d Data
		if err := json.Unmarshal([]byte(text), &d); err != nil || d.Goodbye != want || string(d.JSON()) != text {
			t.Errorf("%s is %+v, %v", text, d, err)
		}
	}
}
