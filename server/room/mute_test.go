package room

import (
	"fmt"
	"testing"

	"amends/server/id"
	"amends/server/wire"
)

// mute mutes or unmutes a person's words.
func (x *table) mute(on bool, who id.Member) string {
	x.t.Helper()
	return x.do(id.Member{}, wire.Command{Do: "word_mute", With: wire.WordMuteWith{Member: who, On: &on}})
}

func TestMutingHidesAllWordsOfAPerson(t *testing.T) {
	t.Parallel()
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	for n, text := range []string{"first", "second"} {
		x.code(x.say(sam, text), "")
		x.code(x.show(true, n), "")
	}
	x.code(x.say(ana, "calm"), "")
	x.code(x.show(true, 2), "")
	before := x.s
	x.code(x.mute(true, sam), "")
	x.code(x.mute(true, sam), "")
	x.seen("calm")
	if everybody, who := Touched(before, x.s); !everybody && !who[sam] {
		t.Error("the muted person is told that their word is on the screens")
	}
	// Counselors see who is muted, and the words; the person's phone says what it says of a hidden word.
	v := ViewsOf(x.s, x.names())
	if got := fmt.Sprint(v.Facilitator.Muted); got != fmt.Sprint([]wire.MutedRow{{Member: sam.String(), Name: "Somebody"}}) {
		t.Errorf("muted are %s", got)
	}
	if rows := v.Facilitator.Said; len(rows) != 3 || rows[0].Shown || rows[1].Shown || !rows[2].Shown {
		t.Errorf("the list is %+v", rows)
	}
	if me := MeOf(x.s, sam, x.names()); me.Word != "waiting" {
		t.Errorf("the muted person is told %q", me.Word)
	}
	// None of them can be shown, alone or with others, and no other word can be sent.
	x.code(x.show(true, 0), "room.no_such")
	x.code(x.show(true, 1, 2), "")
	x.seen("calm")
	x.code(x.say(sam, "third"), "word.waits")
	// Unmuting shows nothing by itself.
	x.code(x.mute(false, sam), "")
	x.code(x.mute(false, sam), "")
	x.seen("calm")
	x.code(x.show(true, 1), "")
	x.seen("calm second")
}

func TestAMutedPersonsNextWordsAreNotShown(t *testing.T) {
	t.Parallel()
	sam := id.New[id.Member]()
	x := checkIn(t, sam)
	again := x.s.Segment
	x.code(x.mute(true, sam), "")
	x.code(x.do(id.Member{}, wire.Command{Do: "next"}), "")
	x.code(x.do(id.Member{}, wire.Command{Do: "go", With: wire.GoWith{Segment: again}}), "")
	x.code(x.say(sam, "later"), "")
	x.code(x.show(true, 0), "room.no_such")
	x.seen("")
	x.code(x.mute(false, sam), "")
	x.seen("")
	x.code(x.show(true, 0), "")
	x.seen("later")
	// A stranger has no words to mute, and after the end nobody is muted.
	x.code(x.mute(true, id.New[id.Member]()), "room.no_such")
	x.code(x.mute(true, sam), "")
	x.code(x.do(id.Member{}, wire.Command{Do: "end"}), "")
	if len(x.s.Voice.Words.Muted) > 0 || len(ViewsOf(x.s, x.names()).Facilitator.Muted) > 0 {
		t.Error("somebody is muted after the end")
	}
}

// A person is muted while the store of words is away; unmuting needs the store, because what was shown
// must not come back by itself.
func TestAPersonIsMutedWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	sam := id.New[id.Member]()
	x := checkIn(t, sam)
	x.code(x.say(sam, "tired"), "")
	x.code(x.show(true, 0), "")
	said := x.said
	x.said, x.away = nil, true
	x.code(x.mute(true, sam), "")
	x.code(x.mute(false, sam), "word.away")
	x.said, x.away = said, false
	x.seen("")
	x.code(x.mute(false, sam), "")
	x.seen("")
}

// Words of muted people do not fill the list, and a person who was removed is not listed as muted.
func TestMutedPeopleTakeNoRoomInTheList(t *testing.T) {
	t.Parallel()
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	for range wire.WordsSaid {
		x.said = append(x.said, Said{ID: id.New[id.Word](), Member: id.New[id.Member](), Command: id.New[id.Command](), Text: "full", At: x.now})
	}
	x.code(x.say(ana, "calm"), "word.full")
	x.said[0].Member = sam
	x.code(x.mute(true, sam), "")
	x.code(x.say(ana, "calm"), "")
	x.code(x.do(id.Member{}, wire.Command{Do: "remove", With: wire.RemoveWith{Member: sam, Reason: "safety"}}), "")
	if rows := ViewsOf(x.s, x.names()).Facilitator.Muted; len(rows) > 0 {
		t.Errorf("muted are %v", rows)
	}
}
