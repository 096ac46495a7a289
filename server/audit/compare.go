package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Late is the age at which an entry must be in a checkpoint. One is signed every quarter of an hour, so
// an older entry without one means that no server could write it, or that it was taken away.
const Late = time.Hour

// mostFindings bounds a report: after that many the log is wrong anyway.
const mostFindings = 10

// Finding is one thing that is wrong, in words. About says what it is about: `entry`, `head`, `signed`
// (the log differs from what was signed), `checkpoint` (one is missing, or a forgery), `unsigned`.
type Finding struct{ About, Problem string }

// OfLog reports whether the finding means that the log itself was changed.
func (f Finding) OfLog() bool { return f.About == "entry" || f.About == "head" || f.About == "signed" }

// Report is the result of a Comparison.
type Report struct {
	Entries int64
	Hash    [32]byte
	// Signed is the newest checkpoint that fits the log; nil for none. Fitting is how many do.
	Signed  *Signed
	Fitting int
	// Unsigned is how many entries came after the newest checkpoint, apart from those about checkpoints.
	Unsigned int
	// Supplied is how many checkpoints a folder lacks that came from a copy.
	Supplied int
	// Elsewhere are witnesses that the log names and that were not compared.
	Elsewhere []Elsewhere
	Findings  []Finding
}

// Elsewhere is a witness that was not compared: how many checkpoints it has signed of this log, and
// when the last one.
type Elsewhere struct {
	Witness uuid.UUID
	Count   int
	Last    time.Time
}

// Witness is a folder of checkpoints. Since is when its oldest one was signed, if older ones were deleted
// because they were many.
type Witness struct {
	ID    uuid.UUID
	Since time.Time
}

// Comparison verifies a facility's log from its start and compares it with checkpoints.
type Comparison struct {
	verifier  *Verifier
	named     int64    // the last entry whose checkpoint must be there
	known     []Signed // of this facility, by the number of entries
	next      int
	ids       map[uuid.UUID]bool // whether the checkpoint is in its folder, or only in a copy
	witnesses map[uuid.UUID]time.Time
	elsewhere map[uuid.UUID]*Elsewhere
	missing   []Stored
	differs   []Signed
	oldest    time.Time // of the unsigned entries
	report    Report
}

// Compare starts a comparison with the checkpoints of some folders, and with copies of any. The folders
// are complete: a checkpoint that the log names and that is not in its folder counts as taken away,
// unless there is a copy.
func Compare(facility uuid.UUID, folders, copies []Signed, witnesses ...Witness) *Comparison {
	c := &Comparison{verifier: NewVerifier(facility), named: math.MaxInt64, ids: map[uuid.UUID]bool{}, witnesses: map[uuid.UUID]time.Time{}, elsewhere: map[uuid.UUID]*Elsewhere{}}
	for _, w := range witnesses {
		c.witnesses[w.ID] = w.Since
	}
	c.add(facility, folders, true)
	c.add(facility, copies, false)
	slices.SortFunc(c.known, func(a, b Signed) int { return cmp.Or(cmp.Compare(a.Seq, b.Seq), a.At.Compare(b.At)) })
	return c
}

// NamedUpTo says that the folders were read after this entry was written: checkpoints that later entries
// name may be newer than what was read.
func (c *Comparison) NamedUpTo(seq int64) { c.named = seq }

func (c *Comparison) add(facility uuid.UUID, all []Signed, inFolder bool) {
	for _, s := range all {
		if _, twice := c.ids[s.ID()]; twice || s.Facility != facility {
			continue
		}
		c.ids[s.ID()] = inFolder
		c.known = append(c.known, s)
	}
}

// find adds a finding.
func (c *Comparison) find(about, problem string, args ...any) {
	if len(c.report.Findings) < mostFindings {
		c.report.Findings = append(c.report.Findings, Finding{about, fmt.Sprintf(problem, args...)})
	}
}

// Next takes the next entry.
func (c *Comparison) Next(s Stored) {
	if err := c.verifier.Next(s); err != nil {
		c.find("entry", "%s", err)
		c.verifier.seq, c.verifier.last = s.Seq, s.Sum // what is after it is verified too
	}
	for ; c.next < len(c.known) && c.known[c.next].Seq <= s.Seq; c.next++ {
		if one := c.known[c.next]; one.Seq < s.Seq || one.Hash != s.Sum {
			c.differs = append(c.differs, one)
		} else if len(c.differs) == 0 {
			c.report.Signed = &one
			c.report.Fitting++
		}
	}
	switch {
	case s.Action == CheckpointAction:
		c.names(s)
	case c.next == len(c.known):
		if newest := c.newest(); newest == nil || s.Seq > newest.Seq {
			if c.report.Unsigned++; c.report.Unsigned == 1 {
				c.oldest = s.At
			}
		}
	}
}

func (c *Comparison) newest() *Signed {
	if len(c.known) == 0 {
		return nil
	}
	return &c.known[len(c.known)-1]
}

// names takes an entry that names a checkpoint.
func (c *Comparison) names(s Stored) {
	since, compared := c.witnesses[s.Actor]
	inFolder, is := c.ids[s.Object]
	switch {
	case inFolder, compared && !since.IsZero() && !s.At.After(since.Add(time.Second)): // a checkpoint's time is in whole seconds
	case compared && is:
		c.report.Supplied++
	case compared && s.Seq > c.named:
	case compared:
		c.missing = append(c.missing, s)
	case !is:
		e := c.elsewhere[s.Actor]
		if e == nil {
			e = &Elsewhere{Witness: s.Actor}
			c.elsewhere[s.Actor] = e
		}
		e.Count++
		e.Last = s.At
	}
}

// End finishes the comparison after the last entry. head is the number and hash that the database
// stores as the log's end.
func (c *Comparison) End(head int64, hash [32]byte, now time.Time) Report {
	r := &c.report
	r.Entries, r.Hash = c.verifier.Head()
	if head != r.Entries || hash != r.Hash {
		c.find("head", "the last entries are missing")
	}
	c.endKnown()
	if n := len(c.missing); n > 0 {
		c.find("checkpoint", "%s %s signed and %s not there, the newest of %s: the checkpoints were cut, or the folder is an older copy", many(n, "checkpoint"), were(n), are(n), clock(c.missing[n-1].At))
	}
	for _, e := range c.elsewhere {
		r.Elsewhere = append(r.Elsewhere, *e)
	}
	slices.SortFunc(r.Elsewhere, func(a, b Elsewhere) int { return cmp.Compare(a.Witness.String(), b.Witness.String()) })
	compared := len(c.witnesses) > 0 || len(c.known) > 0
	if len(c.known) == 0 && len(r.Elsewhere) > 0 {
		e := slices.MaxFunc(r.Elsewhere, func(a, b Elsewhere) int { return a.Last.Compare(b.Last) })
		c.find("checkpoint", "none to compare with, although the log names %s, the newest of %s, in the folder with the id %s: CHECKPOINT_DIR is not set, or names another folder, or that one was taken away", many(e.Count, "checkpoint"), clock(e.Last), e.Witness)
	}
	if compared && r.Unsigned > 0 && now.Sub(c.oldest) > Late {
		other := ""
		if len(r.Elsewhere) > 0 {
			other = ", or they are in another folder, which was not compared"
		}
		c.find("unsigned", "%s, the oldest of %s, %s in no checkpoint, although one is signed every 15 minutes: no server was running, or none could write the folder (amends doctor says), or its newest checkpoints were taken away%s", many(r.Unsigned, "entry"), clock(c.oldest), are(r.Unsigned), other)
	}
	return *r
}

// endKnown adds what differs from the checkpoints.
func (c *Comparison) endKnown() {
	r := &c.report
	fits := int64(0)
	if r.Signed != nil {
		fits = r.Signed.Seq
	}
	if len(c.differs) > 0 {
		one := c.differs[0]
		c.find("signed", "entries %d to %d are not those that were signed on %s: they were changed and the log was written anew from there, or an older copy of the database was restored and used since", fits+1, one.Seq, clock(one.At))
	}
	if beyond := c.known[c.next:]; len(beyond) > 0 {
		one := beyond[len(beyond)-1]
		c.find("signed", "the log ends with entry %d, and had %d on %s: the last %s missing. They were cut off, or an older copy of the database was restored", r.Entries, one.Seq, clock(one.At), manyAre(int(one.Seq-r.Entries)))
	}
}

func clock(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 MST") }

func many(n int, one string) string {
	switch {
	case n == 1:
		return "1 " + one
	case one == "entry":
		return fmt.Sprintf("%d entries", n)
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func manyAre(n int) string { return many(n, "entry") + " " + are(n) }

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func were(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
