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
		" Dana   Cole ": "Dana Cole", "\u202eDana\u202c": "Dana", "Mar\u00eda Jos\u00e9": "Mar\u00eda Jos\u00e9", "\U0001F469\u200d\U0001F680": "\U0001F469\u200d\U0001F680", "\u200b": "",
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
