package live

import "testing"

// FuzzFacts holds what other nodes say in passing to this: it is counts. A word that a node of an
// older build sends is none, and nothing else can be read from it.
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
