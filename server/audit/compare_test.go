package audit

import (
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

var (
	testKey     = ed25519.NewKeyFromSeed(make([]byte, 32))
	testWitness = uuid.New()
)

// checkpoints of a log, after each of these numbers of entries.
func checkpoints(log []Stored, after ...int64) (all []Signed) {
	c := Checkpoint{Witness: testWitness, Facility: log[0].Facility}
	for _, seq := range after {
		c.Number++
		c.Seq, c.Hash, c.At = seq, log[seq-1].Sum, time.UnixMicro(seq*1e6)
		s := c.Sign(testKey)
		c.Previous = s.Sum()
		all = append(all, s)
	}
	return all
}

// compared is the report about a log, whose stored head is its last entry.
func compared(facility uuid.UUID, log []Stored, now time.Time, all []Signed, w ...Witness) Report {
	c := Compare(facility, all, nil, w...)
	head, hash := int64(0), Genesis(facility)
	for _, s := range log {
		c.Next(s)
		head, hash = s.Seq, s.Sum
	}
	return c.End(head, hash, now)
}

// rehashed is a log that was changed by somebody who computed all hashes anew.
func rehashed(facility uuid.UUID, log []Stored, change func([]Stored) []Stored) []Stored {
	last := Genesis(facility)
	out := change(append([]Stored(nil), log...))
	for i := range out {
		out[i].Seq, out[i].Previous = int64(i+1), last
		out[i].Sum = out[i].Hash(last)
		last = out[i].Sum
	}
	return out
}

// Whoever computes all hashes anew is found out by a checkpoint, and the finding says what happened.
func TestAChangedLogDoesNotFitItsCheckpoints(t *testing.T) {
	t.Parallel()
	f := uuid.New()
	log := chain(f, 8)
	signed := checkpoints(log, 3, 6)
	now := time.UnixMicro(9e6)
	for _, row := range []struct {
		name, about, want string
		change            func([]Stored) []Stored
	}{
		{"untouched", "", "", func(l []Stored) []Stored { return l }},
		{"the unsigned end cut", "", "", func(l []Stored) []Stored { return l[:6] }},
		{"the end cut", "signed", "the log ends with entry 5, and had 6 on 1970-01-01 00:00:06 UTC: the last 1 entry is missing", func(l []Stored) []Stored { return l[:5] }},
		{"an older database", "signed", "the log ends with entry 2, and had 6 on 1970-01-01 00:00:06 UTC: the last 4 entries are missing", func(l []Stored) []Stored { return l[:2] }},
		{"nothing left", "signed", "the log ends with entry 0", func([]Stored) []Stored { return nil }},
		{"one changed", "signed", "entries 4 to 6 are not those that were signed on 1970-01-01 00:00:06 UTC", func(l []Stored) []Stored { l[4].Outcome = Refused; return l }},
		{"the first changed", "signed", "entries 1 to 3 are not those", func(l []Stored) []Stored { l[0].Outcome = Refused; return l }},
		{"one taken out", "signed", "entries 1 to 3 are not those", func(l []Stored) []Stored { return append(l[:1], l[2:]...) }},
		{"two swapped", "signed", "entries 4 to 6 are not those", func(l []Stored) []Stored { l[3], l[4] = l[4], l[3]; return l }},
		{"an older database, used since", "signed", "an older copy of the database was restored and used since", func(l []Stored) []Stored {
			l[3].Actor, l[4].Actor, l[5].Actor = uuid.New(), uuid.New(), uuid.New()
			return l
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := compared(f, rehashed(f, log, row.change), now, signed, Witness{ID: testWitness})
			if row.want == "" {
				if len(r.Findings) != 0 || r.Fitting != 2 || r.Signed.Seq != 6 || r.Unsigned != int(r.Entries-6) {
					t.Errorf("%+v", r)
				}
				return
			}
			if len(r.Findings) == 0 || r.Findings[0].About != row.about || !strings.Contains(r.Findings[0].Problem, row.want) || !r.Findings[0].OfLog() {
				t.Errorf("%+v", r.Findings)
			}
		})
	}
	if r := compared(f, rehashed(f, log, func(l []Stored) []Stored { l[4].Outcome = Refused; return l }), now, nil); len(r.Findings) != 0 {
		t.Errorf("without checkpoints nothing can be known: %+v", r.Findings)
	}
}

// The log names its checkpoints, so one that was taken away is missed, and so is a whole folder. What
// was deleted because it was old is not.
func TestACheckpointThatIsMissingIsFound(t *testing.T) {
	t.Parallel()
	f := uuid.New()
	log := chain(f, 3)
	signed := checkpoints(log, 1, 3)
	named := rehashed(f, log, func(l []Stored) []Stored {
		for _, s := range signed {
			l = append(l, Stored{Entry: Entry{Facility: f, At: s.At, Actor: testWitness, Action: CheckpointAction, Object: s.ID()}})
		}
		return l
	})
	now, all := time.UnixMicro(4e6), Witness{ID: testWitness}
	about := func(r Report) string {
		var out []string
		for _, one := range r.Findings {
			if one.OfLog() {
				t.Errorf("the log is right: %+v", one)
			}
			out = append(out, one.About+" "+one.Problem)
		}
		return strings.Join(out, "\n")
	}
	if r := compared(f, named, now, signed, all); about(r) != "" || r.Unsigned != 0 || r.Entries != 5 {
		t.Errorf("whole: %+v", r)
	}
	if got := about(compared(f, named, now, signed[:1], all)); !strings.Contains(got, "1 checkpoint was signed and is not there, the newest of 1970-01-01 00:00:03 UTC") {
		t.Errorf("cut: %s", got)
	}
	if got := about(compared(f, named, now, nil)); !strings.Contains(got, "the log names 2 checkpoints") || !strings.Contains(got, testWitness.String()) {
		t.Errorf("a folder that is gone: %s", got)
	}
	if got := about(compared(f, named, now, signed[1:], Witness{ID: testWitness, Since: signed[1].At})); got != "" {
		t.Errorf("an old file that was deleted: %s", got)
	}
	other := signed[1].Checkpoint
	other.Witness = uuid.New()
	r := compared(f, named, now, []Signed{other.Sign(testKey)}, Witness{ID: other.Witness})
	if about(r) != "" || len(r.Elsewhere) != 1 || r.Elsewhere[0].Count != 2 || r.Elsewhere[0].Witness != testWitness {
		t.Errorf("a folder of another machine: %+v", r)
	}
}

// Old entries that nobody signed are no proof of anything, and that is said.
func TestOldEntriesWithoutACheckpointAreFound(t *testing.T) {
	t.Parallel()
	f := uuid.New()
	log := chain(f, 5)
	signed := checkpoints(log, 3)
	soon, late := time.UnixMicro(4e6).Add(Late/2), time.UnixMicro(4e6).Add(2*Late)
	if r := compared(f, log, soon, signed, Witness{ID: testWitness}); len(r.Findings) != 0 || r.Unsigned != 2 {
		t.Errorf("soon: %+v", r)
	}
	r := compared(f, log, late, signed, Witness{ID: testWitness})
	if len(r.Findings) != 1 || r.Findings[0].About != "unsigned" || !strings.HasPrefix(r.Findings[0].Problem, "2 entries, the oldest of 1970-01-01 00:00:03 UTC, are in no checkpoint") {
		t.Errorf("late: %+v", r.Findings)
	}
}

func TestOnlyTheExactTextOfACheckpointIsAccepted(t *testing.T) {
	t.Parallel()
	trust := Trust{{Public: testKey.Public().(ed25519.PublicKey)}}
	s := checkpoints(chain(uuid.New(), 1), 1)[0]
	read, err := ParseCheckpoint(s.Line)
	if err != nil || trust.Accepts(read) != nil || read.ID() != s.ID() || read.Checkpoint != s.Checkpoint {
		t.Fatalf("%+v %v", read, err)
	}
	for i := range len(s.Line) {
		line := s.Line[:i] + string(s.Line[i]^1) + s.Line[i+1:]
		if read, err := ParseCheckpoint(line); err == nil && trust.Accepts(read) == nil {
			t.Errorf("accepted with another byte %d: %s", i, line)
		}
	}
	for _, line := range []string{"", s.Line + " ", " " + s.Line, s.Line + "\n", s.Line[:len(s.Line)-1], strings.Replace(s.Line, "number=1", "number=01", 1), strings.Replace(s.Line, "number=1", "number=+1", 1), strings.Replace(s.Line, " ", "  ", 1)} {
		if _, err := ParseCheckpoint(line); err == nil {
			t.Errorf("read: %q", line)
		}
	}
}

// FuzzCheckpoint checks that what is read is exactly what was written, and that nobody forges one.
func FuzzCheckpoint(f *testing.F) {
	s := checkpoints(chain(uuid.New(), 1), 1)[0]
	f.Add(s.Line)
	f.Add(s.Line[:50])
	f.Fuzz(func(t *testing.T, line string) {
		read, err := ParseCheckpoint(line)
		if err != nil {
			return
		}
		if read.Line != line || !strings.HasPrefix(line, read.signedText(read.Key)) {
			t.Errorf("read something else: %q", line)
		}
		if (Trust{{Public: testKey.Public().(ed25519.PublicKey)}}).Accepts(read) == nil && line != s.Line {
			t.Errorf("a forgery: %q", line)
		}
	})
}

// A copy stands in for what its folder lost, and that is said; twice the same is one.
func TestACopyOfACheckpointStandsIn(t *testing.T) {
	t.Parallel()
	f := uuid.New()
	log := chain(f, 3)
	signed := checkpoints(log, 1, 3)
	named := rehashed(f, log, func(l []Stored) []Stored {
		return append(l, Stored{Entry: Entry{Facility: f, At: signed[1].At, Actor: testWitness, Action: CheckpointAction, Object: signed[1].ID()}})
	})
	c := Compare(f, signed[:1], signed, Witness{ID: testWitness})
	for _, s := range named {
		c.Next(s)
	}
	if r := c.End(4, named[3].Sum, time.UnixMicro(4e6)); len(r.Findings) != 0 || r.Supplied != 1 || r.Fitting != 2 {
		t.Errorf("%+v", r)
	}
}
