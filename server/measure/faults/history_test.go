package faults

import (
	"slices"
	"testing"
)

// good is a history without violations: two callers, one unknown call that took effect and one that did
// not, and three screens.
func good() history {
	return history{
		Calls: []call{
			{"ana", "extend", ok, 2}, {"ana", "extend", ok, 3}, {"sam", "ready", ok, 4},
			{"sam", "unready", unknown, 0}, // took effect, as event 5
			{"ana", "extend", unknown, 0},  // did not take effect
			{"ana", "extend", failed, 0},
		},
		Events: []event{{1, "ana", "opened"}, {2, "ana", "extend"}, {3, "ana", "extend"}, {4, "sam", "ready"}, {5, "sam", "unready"}},
		Sightings: []sighting{
			{0, 0, "stage", 1, 11}, {0, 0, "stage", 3, 33}, {0, 0, "stage", 5, 55},
			{1, 0, "stage", 1, 11}, {1, 0, "stage", 2, 22}, {1, 1, "stage", 1, 11}, {1, 1, "stage", 5, 55},
			{2, 0, "phone", 5, 99},
		},
		Last: []sighting{{0, 0, "stage", 5, 55}, {1, 1, "stage", 4, 55}, {2, 0, "phone", 5, 99}},
	}
}

func TestAGoodHistoryPasses(t *testing.T) {
	t.Parallel()
	if f := check(good()); !f.clean() {
		t.Fatal(f.Words)
	}
}

// A checker that cannot fail is worthless: each forged history must be found, and as the right kind.
func TestForgedHistoriesAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge func(*history)
		found func(findings) int
	}{
		"an acknowledged call is not in the database":   {func(h *history) { h.Events = h.Events[:3] }, func(f findings) int { return f.Lost }},
		"an acknowledged call is somebody else's event": {func(h *history) { h.Events[2].Actor = "sam" }, func(f findings) int { return f.Lost }},
		"an acknowledged call became another thing":     {func(h *history) { h.Events[3].Kind = "help" }, func(f findings) int { return f.Lost }},
		"two calls were given the same event":           {func(h *history) { h.Calls[1].Seq = 2 }, func(f findings) int { return f.Lost }},
		"a hole in the numbers":                         {func(h *history) { h.Events[4].Seq = 6 }, func(f findings) int { return f.Lost }},
		"a number twice":                                {func(h *history) { h.Events[4].Seq = 4 }, func(f findings) int { return f.Doubled }},
		"a call was done twice": {func(h *history) {
			h.Events = append(h.Events, event{6, "sam", "ready"})
			h.Last = nil
		}, func(f findings) int { return f.Doubled }},
		"an unknown call was done twice": {func(h *history) {
			h.Events = append(h.Events, event{6, "sam", "unready"})
			h.Last = nil
		}, func(f findings) int { return f.Doubled }},
		"a refused call was done": {func(h *history) {
			h.Calls[4].Outcome = failed
			h.Events = append(h.Events, event{6, "ana", "extend"})
			h.Last = nil
		}, func(f findings) int { return f.Doubled }},
		"a screen went back": {func(h *history) {
			h.Sightings = append(h.Sightings, sighting{0, 0, "stage", 3, 33})
		}, func(f findings) int { return f.Reordered }},
		"two screens showed different rooms":  {func(h *history) { h.Sightings[1].Digest, h.Sightings[4].Seq, h.Sightings[4].Digest = 1, 3, 2 }, func(f findings) int { return f.Differed }},
		"a screen stayed behind":              {func(h *history) { h.Last[1].Digest = 44 }, func(f findings) int { return f.Behind }},
		"all screens of a role stayed behind": {func(h *history) { h.Last[2].Seq = 4 }, func(f findings) int { return f.Behind }},
	} {
		h := good()
		h.Last = slices.Clone(h.Last)
		c.forge(&h)
		if f := check(h); f.clean() || c.found(f) == 0 {
			t.Errorf("%s was not found: %+v", name, f)
		}
	}
}
