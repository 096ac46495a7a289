package room

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// unnamed checks that the stage and the phones get only words that counselors show, without authors.
func unnamed(v Views, s State) error {
	for _, words := range [][]wire.RoomWord{v.Stage.Words, v.Participant.Words, v.Facilitator.Words} {
		for _, w := range words {
			at := slices.IndexFunc(v.Facilitator.Said, func(row wire.SaidRow) bool { return row.ID == w.ID })
			if at < 0 || !v.Facilitator.Said[at].Shown {
				return fmt.Errorf("word %s is visible although no counselor shows it", w.ID)
			}
		}
		for _, w := range words {
			at := slices.IndexFunc(v.Facilitator.Said, func(row wire.SaidRow) bool { return row.ID == w.ID })
			if who, err := id.Parse[id.Member](v.Facilitator.Said[at].Member); err != nil || s.Voice.Words.Muted[who] {
				return fmt.Errorf("word %s of a muted person is visible", w.ID)
			}
		}
		if len(words) > 0 && (s.Calm || s.Holding || s.Voice.Words.Off) {
			return fmt.Errorf("words are visible while covered or switched off")
		}
	}
	for _, row := range v.Facilitator.Said {
		if of, err := id.Parse[id.Member](row.Member); err != nil || s.Removed(of) {
			return fmt.Errorf("a word of a removed person is in the list")
		}
	}
	return nil
}

// names is the input of the views, with words.
func (x *table) names() Names {
	n := Names{Of: map[id.Member]string{}, Said: x.said, SaidRun: x.s.WordRun()}
	for _, w := range x.said {
		n.Of[w.Member] = "Somebody"
	}
	return n
}

// say sends a word; when it is accepted, it is stored as the caller of Decide does.
func (x *table) say(by id.Member, text string) string {
	x.t.Helper()
	c := wire.Command{ID: id.New[id.Command](), Do: "word", With: wire.WordWith{Word: text}}
	code := x.do(by, c)
	if code == "" {
		x.said = append(x.said, Said{ID: id.New[id.Word](), Member: by, Command: c.ID, Text: text, At: x.now})
	}
	return code
}

// show shows or hides words by their index in the list.
func (x *table) show(on bool, at ...int) string {
	x.t.Helper()
	with := wire.WordShowWith{On: &on}
	for _, n := range at {
		with.Said = append(with.Said, x.said[n].ID)
	}
	return x.do(id.Member{}, wire.Command{Do: "word_show", With: with})
}

func texts(words []wire.RoomWord) string {
	var out []string
	for _, w := range words {
		out = append(out, w.Word)
	}
	return strings.Join(out, " ")
}

// seen checks the words of stage, phones and the counselor's preview, which must be equal.
func (x *table) seen(want string) {
	x.t.Helper()
	v := ViewsOf(x.s, x.names())
	for who, words := range map[string][]wire.RoomWord{"stage": v.Stage.Words, "phones": v.Participant.Words, "counselor's picture": v.Facilitator.Words} {
		if got := texts(words); got != want {
			x.t.Errorf("the %s has %q, want %q", who, got, want)
		}
	}
}

func (x *table) code(got, want string) {
	x.t.Helper()
	if got != want {
		x.t.Errorf("%q, want %q", got, want)
	}
}

func TestAWordGoesToTheCounselorsFirst(t *testing.T) {
	t.Parallel()
	boss, sam, ana := id.Member{}, id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	x.code(x.say(sam, "tired"), "")
	x.code(x.say(ana, "hopeful"), "")
	x.seen("")
	v := ViewsOf(x.s, x.names())
	if rows := v.Facilitator.Said; len(rows) != 2 || rows[0].Word != "tired" || rows[0].Member != sam.String() || rows[0].Shown {
		t.Errorf("the list is %+v", rows)
	}
	nameless := x.names()
	delete(nameless.Of, ana)
	if rows := ViewsOf(x.s, nameless).Facilitator.Said; len(rows) != 1 || rows[0].Member != sam.String() {
		t.Errorf("without a name the list is %+v", rows)
	}
	if me := MeOf(x.s, sam, x.names()); me.Word != "waiting" {
		t.Errorf("the author is told %q", me.Word)
	}
	x.code(x.show(true, 1), "")
	x.seen("hopeful")
	x.code(x.show(true, 0, 1), "")
	x.seen("hopeful tired")
	for who, want := range map[id.Member]string{sam: "shown", id.New[id.Member](): ""} {
		if me := MeOf(x.s, who, x.names()); me.Word != want {
			t.Errorf("told %q, want %q", me.Word, want)
		}
	}
	x.code(x.show(false, 1), "")
	x.code(x.show(false, 1), "")
	x.seen("tired")
	if me := MeOf(x.s, ana, x.names()); me.Word != "waiting" {
		t.Errorf("after hiding, the author is told %q", me.Word)
	}
	// Calm covers the words, and lifting it shows them again.
	x.code(x.do(boss, wire.Command{Do: "calm"}), "")
	x.seen("")
	x.code(x.say(ana, "late"), "word.not_now")
	x.code(x.do(boss, wire.Command{Do: "uncalm"}), "")
	x.seen("tired")
	// The next part starts with an empty list, and so does the same part when the room returns to it.
	x.code(x.do(boss, wire.Command{Do: "next"}), "")
	x.seen("")
	x.code(x.say(sam, "tired"), "word.not_now")
	x.code(x.show(true, 0), "word.not_now")
	run := x.s.Voice.Words.Run
	expect := x.s.Segment
	events, err := Decide(x.s, Actor{Facilitator: true}, wire.Command{Do: "back", Expect: &expect}, deciding(x.now))
	if err != nil {
		t.Fatal(err)
	}
	x.take(events)
	x.seen("")
	if x.s.WordRun() <= run {
		t.Error("a repeated part has the list of its first run")
	}
}

func TestNoEventContainsAWordOrItsAuthor(t *testing.T) {
	t.Parallel()
	sam := id.New[id.Member]()
	x := checkIn(t, sam)
	x.code(x.say(sam, "canary"), "")
	for _, on := range []bool{true, false} {
		events, err := Decide(x.s, Actor{Facilitator: true}, wire.Command{Do: "word_show", With: wire.WordShowWith{On: &on, Said: []id.Word{x.said[0].ID}}}, Deciding{Now: x.now, Said: x.said})
		if err != nil || len(events) != 1 {
			t.Fatal(len(events), err)
		}
		x.take(events)
		text, err := json.Marshal(events[0].Data)
		if err != nil || string(text) != `{"word":"`+x.said[0].ID.String()+`"}` {
			t.Errorf("an event holds %s, %v", text, err)
		}
	}
}

func TestWordsHaveLimits(t *testing.T) {
	t.Parallel()
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	x.code(x.say(id.New[id.Member](), "stranger"), "room.not_here")
	x.code(x.say(sam, "word"), "")
	x.code(x.say(sam, "soon"), "word.waits")
	// A retry under the same command is the same word, whatever the limits say by then.
	x.code(x.do(sam, wire.Command{ID: x.said[0].Command, Do: "word", With: wire.WordWith{Word: "word"}}), "")
	x.away = true
	x.code(x.say(ana, "lost"), "word.away")
	x.away = false
	for range wire.WordsSaid - len(x.said) {
		x.said = append(x.said, Said{ID: id.New[id.Word](), Member: id.New[id.Member](), Command: id.New[id.Command](), Text: "full", At: x.now})
	}
	x.code(x.say(ana, "over"), "word.full")
}

func TestNewerWordsPushOutTheOldest(t *testing.T) {
	t.Parallel()
	x := checkIn(t)
	var want []string
	for n := range wire.WordsShown + 2 {
		text := "w" + strings.Repeat("x", n)
		x.said = append(x.said, Said{ID: id.New[id.Word](), Member: id.New[id.Member](), Text: text})
		x.code(x.show(true, n), "")
		want = append(want, text)
	}
	x.seen(strings.Join(want[2:], " "))
	if rows := ViewsOf(x.s, x.names()).Facilitator.Said; rows[0].Shown || rows[1].Shown || !rows[2].Shown {
		t.Error("the list marks a displaced word as shown")
	}
}

func TestWordsSwitchedOffAreRefusedAndHidden(t *testing.T) {
	t.Parallel()
	boss, sam := id.Member{}, id.New[id.Member]()
	x := checkIn(t, sam)
	x.code(x.say(sam, "tired"), "")
	x.code(x.show(true, 0), "")
	x.code(x.do(boss, wire.Command{Do: "word_close"}), "")
	x.code(x.do(boss, wire.Command{Do: "word_close"}), "")
	x.seen("")
	v := ViewsOf(x.s, x.names())
	if v.Participant.WordsOpen || v.Facilitator.WordsOpen || len(v.Facilitator.Said) > 0 || MeOf(x.s, sam, x.names()).Word != "" {
		t.Error("words are visible while switched off")
	}
	x.now = x.now.Add(time.Hour)
	x.code(x.say(sam, "again"), "word.off")
	x.code(x.show(true, 0), "word.not_now")
	// After switching on again, the words are in the list and none is shown.
	x.code(x.do(boss, wire.Command{Do: "word_open"}), "")
	x.seen("")
	if v = ViewsOf(x.s, x.names()); !v.Participant.WordsOpen || len(v.Facilitator.Said) != 1 || v.Facilitator.Said[0].Shown {
		t.Error("after switching on again, the list differs from one of new words")
	}
	// Off stays off in the next part.
	x.code(x.do(boss, wire.Command{Do: "word_close"}), "")
	x.code(x.do(boss, wire.Command{Do: "next"}), "")
	if ViewsOf(x.s, x.names()).Participant.WordsOpen {
		t.Error("the next part switched words on again")
	}
}

// A person whose answer was lost sends the word again under a new command: it is listed once, and is no
// second word. When both copies are stored, a shown one stays shown.
func TestARepeatedWordIsListedOnce(t *testing.T) {
	t.Parallel()
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	x.code(x.say(sam, "tired"), "")
	again := wire.Command{ID: id.New[id.Command](), Do: "word", With: wire.WordWith{Word: "tired"}}
	x.code(x.do(sam, again), "")
	if !x.s.WordIsKept(x.said, sam, again.ID, "tired") || x.s.WordIsKept(x.said, ana, again.ID, "tired") {
		t.Error("the same text of another person counts as a retry")
	}
	x.said = append(x.said, Said{ID: id.New[id.Word](), Member: sam, Command: again.ID, Text: "tired", At: x.now})
	x.code(x.say(ana, "tired"), "")
	rows := func() []wire.SaidRow { return ViewsOf(x.s, x.names()).Facilitator.Said }
	if got := rows(); len(got) != 2 || got[0].ID != x.said[0].ID.String() {
		t.Errorf("the list is %+v", got)
	}
	x.code(x.show(true, 0), "")
	x.said[0], x.said[1] = x.said[1], x.said[0] // the shown copy came later
	x.seen("tired")
	if got := rows(); len(got) != 2 || !got[0].Shown || got[1].Shown {
		t.Errorf("the list is %+v", got)
	}
	x.code(x.say(sam, "more"), "")
	x.code(x.say(sam, "again"), "word.waits")
}

// A person's next word is taken once a counselor has shown the newest one. Whoever waits is told so, and
// nothing in the list moves.
func TestAPersonHasOneWordAtATime(t *testing.T) {
	t.Parallel()
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	x.code(x.say(sam, "tired"), "")
	x.now = x.now.Add(time.Hour)
	x.code(x.say(sam, "hopeful"), "word.waits")
	x.code(x.say(ana, "calm"), "")
	x.code(x.show(true, 0), "")
	x.code(x.say(sam, "hopeful"), "")
	x.code(x.say(sam, "third"), "word.waits")
	// Hiding what was shown makes no room for more.
	x.code(x.show(true, 2), "")
	x.code(x.show(false, 0, 2), "")
	x.code(x.say(sam, "third"), "word.waits")
	// Switching off and on again makes none either, and the next part begins anew.
	x.code(x.do(id.Member{}, wire.Command{Do: "word_close"}), "")
	x.code(x.do(id.Member{}, wire.Command{Do: "word_open"}), "")
	x.code(x.say(sam, "third"), "word.waits")
	again := x.s.Segment
	x.code(x.do(id.Member{}, wire.Command{Do: "next"}), "")
	x.said = nil
	x.code(x.do(id.Member{}, wire.Command{Do: "go", With: wire.GoWith{Segment: again}}), "")
	x.code(x.say(sam, "third"), "")
}

// Hiding and switching off work without the store; showing needs it.
func TestWordsCanBeTakenBackWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	sam := id.New[id.Member]()
	x := checkIn(t, sam)
	x.code(x.say(sam, "tired"), "")
	x.code(x.show(true, 0), "")
	word := x.said[0].ID
	x.said, x.away = nil, true
	x.code(x.do(id.Member{}, wire.Command{Do: "word_show", With: wire.WordShowWith{Said: []id.Word{word}}}), "word.away")
	x.code(x.do(id.Member{}, wire.Command{Do: "word_show", With: wire.WordShowWith{On: new(false), Said: []id.Word{word}}}), "")
	if len(x.s.Voice.Words.Shown) > 0 {
		t.Error("the word is still shown")
	}
	x.away = false
	x.code(x.do(id.Member{}, wire.Command{Do: "word_show", With: wire.WordShowWith{Said: []id.Word{word}}}), "room.no_such")
	x.code(x.do(id.Member{}, wire.Command{Do: "word_show", With: wire.WordShowWith{Said: []id.Word{id.New[id.Word]()}}}), "room.no_such")
	// Words of another part's list are not shown.
	names := Names{Of: map[id.Member]string{sam: "Sam"}, Said: []Said{{ID: word, Member: sam, Text: "old"}}, SaidRun: x.s.WordRun() - 1, SaidAway: true}
	if v := ViewsOf(x.s, names); len(v.Facilitator.Said) > 0 || !v.Facilitator.WordsAway || MeOf(x.s, sam, names).Word != "" {
		t.Error("words of another part are in the list, or WordsAway is not set")
	}
}

// Touched covers the author of a word that is shown, hidden or switched off: the state does not know
// who that is.
func TestTouchedCoversTheAuthorOfAWord(t *testing.T) {
	t.Parallel()
	boss, sam := id.Member{}, id.New[id.Member]()
	x := checkIn(t, sam)
	x.code(x.say(sam, "tired"), "")
	for _, act := range []func() string{
		func() string { return x.show(true, 0) }, func() string { return x.show(false, 0) },
		func() string { return x.do(boss, wire.Command{Do: "word_close"}) }, func() string { return x.do(boss, wire.Command{Do: "word_open"}) },
	} {
		old, before := x.s, MeOf(x.s, sam, x.names()).Word
		x.code(act(), "")
		everybody, who := Touched(old, x.s)
		if after := MeOf(x.s, sam, x.names()).Word; after == before || !everybody && !who[sam] {
			t.Errorf("from %q to %q, but Touched misses the author", before, after)
		}
	}
}

// Of several words, those in the list are shown; an unknown id makes no event.
func TestOnlyWordsOfTheListAreShown(t *testing.T) {
	t.Parallel()
	sam := id.New[id.Member]()
	x := checkIn(t, sam)
	x.code(x.say(sam, "tired"), "")
	x.code(x.do(id.Member{}, wire.Command{Do: "word_show", With: wire.WordShowWith{Said: []id.Word{id.New[id.Word](), x.said[0].ID}}}), "")
	if shown := x.s.Voice.Words.Shown; len(shown) != 1 || shown[0] != x.said[0].ID {
		t.Errorf("shown are %v", shown)
	}
}

// Later events never change an older state.
func TestLaterEventsDoNotChangeAnOlderState(t *testing.T) {
	t.Parallel()
	sam, ana := id.New[id.Member](), id.New[id.Member]()
	x := checkIn(t, sam, ana)
	x.code(x.say(sam, "tired"), "")
	x.code(x.say(ana, "hopeful"), "")
	x.code(x.show(true, 0, 1), "")
	x.code(x.do(id.Member{}, wire.Command{Do: "remove", With: wire.RemoveWith{Member: sam, Reason: "asked"}}), "")
	x.code(x.mute(true, sam), "")
	old := x.s
	want := slices.Clone(old.Voice.Words.Shown)
	x.code(x.show(false, 0), "")
	x.code(x.mute(true, ana), "")
	x.code(x.do(id.Member{}, wire.Command{Do: "remove", With: wire.RemoveWith{Member: ana, Reason: "asked"}}), "")
	if len(old.Voice.Words.Muted) != 1 {
		t.Errorf("the older state changed: %d muted", len(old.Voice.Words.Muted))
	}
	if !slices.Equal(old.Voice.Words.Shown, want) || len(old.Voice.Words.Out) != 1 {
		t.Errorf("the older state changed: %v shown, %d out", old.Voice.Words.Shown, len(old.Voice.Words.Out))
	}
}
