package live

import (
	"testing"
	"unicode/utf8"

	"amends/server/wire"
)

// FuzzFacts holds what other nodes say in passing to this: it is a word that may be shown, or
// counts, and never more than one of the two.
func FuzzFacts(f *testing.F) {
	for _, seed := range []string{
		`{"id":"019ac7f0-0000-7000-8000-000000000001","word":"calm","for_ms":20000}`, `{"writing":1,"saved":2,"stages":1}`, `{}`, `null`, `[`,
		`{"id":"019ac7f0-0000-7000-8000-000000000001","word":"calm","for_ms":9000000000000000000}`, `{"writing":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, facts []byte) {
		w, ok := unpackWord(facts)
		if ok && (w.Word == "" || utf8.RuneCountInString(w.Word) > wire.MaxWord || w.ForMs <= 0 || w.ForMs > wire.WordShownMs || len(w.ID) != 36) {
			t.Errorf("taken: %+v", w)
		}
		_ = unpackLive(facts)
	})
}
