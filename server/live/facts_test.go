package live

import "testing"

// FuzzFacts checks that live facts from other nodes contain only counts. A word sent by a node of an
// older build is ignored.
func FuzzFacts(f *testing.F) {
	for _, seed := range []string{
		`{"id":"019ac7f0-0000-7000-8000-000000000001","word":"calm","for_ms":20000}`, `{"writing":1,"saved":2,"stages":1}`, `{}`, `null`, `[`,
		`{"id":"019ac7f0-0000-7000-8000-000000000001","word":"calm","for_ms":9000000000000000000}`, `{"writing":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, facts []byte) {
		live := unpackLive(facts)
		if again := unpackLive(packLive(live)); again != live {
			t.Errorf("%+v came back as %+v", live, again)
		}
	})
}
