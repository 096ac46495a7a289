package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"amends/server/fault"
	"amends/server/id"
)

func frameOf(do, with string) []byte {
	return fmt.Appendf(nil, `{"id":%q,"do":%q,"with":%s}`, id.New[id.Command](), do, with)
}

func saying(t *testing.T, word string) string {
	t.Helper()
	with, err := json.Marshal(map[string]string{"word": word})
	if err != nil {
		t.Fatal(err)
	}
	return string(with)
}

// A word is projected before strangers: only visible letters, one text direction, no taller than a
// line.
func TestACheckInWordMustBeVisibleAndPlain(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"tired": "tired", " hopeful ": "hopeful", "con paz": "con paz", "half-full": "half-full", "can't": "can't", "can’t": "can’t", "esperanza": "esperanza",
		"ｔｉｒｅｄ": "tired", "𝖙𝖎𝖗𝖊𝖉": "tired", "e\u0301xito": "éxito", "שלום": "שלום", "सुकून": "सुकून", "ไม่รู้": norm.NFKC.String("ไม่รู้"),
	} {
		c, err := ParseCommand(frameOf("word", saying(t, given)))
		if err != nil || c.With != any(WordWith{want}) {
			t.Errorf("%q came in as %q, %v", given, c.With, err)
		}
		if !CheckInWord(want) {
			t.Errorf("%q is refused when read from the store", want)
		}
	}
	for name, bad := range map[string]string{
		"number": "call 555", "address": "a@b.c", "link": "x.com", "long": strings.Repeat("x", MaxWord+1), "two blanks": "a  b",
		"turns what follows": "tired\u202e", "embeds": "\u202atired\u202c", "isolates": "\u2067tired\u2069", "marks a direction": "tired\u200f", "Arabic mark": "\u061ctired",
		"zero width": "ti\u200bred", "joiner": "ti\u200dred", "soft hyphen": "ti\u00adred", "byte order mark": "\ufefftired", "control": "ti\u0007red", "line": "ti\nred", "separator": "ti\u2028red",
		"invisible letter": "\u3164", "half width filler": "\uffa0", "filler inside": "ti\u115fred", "grapheme joiner": "ti\u034fred", "variation": "ti\ufe0fred",
		"a mark alone": "\u0301", "begins with a mark": "\u0301x", "after a blank": "a \u0301b", "in a circle": "x\u20dd", "keycap": "x\u20e3",
		"buried": "x" + strings.Repeat("\u0336", maxMarks+1), "high": "x\u0300\u0301\u0302\u0303\u0304", "grows in its one form": "\ufdfa\ufdfa",
		"private": "\ue000", "emoji": "🙂", "nothing": " ",
	} {
		if _, err := ParseCommand(frameOf("word", saying(t, bad))); fault.As(err).Code != "input.invalid" {
			t.Errorf("%s: %v", name, err)
		}
		if CheckInWord(bad) {
			t.Errorf("%s is accepted from the store", name)
		}
	}
	if CheckInWord("ｔｉｒｅｄ") || CheckInWord(" tired") {
		t.Error("the store accepts a form that people may not send")
	}
}

func TestWordIdsMustBeUnique(t *testing.T) {
	t.Parallel()
	one, two := id.New[id.Word]().String(), id.New[id.Word]().String()
	many := make([]string, WordsShown+1)
	for i := range many {
		many[i] = id.New[id.Word]().String()
	}
	c, err := ParseCommand(frameOf("word_show", fmt.Sprintf(`{"said":[%q,%q],"on":false}`, one, two)))
	shown, ok := c.With.(WordShowWith)
	if err != nil || !ok || len(shown.Said) != 2 || shown.Said[1].String() != two || On(shown.On) {
		t.Errorf("%v, %v", c.With, err)
	}
	for name, with := range map[string]string{
		"none": `{}`, "an empty list": `{"said":[]}`, "twice": fmt.Sprintf(`{"said":[%q,%q]}`, one, one), "no id": `{"said":["tired"]}`, "no text": `{"said":[null]}`, "an empty text": `{"said":[""]}`,
		"more than a screen shows": `{"said":["` + strings.Join(many, `","`) + `"]}`, "a word itself": fmt.Sprintf(`{"said":[%q],"word":"tired"}`, one),
	} {
		if _, err := ParseCommand(frameOf("word_show", with)); fault.As(err).Code != "input.invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseCommand(frameOf("word", fmt.Sprintf(`{"word":"tired","said":[%q]}`, one))); fault.As(err).Code != "input.invalid" {
		t.Errorf("a word command with ids of words: %v", err)
	}
}
