package audit

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func chain(facility uuid.UUID, n int) []Stored {
	last := Genesis(facility)
	var out []Stored
	for i := range n {
		e := Entry{Facility: facility, Seq: int64(i + 1), At: time.UnixMicro(int64(i) * 1e6), ActorKind: "member", Actor: uuid.New(),
			Action: "cohort.create", ObjectKind: "cohort", Object: uuid.New(), Outcome: Done}
		s := Stored{Entry: e, Previous: last, Sum: e.Hash(last)}
		last = s.Sum
		out = append(out, s)
	}
	return out
}

func verify(facility uuid.UUID, log []Stored) error {
	v := NewVerifier(facility)
	for _, s := range log {
		if err := v.Next(s); err != nil {
			return err
		}
	}
	return nil
}

func TestEveryAlterationOfTheLogIsDetected(t *testing.T) {
	t.Parallel()
	f := uuid.New()
	if err := verify(f, chain(f, 5)); err != nil {
		t.Fatalf("an untouched log: %v", err)
	}
	broken := map[string]func(l []Stored) []Stored{
		"another actor":   func(l []Stored) []Stored { l[2].Actor = uuid.New(); return l },
		"another time":    func(l []Stored) []Stored { l[2].At = l[2].At.Add(time.Microsecond); return l },
		"another outcome": func(l []Stored) []Stored { l[4].Outcome = Refused; return l },
		"moved boundary":  func(l []Stored) []Stored { l[1].Action, l[1].ObjectKind = "cohort.createc", "ohort"; return l },
		"one taken out":   func(l []Stored) []Stored { return append(l[:2], l[3:]...) },
		"two swapped":     func(l []Stored) []Stored { l[1], l[2] = l[2], l[1]; return l },
		"one doubled":     func(l []Stored) []Stored { return append(l[:3], l[2:]...) },
		"rewritten entry": func(l []Stored) []Stored { l[2].Action = "x"; l[2].Sum = l[2].Hash(l[2].Previous); return l },
	}
	for name, change := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := verify(f, change(chain(f, 5))); err == nil {
				t.Fatal("was not found")
			}
		})
	}
	if err := verify(uuid.New(), chain(f, 1)); err == nil {
		t.Fatal("a log of another facility was taken for this one's")
	}
}
