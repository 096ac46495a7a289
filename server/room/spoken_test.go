package room

import (
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// Spoken time is the duration of a turn without any time in which the turn or the room was stopped.
func TestSpokenTimeExcludesPauses(t *testing.T) {
	t.Parallel()
	type step struct {
		seconds int
		do      string
		fact    string
	}
	for name, c := range map[string]struct {
		steps []step
		want  time.Duration
	}{
		"no rest":                        {[]step{{20, "turn_end", ""}}, 20 * time.Second},
		"the room is paused in the turn": {[]step{{10, "pause", ""}, {300, "resume", ""}, {5, "turn_end", ""}}, 15 * time.Second},
		"two pauses":                     {[]step{{10, "pause", ""}, {60, "resume", ""}, {10, "pause", ""}, {60, "resume", ""}, {10, "turn_end", ""}}, 30 * time.Second},
		"the turn's own pause":           {[]step{{10, "turn_pause", ""}, {40, "turn_pause", ""}, {10, "turn_end", ""}}, 20 * time.Second},
		"the turn's pause outlasts the room's": {[]step{{10, "turn_pause", ""}, {10, "pause", ""}, {10, "resume", ""}, {10, "turn_pause", ""}, {5, "turn_end", ""}},
			15 * time.Second},
		"calm":                          {[]step{{10, "calm", ""}, {120, "uncalm", ""}, {10, "turn_end", ""}}, 20 * time.Second},
		"calm over a pause":             {[]step{{10, "pause", ""}, {10, "calm", ""}, {10, "resume", ""}, {10, "uncalm", ""}, {10, "turn_end", ""}}, 20 * time.Second},
		"held":                          {[]step{{10, "", Held}, {120, "", Unheld}, {10, "turn_end", ""}}, 20 * time.Second},
		"ended while paused":            {[]step{{10, "pause", ""}, {600, "end", ""}}, 10 * time.Second},
		"the next part while calm":      {[]step{{10, "calm", ""}, {600, "next", ""}}, 10 * time.Second},
		"taken back after a pause":      {[]step{{10, "turn_end", ""}, {5, "turn_undo", ""}, {5, "pause", ""}, {9, "turn_end", ""}}, 15 * time.Second},
		"ended in a pause, and back on": {[]step{{10, "pause", ""}, {5, "turn_end", ""}, {2, "resume", ""}, {2, "turn_undo", ""}, {5, "turn_end", ""}}, 15 * time.Second},
		"taken back into a held room":   {[]step{{10, "turn_end", ""}, {2, "", Held}, {2, "turn_undo", ""}, {60, "", Unheld}, {5, "turn_end", ""}}, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			boss, sam := id.Member{}, id.New[id.Member]()
			x := checkIn(t, sam)
			x.do(sam, wire.Command{Do: "raise"})
			x.do(boss, wire.Command{Do: "turn_start"})
			for _, s := range c.steps {
				x.now = x.now.Add(time.Duration(s.seconds) * time.Second)
				if s.fact != "" {
					x.take([]Event{{Kind: s.fact, At: x.now}})
				} else if code := x.do(boss, wire.Command{Do: s.do}); code != "" {
					t.Fatalf("%s: %s", s.do, code)
				}
			}
			if got := x.s.People[sam].SpokenMs; got != c.want.Milliseconds() {
				t.Errorf("%d ms count as spoken, want %d", got, c.want.Milliseconds())
			}
		})
	}
}

// A turn that starts while the room is paused counts from when the room resumes.
func TestATurnStartedInAPauseCountsFromResuming(t *testing.T) {
	t.Parallel()
	boss, sam := id.Member{}, id.New[id.Member]()
	x := checkIn(t, sam)
	x.do(sam, wire.Command{Do: "raise"})
	x.do(boss, wire.Command{Do: "pause"})
	x.do(boss, wire.Command{Do: "turn_start"})
	x.now = x.now.Add(time.Minute)
	x.do(boss, wire.Command{Do: "resume"})
	x.now = x.now.Add(10 * time.Second)
	x.do(boss, wire.Command{Do: "turn_end"})
	if got := x.s.People[sam].SpokenMs; got != 10_000 {
		t.Errorf("%d ms count as spoken", got)
	}
}
