package bench

import (
	"fmt"
	"strings"
)

// Table formats a result for a terminal.
func (r Result) Table() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-34s %s\n", name, fmt.Sprintf(format, args...))
	}
	spread := func(name string, s Spread) {
		line(name, "p50 %.1f ms   p99 %.1f ms   max %.1f ms", s.P50, s.P99, s.Max)
	}
	line("people, events a second, seconds", "%d, %d in bursts of %d, %.0f", r.People, r.Rate, r.Burst, r.Seconds)
	if r.Stalled > 0 {
		line("of them stalled", "%d", r.Stalled)
	}
	spread("all have the view", r.Open)
	spread("command until acknowledged", r.Command)
	if r.FlushP50 > 0 {
		line("one flush of the disk", "%.2f ms (the command's p99 is %.1f of it)", r.FlushP50, r.Command.P99/r.FlushP50)
	}
	spread("delivery since the command", r.Tally.FromSend)
	spread("delivery since the commit", r.Tally.FromMade)
	line("deliveries, in frames", "%d, %d", r.Tally.Deliveries, r.Tally.Frames)
	line("lost, duplicated, reordered", "%d, %d, %d", r.Tally.Lost, r.Tally.Duplicated, r.Tally.Reordered)
	if r.CPUMicros > 0 {
		line("server's processor a delivery", "%.2f us; a frame %.2f us", r.CPUMicros, r.CPUFrame)
	}
	if r.IdleKiB > 0 {
		line("resident memory of a connection", "%.1f KiB", r.IdleKiB)
	}
	if r.LiveKiB > 0 {
		line("live memory of a connection", "%.1f KiB", r.LiveKiB)
	}
	if r.Back != nil {
		line("back at once", "%d people, %d errors, all after %.0f ms", r.Back.People, r.Back.Errors, r.Back.AllMs)
		spread("each of them", r.Back.Each)
	}
	if r.Save != nil {
		spread("worksheet save", *r.Save)
		line("server's processor a save", "%.0f us", r.SaveMicros)
	}
	return b.String()
}
