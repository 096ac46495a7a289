package compare

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"amends/server/measure/bench"
)

// median of the rounds' values; rounds without a value are left out.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func (f Figures) each(of func(Round) float64) float64 {
	var values []float64
	for _, r := range f.Rounds {
		if v := of(r); v > 0 {
			values = append(values, v)
		}
	}
	return median(values)
}

func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}

// goal is one line of the table: a figure, its target, its value.
type goal struct {
	what, target, reached string
	met                   bool
	// short lines are also in the README's table.
	short bool
}

// mark says whether the target was met.
func (g goal) mark() string {
	switch {
	case g.reached == "not measured" || g.target == "-":
		return ""
	case g.met:
		return "met"
	}
	return "**not met**"
}

func (g goal) row() string {
	return fmt.Sprintf("| %s | %s | %s | %s |\n", g.what, g.target, g.reached, g.mark())
}

func (g goal) inShort() goal {
	g.short = true
	return g
}

func atMost(what string, limit, value float64, unit, beside string) goal {
	if value == 0 {
		return goal{what: what, target: fmt.Sprintf("<= %g%s", limit, unit), reached: "not measured"}
	}
	return goal{what: what, target: fmt.Sprintf("<= %.4g%s", limit, unit), reached: fmt.Sprintf("%.2f%s%s", value, unit, beside), met: value <= limit}
}

// atLeast is atMost with a lower bound.
func atLeast(what string, limit, value float64, beside string) goal {
	g := atMost(what, limit, value, "", beside)
	g.target, g.met = fmt.Sprintf(">= %g", limit), value >= limit
	return g
}

// untargeted is a figure without a target.
func untargeted(what, reached string) goal { return goal{what: what, target: "-", reached: reached} }

func (f Figures) goals() []goal {
	cpu := func(r bench.Result) float64 { return r.CPUMicros }
	p50 := func(r bench.Result) float64 { return r.Tally.FromMade.P50 }
	p99 := func(r bench.Result) float64 { return r.Tally.FromMade.P99 }
	steady := func(figure func(bench.Result) float64) (bare, rival float64) {
		bare = f.each(func(r Round) float64 { return ratio(figure(r.Amends.Steady), figure(r.Bare.Steady)) })
		rival = f.each(func(r Round) float64 {
			if r.Centrifugo == nil {
				return 0
			}
			return ratio(figure(r.Amends.Steady), figure(r.Centrifugo.Steady))
		})
		return bare, rival
	}
	cpuBare, cpuRival := steady(cpu)
	p50Bare, p50Rival := steady(p50)
	p99Bare, p99Rival := steady(p99)
	frame := func(r bench.Result) float64 { return r.CPUFrame }
	frameBare, frameRival := steady(frame)
	_, memory := steady(func(r bench.Result) float64 { return r.IdleKiB })
	bursts := f.each(func(r Round) float64 {
		if r.Centrifugo == nil {
			return 0
		}
		return ratio(cpu(r.Amends.Bursts), cpu(r.Centrifugo.Bursts))
	})
	stalled := f.each(func(r Round) float64 { return ratio(p99(*r.Amends.Stalled), p99(r.Amends.Steady)) })
	var p99s, flushes, rates []float64
	for _, d := range f.Durable {
		p99s, flushes, rates = append(p99s, d.Command.P99), append(flushes, d.FlushP50), append(rates, float64(d.Tally.Deliveries)/10/d.Seconds)
	}
	flush := median(flushes)
	out := []goal{
		atMost("Processor a delivery, v. bare", 1.25, cpuBare, "", f.absolute(cpu, "us")).inShort(),
		atMost("same v. Centrifugo", 0.75, cpuRival, "", ""),
		atMost("same in bursts of 5, v. Centrifugo", 0.35, bursts, "", ""),
		untargeted("Processor a frame written, v. bare and v. Centrifugo", fmt.Sprintf("%.2f and %.2f%s", frameBare, frameRival, f.absolute(frame, "us"))),
		atMost("p50 since the commit, v. bare", 1.5, p50Bare, "", f.absolute(p50, "ms")),
		atMost("p99 since the commit, v. bare", 1.5, p99Bare, "", f.absolute(p99, "ms")).inShort(),
		atMost("p50 v. Centrifugo", 0.8, p50Rival, "", ""),
		atMost("p99 v. Centrifugo", 0.8, p99Rival, "", ""),
		f.most().inShort(),
		f.live().inShort(),
		atMost("Resident memory of an idle connection, v. Centrifugo", 0.45, memory, "", f.absolute(func(r bench.Result) float64 { return r.IdleKiB }, "KiB")),
		atMost("p99 of the healthy with 5 % stalled, v. none", 1.2, stalled, "", ""),
		atMost(fmt.Sprintf("Durable command p99, one room, %.0f/s (4 flushes + 5 ms; a flush took %.2f ms)", median(rates), flush), 4*flush+5, median(p99s), " ms", "").inShort(),
		f.rooms(),
		atMost("Processor of a worksheet save, v. a bare insert", 1.5, ratio(f.Saves.SaveMicros, f.InsertCPU), "", fmt.Sprintf(" (%.0f v. %.0f us)", f.Saves.SaveMicros, f.InsertCPU)),
		atMost("Start to ready, warm database", 1, f.each(func(r Round) float64 { return r.Amends.ReadyMs / 1000 }), " s", ""),
	}
	if back := f.Back.Back; back != nil {
		g := atMost(fmt.Sprintf("%d people of one room come back at once", back.People), 3, back.AllMs/1000, " s", fmt.Sprintf(", %d errors", back.Errors))
		g.met = g.met && back.Errors == 0
		out = append(out, g.inShort())
	}
	lost, doubled, reordered, deliveries := f.losses()
	out = append(out, goal{what: "Lost / doubled / reordered", target: "0 / 0 / 0", reached: fmt.Sprintf("%d / %d / %d of %d deliveries", lost, doubled, reordered, deliveries),
		met: lost+doubled+reordered == 0, short: true})
	return out
}

// live is the live memory of an idle connection. Both kinds must meet the target, so the larger is
// shown.
func (f Figures) live() goal {
	screen, guest := f.Idle.Screens.LiveKiB, f.Idle.Guests.LiveKiB
	worst := max(screen, guest)
	if screen == 0 || guest == 0 {
		worst = 0
	}
	return atMost("Live memory of an idle connection (heap and stacks after a collection)", 12, worst, " KiB",
		fmt.Sprintf(" (a screen %.1f, a guest %.1f KiB)", screen, guest))
}

// most is the highest load of one room of listeners, compared with Centrifugo's.
func (f Figures) most() goal {
	var ratios, ours, rivals []float64
	for _, c := range f.Climbs {
		ours, rivals = append(ours, c.Amends.PerSecond), append(rivals, c.Centrifugo.PerSecond)
		if r := ratio(c.Amends.PerSecond, c.Centrifugo.PerSecond); r > 0 {
			ratios = append(ratios, r)
		}
	}
	return atLeast(fmt.Sprintf("Most deliveries a second with p99 within %d ms of when each was due, v. Centrifugo", bench.MostP99), 3, median(ratios),
		fmt.Sprintf(" (%.0f v. %.0f)", median(ours), median(rivals)))
}

// rooms is the durable command in many rooms at once.
func (f Figures) rooms() goal {
	var p99s, flushes, rates []float64
	for _, r := range f.Rooms {
		p99s, flushes, rates = append(p99s, r.Command.P99), append(flushes, r.FlushP50), append(rates, r.PerSecond)
	}
	return atMost(fmt.Sprintf("Durable command p99, %d rooms, %.0f/s together (3 flushes + 5 ms)", manyRooms, median(rates)), 3*median(flushes)+5, median(p99s), " ms", "")
}

// absolute formats a figure of Amends, the bare server and Centrifugo, to follow a ratio.
func (f Figures) absolute(figure func(bench.Result) float64, unit string) string {
	text := fmt.Sprintf(" (%.1f v. %.1f", f.each(func(r Round) float64 { return figure(r.Amends.Steady) }), f.each(func(r Round) float64 { return figure(r.Bare.Steady) }))
	if f.Centrifugo {
		text += fmt.Sprintf(" v. %.1f", f.each(func(r Round) float64 { return figure(r.Centrifugo.Steady) }))
	}
	return text + " " + unit + ")"
}

func (f Figures) losses() (lost, doubled, reordered, deliveries int64) {
	all := append(slices.Clone(f.Durable), f.Back)
	for _, r := range f.Rounds {
		all = append(all, r.Amends.Steady, r.Amends.Bursts, *r.Amends.Stalled)
	}
	for _, r := range all {
		t := r.Tally
		lost, doubled, reordered, deliveries = lost+t.Lost, doubled+t.Duplicated, reordered+t.Reordered, deliveries+t.Deliveries
	}
	return lost, doubled, reordered, deliveries
}

// frames is how many frames were written per 100 events.
func (f Figures) frames(of func(Round) bench.Result) float64 {
	return 100 * f.each(func(r Round) float64 {
		t := of(r).Tally
		return ratio(float64(t.Frames), float64(t.Deliveries))
	})
}

// rivalFrames says the same of Centrifugo, which gets a burst in one request.
func (f Figures) rivalFrames() string {
	if !f.Centrifugo {
		return ""
	}
	return fmt.Sprintf(", Centrifugo, which is given a burst in one request and joins it, %.0f frames for 100 events in bursts", f.frames(func(r Round) bench.Result { return r.Centrifugo.Bursts }))
}

const tableHead = "| figure | target | reached | |\n| --- | --- | --- | --- |\n"

// short is the README's section: a few rows, and how many targets were met in all.
func (f Figures) short() string {
	var b strings.Builder
	met, all := 0, 0
	fmt.Fprintf(&b, "%s\n\n%s", f.Facts, tableHead)
	for _, g := range f.goals() {
		if g.short {
			b.WriteString(g.row())
		}
		if g.mark() != "" {
			all++
		}
		if g.mark() == "met" {
			met++
		}
	}
	fmt.Fprintf(&b, "\n%d of %d targets are met.\n", met, all)
	return b.String()
}

// table is the section of the page of figures; chart is the picture's path relative to that page.
func (f Figures) table(chart string) string {
	var b strings.Builder
	first := f.Rounds[0].Amends.Steady
	rival := "without Centrifugo (give `CENTRIFUGO=path` to compare with it)"
	if f.Centrifugo {
		rival = "beside Centrifugo 6.9.1 (memory engine, no history)"
	}
	fmt.Fprintf(&b, "%s %d listeners, %d events a second of %d bytes, %s; medians of the rounds' ratios. Latencies are from the commit (there: from publishing); Amends writes every event to Postgres first, the others write nothing down.\n\n",
		f.Facts, first.People, first.Rate, first.Tally.Bytes/max(1, first.Tally.Frames), rival)
	b.WriteString(tableHead)
	for _, g := range f.goals() {
		b.WriteString(g.row())
	}
	send := func(pick func(bench.Spread) float64) float64 {
		return f.each(func(r Round) float64 { return pick(r.Amends.Steady.Tally.FromSend) })
	}
	fmt.Fprintf(&b, "\nFrom a facilitator's tap, commit included, to all %d screens: p50 %.1f ms, p99 %.1f ms.\n", first.People,
		send(func(s bench.Spread) float64 { return s.P50 }), send(func(s bench.Spread) float64 { return s.P99 }))
	fmt.Fprintf(&b, "Events that come in while Postgres commits go out as one frame: there were %.0f frames for 100 events, in bursts %.0f. The bare server writes every\nevent%s; both queue when the machine is busy. So `make bench` asks for %d events a second and not the 50 of the design, which two cores do not carry\ntogether with all the clients (`bin/compare -rate 50` asks for them).\n",
		f.frames(func(r Round) bench.Result { return r.Amends.Steady }), f.frames(func(r Round) bench.Result { return r.Amends.Bursts }), f.rivalFrames(), first.Rate)
	if chart != "" {
		fmt.Fprintf(&b, "\n![Processor time of one delivery](%s)\n", filepath.ToSlash(chart))
	}
	return b.String()
}
