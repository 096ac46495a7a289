package faults

import (
	"strings"
	"testing"
	"time"
)

func TestTheVerdictNamesEachViolation(t *testing.T) {
	t.Parallel()
	quick, slow := []time.Duration{time.Second, 2 * time.Second}, []time.Duration{time.Second, 6 * time.Second}
	for _, row := range []struct {
		what, want string
		scenes     []scene
		calls      []timedCall
		found      findings
	}{
		{what: "all is well", scenes: []scene{{name: "kill", rested: true, back: quick}, {name: "calm", rested: true}}},
		{what: "screens that do not converge", want: "did not converge", scenes: []scene{{name: "kill"}}},
		{what: "a slow return", want: "6.0 s to come back", scenes: []scene{{name: "kill", rested: true, back: slow}}},
		{what: "a refusal", want: "was refused", calls: []timedCall{{call: call{Outcome: failed}}}},
		{what: "a lost command", want: "has violations", found: findings{Lost: 1, Words: []string{"one is missing"}}},
		{what: "another order", want: "has violations", found: findings{Reordered: 1, Words: []string{"2 came before 1"}}},
	} {
		err := verdict(row.scenes, row.calls, row.found)
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: %v", row.what, err)
		}
	}
	if err := (&play{}).ghostVerdict(); err != nil {
		t.Errorf("nobody fell silent: %v", err)
	}
	if err := (&play{halfOpen: &relay{gone: make([]time.Duration, halfOpens-1)}}).ghostVerdict(); err == nil {
		t.Error("a half-open socket was kept and the verdict does not say so")
	}
}
