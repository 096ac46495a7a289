package agenda

import (
	"slices"
	"strings"
	"testing"

	"amends/server/fault"
)

func TestBuiltInAgendasKeepTheirPromise(t *testing.T) {
	t.Parallel()
	lib, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		key     string
		minutes int
	}{{"step9-90", 90}, {"step9-60", 60}} {
		en, ok := lib.Find(want.key, "en")
		es, ok2 := lib.Find(want.key, "es")
		if !ok || !ok2 {
			t.Fatalf("%s is missing in a language", want.key)
		}
		if en.Minutes() != want.minutes || es.Minutes() != want.minutes {
			t.Errorf("%s lasts %d and %d minutes", want.key, en.Minutes(), es.Minutes())
		}
		if !slices.EqualFunc(en.Segments, es.Segments, sameShape) {
			t.Errorf("%s has another shape in Spanish", want.key)
		}
		for _, never := range []SegmentType{Ground, CheckOut, Close} {
			if !slices.ContainsFunc(en.Segments, func(s Segment) bool { return s.Type == never }) {
				t.Errorf("%s has no %s", want.key, never)
			}
		}
	}
	if _, ok := lib.Find("step9-90", "fr"); ok {
		t.Error("found an agenda in a language that is not there")
	}
}

func sameShape(a, b Segment) bool {
	return a.Type == b.Type && a.PlannedMin == b.PlannedMin && a.Queue == b.Queue && a.Worksheet == b.Worksheet &&
		a.ShareSec == b.ShareSec && a.MaxShares == b.MaxShares && len(a.Points) == len(b.Points)
}

func TestNoBannedWordsOnAnyScreen(t *testing.T) {
	t.Parallel()
	lib, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range lib.All() {
		for _, s := range a.Segments {
			all := strings.ToLower(strings.Join(append(s.Points, s.Prompt, s.StageText, s.Title), " "))
			for _, banned := range []string{"addict", "clean", "dirty", "failed", "must", "adicto", "limpio", "sucio"} {
				if strings.Contains(all, banned) {
					t.Errorf("%s %s says %q", a.Key, s.Title, banned)
				}
			}
		}
	}
}

func TestCheckNamesEveryBadField(t *testing.T) {
	t.Parallel()
	bad := Agenda{Language: "xx", Title: "", Segments: []Segment{{Type: "dance", Title: "", PlannedMin: 0, Worksheet: "x", ShareSec: 5, MaxShares: -1, Points: []string{""}}}}
	var names []string
	for _, f := range fault.As(bad.Check()).Fields {
		names = append(names, f.Name)
	}
	want := []string{"language", "title", "segments[0].type", "segments[0].worksheet", "segments[0].title", "segments[0].planned_min",
		"segments[0].points", "segments[0].share_sec", "segments[0].max_shares"}
	if !slices.Equal(names, want) {
		t.Errorf("named %v, want %v", names, want)
	}
}
