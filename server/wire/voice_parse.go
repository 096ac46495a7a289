package wire

import (
	"regexp"
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"amends/server/id"
)

// A check-in word is letters with blanks, hyphens and apostrophes: no numbers, no addresses, none
// of the characters that change the direction of what stands beside them. It stands on a
// projector: it cannot be invisible, and cannot grow over the lines around it.
var checkInWord = regexp.MustCompile(`^\p{L}[\p{L}\p{Mn}\p{Mc}]*(['’ -]\p{L}[\p{L}\p{Mn}\p{Mc}]*)*$`)

// maxMarks is how many accents one letter of a word may carry: no language needs more.
const maxMarks = 3

// checkIn reads a word in the one form (NFKC) in which its length and its letters are what is seen.
func checkIn(p *parser, word string) string {
	word = p.text("with.word", norm.NFKC.String(word), 1, MaxWord)
	p.Must(checkInWord.MatchString(word) && legible(word), "with.word", "holds characters that cannot be used here")
	return word
}

// CheckInWord says whether a text is a check-in word as people may say it.
func CheckInWord(text string) bool {
	var p parser
	return checkIn(&p, text) == text && p.Err() == nil
}

// legible: every letter is seen, and none is buried under accents.
func legible(word string) bool {
	marks := 0
	for _, r := range word {
		if unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r) {
			return false
		}
		if marks++; !unicode.IsMark(r) {
			marks = 0
		}
		if marks > maxMarks {
			return false
		}
	}
	return true
}

// wordsNamed reads the ids of words, each once.
func wordsNamed(p *parser, said []string) []id.Word {
	p.Must(len(said) <= WordsShown, "with.said", "names more words than a screen shows")
	var out []id.Word
	for i, text := range said {
		if i == WordsShown {
			break
		}
		word, err := id.Parse[id.Word](text)
		p.Must(err == nil && !slices.Contains(out, word), "with.said", "does not name words, each once")
		out = append(out, word)
	}
	return out
}

// voices reads the arguments of pulses, words and notes, and says which were given.
func (c *Command) voices(p *parser, w CommandWith, given map[string]bool) {
	given["kind"], given["words"], given["tag"], given["pulse"] = w.Kind != "", w.Words != nil, w.Tag != "", w.Pulse != ""
	given["value"], given["word"], given["text"] = w.Value != nil, w.Word != "", w.Text != ""
	if w.Kind != "" {
		c.Kind = PulseKind(p.oneOf("with.kind", w.Kind, string(PulseScale), string(PulseWords), string(PulseReplies)))
	}
	if w.Tag != "" {
		c.Tag = PulseTag(p.oneOf("with.tag", w.Tag, string(PulseStart), string(PulseEnd), string(PulseOther)))
	}
	if c.Do == "pulse_open" {
		p.Must((c.Kind == PulseWords) == (w.Words != nil), "with.words", "belongs to the kind words and to no other")
	}
	if w.Words != nil {
		c.Words = pulseWords(p, w.Words)
	}
	if w.Pulse != "" {
		pulse, err := id.Parse[id.Pulse](w.Pulse)
		p.Must(err == nil, "with.pulse", "is not an identifier")
		c.Pulse = pulse
	}
	if w.Value != nil {
		c.Value = p.between("with.value", *w.Value, 0, 10)
	}
	if w.Word != "" {
		c.Word = checkIn(p, w.Word)
	}
	if given["said"] = len(w.Said) > 0; given["said"] {
		c.Said = wordsNamed(p, w.Said)
	}
	if w.Text != "" {
		c.Text = p.text("with.text", w.Text, 1, MaxNote)
	}
}

func pulseWords(p *parser, words []string) []string {
	p.Must(len(words) >= MinPulseWord && len(words) <= MaxPulseWord, "with.words", "needs 2 to 6 words")
	var out []string
	for i, word := range words {
		if i == MaxPulseWord {
			break
		}
		word = p.text("with.words", word, 1, MaxWord)
		p.Must(!slices.Contains(out, word), "with.words", "holds the same word twice")
		out = append(out, word)
	}
	return out
}
