package worksheet

import "testing"

// Values of section 16 of the sealing format.
func TestPadmeOfTheVectors(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{1: 4096, 4096: 4096, 4097: 4352, 5000: 5120, 9999: 10240, 20480: 20480, 100000: 100352, 300000: 303104} {
		if got := max(minPlain, Padme(n)); got != want {
			t.Errorf("%d is padded to %d, want %d", n, got, want)
		}
	}
}
