// Package lookalike tells whether two names look the same to a person, so that nobody passes as somebody
// else by a second space, a Cyrillic letter or a mark that reverses the writing direction.
package lookalike

import (
	"strings"
	"unicode"

	"github.com/mtibben/confusables"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Key is equal for names that look the same: the skeleton of Unicode TR39 without regard to case, reduced
// to letters and digits. It is for comparing only.
func Key(name string) string {
	folded := fold(Plain(name))
	folded = beyond.Replace(folded)
	bare := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, folded)
	if bare == "" { // such as an emoji
		return folded
	}
	return bare
}

// beyond TR39: without regard to case a capital i is an i, and looks like an l. So both count as one, and so
// do strokes that look like either: a clash only adds a mark, and never refuses a name.
var beyond = strings.NewReplacer("i", "l", "\u4e28", "l", "\u3163", "l", "\u2502", "l", "\u2503", "l", "w", "vv")

// smallCapitals, which TR39 tells from other letters and people do not.
var smallCapitals = strings.NewReplacer("\u1d00", "a", "\u0299", "b", "\u1d05", "d", "\u1d07", "e", "\ua730", "f", "\u0262", "g", "\u029c", "h", "\u026a", "i",
	"\u1d0a", "j", "\u1d0b", "k", "\u029f", "l", "\u1d0d", "m", "\u0274", "n", "\u1d18", "p", "\u0280", "r", "\ua731", "s", "\u1d1b", "t", "\u028f", "y")

// Contains reports whether a name has a part that looks like this one, or is written so.
func Contains(name, part string) bool {
	return strings.Contains(fold(Plain(name)), fold(Plain(part))) || strings.Contains(Key(name), Key(part))
}

// The skeleton may have upper-case letters again, so its case is folded too.
func fold(name string) string {
	folded := cases.Fold()
	return folded.String(confusables.Skeleton(smallCapitals.Replace(folded.String(norm.NFKC.String(name)))))
}

// blank are letters and signs that are shown as an empty place: the Hangul fillers and the empty Braille cell.
const blank = "\u115f\u1160\u3164\uffa0\u2800"

// Plain removes what cannot be seen: characters that only steer the layout, and spaces beyond one. The
// joiners stay, for some scripts and emoji need them.
func Plain(name string) string {
	shown := strings.Map(func(r rune) rune {
		const nonJoiner, joiner = '\u200c', '\u200d'
		if unicode.Is(unicode.Cf, r) && r != nonJoiner && r != joiner {
			return -1
		}
		if strings.ContainsRune(blank, r) {
			return ' '
		}
		return r
	}, name)
	return strings.Join(strings.Fields(shown), " ")
}
