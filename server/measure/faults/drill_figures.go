package faults

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"amends/server/measure/bench"
)

// drillRow is what one drill showed.
type drillRow struct {
	scene  scene
	play   *drillPlay
	events int
	found  findings
}

// taps are the times from a counselor's command to its answer while the attack lasted.
func (r drillRow) taps() (taps []time.Duration, refused int) {
	leads := r.play.members[:r.play.leads]
	for _, c := range r.play.calls {
		if !slices.Contains(leads, c.Actor) || c.asked.Before(r.scene.began) || !c.asked.Before(r.scene.ended) {
			continue
		}
		if c.Outcome != ok {
			refused++
			continue
		}
		taps = append(taps, c.answered.Sub(c.asked))
	}
	return taps, refused
}

// arrivals are how long those took who got in.
func (r drillRow) arrivals() (in []time.Duration) {
	for _, one := range r.play.late {
		if one.err == nil {
			in = append(in, one.took)
		}
	}
	return in
}

const drillHead = `| attack by 400 made-up guests | of them in the room | tried | refused or closed | counselor's command, p50 / p99 | real people who came in, slowest | came back, p99 | lost / doubled / reordered / differed |
| --- | --- | --- | --- | --- | --- | --- | --- |
`

func (r drillRow) row() string {
	taps, _ := r.taps()
	tap, in, back, m := bench.SpreadOf(taps), r.arrivals(), bench.SpreadOf(slices.Clone(r.play.back)), r.play.mob
	return fmt.Sprintf("| %s | %d | %d | %d | %.0f / %.0f ms | %d of %d, %.1f s | %.1f s | %d / %d / %d / %d |\n", r.scene.name, len(m.doors), m.asked.Load(), m.refused.Load()+m.ended.Load(),
		tap.P50, tap.P99, len(in), lateComers, bench.SpreadOf(in).Max/1000, back.P99/1000, r.found.Lost, r.found.Doubled, r.found.Reordered, r.found.Differed)
}

// drillWords is the table of all drills.
func drillWords(rows []drillRow) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Attacks on an open meeting: one node with its limits, %d counselors and %d guests who talk, %d more who come in meanwhile; %.0f s each. The attackers, each from an address of their own, run on the same machine.\n\n",
		drillCast.leads, drillCast.people, lateComers, drillLength.Seconds())
	b.WriteString(drillHead)
	for _, r := range rows {
		b.WriteString(r.row())
	}
	return b.String()
}

// verdict returns the reasons for which a drill failed.
func (r drillRow) verdict() error {
	var all []error
	say := func(format string, args ...any) { all = append(all, fmt.Errorf(r.scene.name+": "+format, args...)) }
	taps, refused := r.taps()
	if p99 := time.Duration(bench.SpreadOf(taps).P99 * float64(time.Millisecond)); len(taps) == 0 || p99 >= tapWithin {
		say("of %d commands of counselors, 99 of 100 took up to %s", len(taps), p99)
	}
	if refused > 0 {
		say("%d commands of counselors were refused or never answered", refused)
	}
	for _, one := range r.play.late {
		if one.err != nil {
			say("a real person did not get in: %w", one.err)
		}
	}
	if len(r.play.late) < lateComers {
		say("only %d of %d real people came to the door in time", len(r.play.late), lateComers)
	}
	if !r.scene.rested {
		say("the screens did not converge")
	}
	if !r.found.clean() {
		say("the history has violations: %s", r.found.Words[0])
	}
	return errors.Join(all...)
}

// shortDrills is the line of the README.
func shortDrills(rows []drillRow) string {
	if len(rows) == 0 {
		return ""
	}
	worst, in, lost := 0.0, 0, 0
	for _, r := range rows {
		taps, _ := r.taps()
		worst = max(worst, bench.SpreadOf(taps).P99)
		in += len(r.arrivals())
		lost += r.found.Lost
	}
	return fmt.Sprintf("Under %d attacks of 400 made-up guests on an open meeting the worst p99 of a counselor's command was %.0f ms; %d of %d real people got in meanwhile; lost %d.\n",
		len(rows), worst, in, len(rows)*lateComers, lost)
}
