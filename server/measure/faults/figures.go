package faults

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"amends/server/measure/bench"
)

// scene is one act and what was observed during it.
type scene struct {
	name, note   string
	began, ended time.Time
	back         []time.Duration
	resent       int
	rested       bool
}

// shownAt is when a screen reached which sequence numbers, both ascending.
type shownAt struct {
	seqs []int64
	at   []time.Time
}

// paths returns for each screen when it first showed at least a sequence number.
func (t *theatre) paths() map[int]*shownAt {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[int]*shownAt{}
	for i, s := range t.sightings {
		p := out[s.Screen]
		if p == nil {
			p = &shownAt{}
			out[s.Screen] = p
		}
		if n := len(p.seqs); n == 0 || s.Seq > p.seqs[n-1] {
			p.seqs, p.at = append(p.seqs, s.Seq), append(p.at, t.shown[i])
		}
	}
	return out
}

// row formats one line of the table.
func (s scene) row(calls []timedCall, paths map[int]*shownAt) string {
	var acked []time.Time
	var delays []time.Duration
	n, bad, open := 0, 0, 0
	for _, c := range calls {
		if c.asked.Before(s.began) || !c.asked.Before(s.ended) {
			continue
		}
		n++
		switch c.Outcome {
		case ok:
			acked = append(acked, c.answered)
			for screen, p := range paths {
				if s.name == stalling && screen >= wholeCast.screens-frozenCount {
					continue
				}
				if at := sort.Search(len(p.seqs), func(i int) bool { return p.seqs[i] >= c.Seq }); at < len(p.seqs) {
					delays = append(delays, p.at[at].Sub(c.asked))
				}
			}
		case failed:
			bad++
		case unknown:
			open++
		}
	}
	seen, back := bench.SpreadOf(delays), bench.SpreadOf(s.back)
	comeback := "none"
	if len(s.back) > 0 {
		comeback = fmt.Sprintf("%d: %.2f / %.2f s", len(s.back), back.P50/1000, back.P99/1000)
	}
	rest := "yes"
	if !s.rested {
		rest = "**no**"
	}
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %.1f s | %s | %.0f / %.0f ms | %s | %s |", s.name, n, s.resent, bad, open, longest(acked, s.began).Seconds(), comeback,
		seen.P50, seen.P99, rest, s.note)
}

// longest is the longest time without an acknowledged command.
func longest(acked []time.Time, began time.Time) time.Duration {
	slices.SortFunc(acked, time.Time.Compare)
	gap, last := time.Duration(0), began
	for _, at := range acked {
		gap, last = max(gap, at.Sub(last)), at
	}
	return gap
}

const tableHead = `| fault | commands | asked again | refused | unanswered | longest silence | came back, p50 / p99 | command to all screens, p50 / p99 | at rest after | beside |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
`

// short is the README's section: the worst that people noticed, and the verdict.
func short(facts string, scenes []scene, calls []timedCall, events int, f findings) string {
	silence, worst := time.Duration(0), ""
	rested, faults := 0, 0
	for _, s := range scenes {
		if s.name == comparing {
			continue
		}
		faults++
		var acked []time.Time
		for _, c := range calls {
			if c.Outcome == ok && !c.asked.Before(s.began) && c.asked.Before(s.ended) {
				acked = append(acked, c.answered)
			}
		}
		if gap := longest(acked, s.began); gap > silence {
			silence, worst = gap, s.name
		}
		if s.rested {
			rested++
		}
	}
	return fmt.Sprintf("%s %d kinds of fault, %d commands, %d events: **lost %d, doubled %d, reordered %d, screens that differed %d.** Longest silence %.1f s (%s); all was at rest\nagain after %d of %d.\n",
		facts, faults, len(calls), events, f.Lost, f.Doubled, f.Reordered, f.Differed, silence.Seconds(), worst, rested, faults)
}

// report is the whole section of the page of figures.
func report(facts string, scenes []scene, calls []timedCall, paths map[int]*shownAt, events int, f findings, further []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s Three nodes behind a balancer, one Postgres that flushes, one Redis, %d sockets, %d people who talk. Commands carry ids and are asked again until answered.\n\n", facts, wholeCast.screens, wholeCast.talkers())
	b.WriteString(tableHead)
	for _, s := range scenes {
		b.WriteString(s.row(calls, paths) + "\n")
	}
	fmt.Fprintf(&b, "\nOver all: %d commands, %d events. **Lost %d, doubled %d, reordered %d, screens that differed %d, screens left behind %d.**\n", len(calls), events, f.Lost, f.Doubled, f.Reordered, f.Differed, f.Behind)
	for _, line := range further {
		b.WriteString("\n" + line + "\n")
	}
	return b.String()
}
