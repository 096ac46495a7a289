package lookalike

import (
	"testing"
	"unicode/utf8"
)

func TestNamesThatLookTheSame(t *testing.T) {
	t.Parallel()
	same := map[string]string{
		"Dana Cole":            "DANA COLE",
		"Dana  Cole":           "Dana Cole",
		"Dana\u00a0Cole":       "Dana Cole", // no-break space
		"Dana C\u043ele":       "Dana Cole", // Cyrillic o
		"D\u0430n\u0430 Cole":  "Dana Cole", // Cyrillic a
		"\u202eDana Cole":      "Dana Cole", // right-to-left override
		"Da\u200bna Cole":      "Dana Cole", // zero-width space
		"Dan\u0061\u0301 Cole": "Dan\u00e1 Cole",
		"\uff24ana Cole":       "Dana Cole", // full-width D
		"Dana.Cole":            "Dana Cole",
		"Dana Co1e":            "Dana Cole",
		"\u216eana Cole":       "Dana Cole", // Roman numeral 500
		"Dana CoIe":            "Dana Cole", // capital i
		"DANA COlE":            "Dana Cole",
		"Dana Co\u04c0e":       "Dana Cole", // palochka
		"Dana Co\u04cfe":       "Dana Cole", // its small form
		"Dana Co\u4e28e":       "Dana Cole", // CJK stroke
		"Dana Co\u2502e":       "Dana Cole", // box drawing
		"Dana Cole\u3164":      "Dana Cole", // Hangul fillers
		"Dana\u115fCole":       "Dana Cole",
		"Dana Cole\uffa0":      "Dana Cole",
		"\u2800Dana Cole":      "Dana Cole", // empty Braille cell
		"VVendy":               "Wendy",
		"\u1d05\u1d00\u0274\u1d00 \u1d04\u1d0f\u029f\u1d07": "Dana Cole", // small capitals
	}
	for a, b := range same {
		if Key(a) != Key(b) {
			t.Errorf("%+q and %+q: %q, %q", a, b, Key(a), Key(b))
		}
	}
	other := map[string]string{"Dana": "Dan", "Sam": "Ana", "Robin": "Robin 2", "\U0001F600": "\U0001F622", "\u5c71\u7530": "\u7530\u4e2d"}
	for a, b := range other {
		if Key(a) == Key(b) {
			t.Errorf("%+q and %+q count as the same", a, b)
		}
	}
}

func TestPlainRemovesOnlyWhatIsNotSeen(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		" Dana   Cole ": "Dana Cole", "\u202eDana\u202c": "Dana", "Mar\u00eda Jos\u00e9": "Mar\u00eda Jos\u00e9", "\U0001F469\u200d\U0001F680": "\U0001F469\u200d\U0001F680", "\u200b": "", "\u2800\u3164": "", "Dana\u3164Cole": "Dana Cole",
	} {
		if got := Plain(name); got != want {
			t.Errorf("%+q became %+q", name, got)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add("Dana\u202e")
	f.Fuzz(func(t *testing.T, name string) {
		if !utf8.ValidString(name) {
			return
		}
		if Key(Plain(name)) != Key(name) && Plain(name) != "" {
			t.Errorf("%+q looks different once it is plain", name)
		}
	})
}
