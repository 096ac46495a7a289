package agenda

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"amends/server/fault"
)

// The table of 3-live "Built-in agendas": types, minutes, seconds per share, maximum of shares.
func promised() map[string]string {
	return map[string]string{
		"step9-90": "arrive 5, ground 3, check_in 10, teach 10, write 15, break 5, practice 18, share 14 of 180 up to 4, next_step 4, check_out 3, close 3",
		"step9-60": "arrive 4, ground 2, check_in 7, teach 8, write 12, share 13 of 120 up to 5, answers 6, next_step 3, check_out 3, close 2",
	}
}

func planOf(a Agenda) string {
	var parts []string
	for _, s := range a.Segments {
		part := fmt.Sprintf("%s %d", s.Type, s.PlannedMin)
		if s.Type == Share {
			part += fmt.Sprintf(" of %d up to %d", s.ShareSec, s.MaxShares)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func TestBuiltInAgendasMatchTheirTable(t *testing.T) {
	t.Parallel()
	lib, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	for key, plan := range promised() {
		model, ok := lib.Find(key, "en", "twelve_step")
		if !ok {
			t.Fatalf("%s is missing", key)
		}
		if got := key[len("step9-"):]; got != fmt.Sprint(model.Minutes()) {
			t.Errorf("%s lasts %d minutes", key, model.Minutes())
		}
		for _, language := range []string{"en", "es"} {
			for _, track := range []string{"twelve_step", "secular"} {
				a, ok := lib.Find(key, language, track)
				if !ok {
					t.Fatalf("%s is missing in %s, %s", key, language, track)
				}
				if planOf(a) != plan {
					t.Errorf("%s in %s, %s is %s", key, language, track, planOf(a))
				}
				if !slices.EqualFunc(a.Segments, model.Segments, sameShape) {
					t.Errorf("%s has another shape in %s, %s", key, language, track)
				}
			}
		}
	}
	for _, track := range []string{"twelve_step", "secular"} {
		if n := len(lib.In(track)); n != 4 {
			t.Errorf("%d agendas in the wording %s", n, track)
		}
	}
	if _, ok := lib.Find("step9-90", "fr", "secular"); ok {
		t.Error("Find returned an agenda in a language that does not exist")
	}
}

// The ground rules and teach cards of 3-live; the English ones word for word.
func TestGroundRulesAndTeachCards(t *testing.T) {
	t.Parallel()
	lib, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	rules := []string{"What is said here stays here.", "You can pass.", "Speak about your own part.", "No advice, no comments on another share.",
		"No full names of people you harmed.", "No details of crimes, weapons or drug use.", "One voice at a time.", "No photos or recording.",
		"Step out when you need to.", "Staff act when a child or a life is in danger."}
	for _, key := range []string{"step9-90", "step9-60"} {
		for _, track := range []string{"twelve_step", "secular"} {
			a, _ := lib.Find(key, "en", track)
			for _, s := range a.Segments {
				if s.Type == Ground && !slices.Equal(s.Points, rules) {
					t.Errorf("%s, %s: the ground rules are %q", key, track, s.Points)
				}
				if s.Type == Teach && len(s.Points) != 6 {
					t.Errorf("%s, %s has %d teach cards", key, track, len(s.Points))
				}
			}
		}
	}
}

// Secular wording never mentions steps or amends; 12-step wording does.
func TestWordingTracksDiffer(t *testing.T) {
	t.Parallel()
	lib, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	for _, track := range []string{"twelve_step", "secular"} {
		for _, a := range lib.In(track) {
			said := strings.ToLower(a.Title)
			for _, s := range a.Segments {
				said += " " + strings.ToLower(strings.Join(append(s.Points, s.Prompt, s.StageText, s.Title), " "))
			}
			speaks := strings.Contains(said, "amends") || strings.Contains(said, "enmienda") || strings.Contains(said, "step 9") || strings.Contains(said, "paso 9")
			if speaks != (track == "twelve_step") {
				t.Errorf("%s in %s, %s has the wrong wording", a.Key, a.Language, track)
			}
		}
	}
}

func sameShape(a, b Segment) bool {
	return a.Type == b.Type && a.PlannedMin == b.PlannedMin && a.Queue == b.Queue && a.Worksheet == b.Worksheet &&
		a.ShareSec == b.ShareSec && a.MaxShares == b.MaxShares && len(a.Points) == len(b.Points)
}

func TestCheckNamesEveryBadField(t *testing.T) {
	t.Parallel()
	bad := Agenda{Language: "xx", Title: "", TargetMin: 14, Segments: []Segment{{Type: "dance", Title: "", PlannedMin: 0, Worksheet: "x", ShareSec: 5, MaxShares: -1, Points: []string{""}}}}
	var names []string
	for _, f := range fault.As(bad.Check()).Fields {
		names = append(names, f.Name)
	}
	want := []string{"language", "title", "target_min", "segments[0].type", "segments[0].worksheet", "segments[0].title", "segments[0].planned_min",
		"segments[0].points", "segments[0].share_sec", "segments[0].max_shares"}
	if !slices.Equal(names, want) {
		t.Errorf("named %v, want %v", names, want)
	}
}

func TestDraftsMayBeIncompleteButNotOutOfBounds(t *testing.T) {
	t.Parallel()
	part := Segment{Type: Share, Worksheet: NoWorksheet}
	unfinished := Agenda{Language: "en", TargetMin: 60, Segments: []Segment{part}}
	if err := unfinished.CheckDraft(); err != nil {
		t.Errorf("an unfinished draft is refused: %+v", fault.As(err).Fields)
	}
	if unfinished.Check() == nil || (Agenda{Language: "en", Title: "x", TargetMin: 60}).Check() == nil {
		t.Error("an unfinished agenda passes as a whole one")
	}
	for name, spoil := range map[string]func(*Agenda){
		"segments[1].title":       func(a *Agenda) { a.Segments[1].Title = strings.Repeat("x", 41) },
		"segments[1].prompt":      func(a *Agenda) { a.Segments[1].Prompt = "a\nb" },
		"segments[1].stage_text":  func(a *Agenda) { a.Segments[1].StageText = strings.Repeat("x", 241) },
		"segments[1].planned_min": func(a *Agenda) { a.Segments[1].PlannedMin = -1 },
		"segments[1].points":      func(a *Agenda) { a.Segments[1].Points = make([]string, 13) },
		"title":                   func(a *Agenda) { a.Title = strings.Repeat("x", 81) },
		"segments": func(a *Agenda) {
			for range 4 {
				a.Segments = append(a.Segments, Segment{Type: Teach, Worksheet: NoWorksheet, PlannedMin: 90})
			}
		},
	} {
		a := Agenda{Language: "en", TargetMin: 60, Segments: []Segment{part, part}}
		spoil(&a)
		var names []string
		for _, f := range fault.As(a.CheckDraft()).Fields {
			names = append(names, f.Name)
		}
		if !slices.Equal(names, []string{name}) {
			t.Errorf("%s: named %v", name, names)
		}
	}
}

func TestTwoEditorsOfOneDraft(t *testing.T) {
	t.Parallel()
	parts := []Segment{{Type: Arrive, Title: "Arrive", PlannedMin: 5, Worksheet: NoWorksheet}}
	content := Agenda{Language: "en", Title: "Evening", TargetMin: 60, Segments: parts}
	draft := Newest{Ver: 2, Rev: 5, Draft: true, Agenda: content}
	published := Newest{Ver: 2, Rev: 5, Agenda: content}
	for _, c := range []struct {
		what     string
		on       Newest
		ver, rev int
		title    string
		stored   bool
		refused  bool
	}{
		{"from what is there", draft, 2, 5, "Other", false, false},
		{"from an older save", draft, 2, 4, "Other", false, true},
		{"the same save twice", draft, 2, 4, "Evening", true, false},
		{"from a version that was published since", published, 2, 5, "Evening", false, true},
		{"the first change of a published version", published, 3, 0, "Other", false, false},
		{"a first change when another was first", draft, 2, 0, "Other", false, true},
		{"two versions ahead", published, 4, 0, "Other", false, true},
	} {
		stored, err := c.on.Save(c.ver, c.rev, Agenda{Language: "en", Title: c.title, TargetMin: 60, Segments: slices.Clone(parts)})
		if stored != c.stored || (err != nil) != c.refused {
			t.Errorf("%s: stored %v, %v", c.what, stored, err)
		}
	}
	if _, err := draft.Publish(2, 4); !errors.Is(err, ErrMovedOn) {
		t.Errorf("published a draft that moved on: %v", err)
	}
	if already, err := published.Publish(2, 5); !already || err != nil {
		t.Errorf("publishing twice: %v %v", already, err)
	}
	if _, err := (Newest{Ver: 1, Rev: 1, Draft: true, Agenda: Agenda{Language: "en", Title: "x", TargetMin: 60}}).Publish(1, 1); fault.As(err).Kind != fault.Invalid {
		t.Errorf("an empty agenda was published: %v", err)
	}
}
