package compare

import (
	"strings"
	"testing"

	"amends/server/measure/bench"
)

func round(amends, bare, rival float64) Round {
	with := func(cpu float64) bench.Result { return bench.Result{CPUMicros: cpu} }
	stalled := with(1)
	return Round{Bare: Server{Steady: with(bare)}, Amends: Server{Steady: with(amends), Stalled: &stalled}, Centrifugo: &Server{Steady: with(rival)}}
}

func lineOf(t *testing.T, table, what string) string {
	t.Helper()
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "| "+what) {
			return strings.TrimSpace(line)
		}
	}
	t.Fatalf("no line %q in\n%s", what, table)
	return ""
}

func TestRatiosAreMediansAndMissedTargetsAreNamed(t *testing.T) {
	t.Parallel()
	// One outlier of three rounds does not change a median.
	f := Figures{Centrifugo: true, Rounds: []Round{round(10, 10, 8), round(100, 10, 1), round(12, 10, 10)}}
	table := f.table("")
	if line := lineOf(t, table, "Processor a delivery, v. bare"); !strings.Contains(line, "| 1.20 (") || !strings.HasSuffix(line, "| met |") {
		t.Error(line)
	}
	if line := lineOf(t, table, "same v. Centrifugo"); !strings.Contains(line, "| 1.25 |") || !strings.HasSuffix(line, "**not met** |") {
		t.Error(line)
	}
	if line := lineOf(t, table, "p50 v. Centrifugo"); !strings.HasSuffix(line, "not measured |  |") {
		t.Error(line)
	}
	if line := lineOf(t, table, "Most deliveries"); !strings.HasSuffix(line, "not measured |  |") {
		t.Error(line)
	}
	f.Climbs = []Climb{{bench.Most{PerSecond: 70}, bench.Most{PerSecond: 20}}, {bench.Most{PerSecond: 20}, bench.Most{PerSecond: 20}}, {bench.Most{PerSecond: 60}, bench.Most{PerSecond: 20}}}
	f.Rooms = []bench.Rooms{{Command: bench.Spread{P99: 9}, FlushP50: 1}}
	table = f.table("")
	if line := lineOf(t, table, "Most deliveries"); !strings.Contains(line, "| >= 3 | 3.00 (60 v. 20) | met |") {
		t.Error(line)
	}
	if line := lineOf(t, table, "Durable command p99, 200 rooms"); !strings.Contains(line, "| <= 8 ms | 9.00 ms | **not met** |") {
		t.Error(line)
	}
	f.Rounds[0].Amends.Steady.Tally.Lost = 1
	if line := lineOf(t, f.table(""), "Lost"); !strings.Contains(line, "1 / 0 / 0") || !strings.HasSuffix(line, "**not met** |") {
		t.Error(line)
	}
}

// The larger of screens and guests must meet the target; with only one of them there is no figure.
func TestTheLargerConnectionMustMeetTheTarget(t *testing.T) {
	t.Parallel()
	f := Figures{Rounds: []Round{round(1, 1, 1)}}
	for _, c := range []struct {
		screen, guest float64
		want          string
	}{
		{8, 11.5, "| <= 12 KiB | 11.50 KiB (a screen 8.0, a guest 11.5 KiB) | met |"},
		{8, 13, "| <= 12 KiB | 13.00 KiB (a screen 8.0, a guest 13.0 KiB) | **not met** |"},
		{13, 8, "| <= 12 KiB | 13.00 KiB (a screen 13.0, a guest 8.0 KiB) | **not met** |"},
		{8, 0, "| <= 12 KiB | not measured |  |"},
	} {
		f.Idle.Screens.LiveKiB, f.Idle.Guests.LiveKiB = c.screen, c.guest
		if line := lineOf(t, f.table(""), "Live memory of an idle connection"); !strings.HasSuffix(line, c.want) {
			t.Error(line)
		}
	}
}

// The README's table has some of the rows, and the number of all missed targets.
func TestTheShortTableCountsEveryTarget(t *testing.T) {
	t.Parallel()
	f := Figures{Facts: "Facts.", Centrifugo: true, Rounds: []Round{round(20, 10, 40)}}
	f.Idle.Screens.LiveKiB, f.Idle.Guests.LiveKiB = 8, 8
	short := f.short()
	if rows := strings.Count(short, "\n| "); rows < 5+2 || rows > 8+2 {
		t.Errorf("%d lines in\n%s", rows, short)
	}
	if line := lineOf(t, short, "Processor a delivery, v. bare"); !strings.HasSuffix(line, "**not met** |") {
		t.Error(line)
	}
	// Measured targets: CPU against both rivals, the live memory, lost events.
	if want := "3 of 4 targets are met."; !strings.HasPrefix(short, "Facts.") || !strings.Contains(short, want) {
		t.Errorf("not %q in\n%s", want, short)
	}
}

func TestTheChartHasABarForEachServerAndLoad(t *testing.T) {
	t.Parallel()
	f := Figures{Centrifugo: true, Rounds: []Round{round(12.3, 10, 20)}}
	svg := f.chart()
	if strings.Count(svg, "<rect") != 1+6 || !strings.Contains(svg, ">12.3<") || strings.Contains(svg, "NaN") {
		t.Error(svg)
	}
	f.Centrifugo = false
	if n := strings.Count(f.chart(), "<rect"); n != 1+4 {
		t.Errorf("%d bars without a rival", n-1)
	}
}
