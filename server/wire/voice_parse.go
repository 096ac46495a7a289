package wire

import (
	"regexp"
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A check-in word consists of letters, with single blanks, hyphens and apostrophes between them: no
// digits, no addresses, no characters that change the text direction. It is projected, so it must be
// visible and must not grow over the lines around it.
var checkInWord = regexp.MustCompile(`^\p{L}[\p{L}\p{Mn}\p{Mc}]*(['’ -]\p{L}[\p{L}\p{Mn}\p{Mc}]*)*$`)

// maxMarks is the most accents on one letter of a word; no language needs more.
const maxMarks = 3

// checkIn normalizes a word (NFKC), so that its length and letters are what people see, and validates
// it.
func checkIn(p *parser, word string) string {
	word = p.text("with.word", norm.NFKC.String(word), 1, MaxWord)
	p.Must(checkInWord.MatchString(word) && legible(word), "with.word", "holds characters that cannot be used here")
	return word
}

// CheckInWord reports whether a text is a valid check-in word.
func CheckInWord(text string) bool {
	var p parser
	return checkIn(&p, text) == text && p.Err() == nil
}

// legible reports whether every letter is visible and not buried under accents.
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
