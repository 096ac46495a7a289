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

// Contains reports whether a name has a part that looks like this one, or is written so.
func Contains(name, part string) bool {
	return strings.Contains(fold(Plain(name)), fold(Plain(part))) || strings.Contains(Key(name), Key(part))
}

// The skeleton may have upper-case letters again, so its case is folded too.
func fold(name string) string {
	folded := cases.Fold()
	return folded.String(confusables.Skeleton(folded.String(norm.NFKC.String(name))))
}

// Plain removes what cannot be seen: characters that only steer the layout, and spaces beyond one. The
// joiners stay, for some scripts and emoji need them.
func Plain(name string) string {
	shown := strings.Map(func(r rune) rune {
		const nonJoiner, joiner = '\u200c', '\u200d'
		if unicode.Is(unicode.Cf, r) && r != nonJoiner && r != joiner {
			return -1
		}
		return r
	}, name)
	return strings.Join(strings.Fields(shown), " ")
}
