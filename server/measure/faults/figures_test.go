package faults

import (
	"strings"
	"testing"
	"time"
)

// The short text counts faults only, names the worst of them, and does not hide a failed one.
func TestTheShortTextNamesTheWorst(t *testing.T) {
	t.Parallel()
	start := time.Unix(0, 0)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	scenes := []scene{
		{name: comparing, began: at(0), ended: at(20), rested: true},
		{name: "a node is killed", began: at(20), ended: at(40), rested: true},
		{name: "Redis is emptied", began: at(40), ended: at(60)},
	}
	var calls []timedCall
	for _, second := range []int{19, 22, 24, 41, 48} {
		calls = append(calls, timedCall{call: call{Outcome: ok}, asked: at(second), answered: at(second)})
	}
	got := short("Facts.", scenes, calls, 7, findings{Doubled: 1})
	for _, want := range []string{"Facts. 2 kinds of fault, 5 commands, 7 events", "lost 0, doubled 1,", "Longest silence 7.0 s (Redis is emptied)", "again after 1 of 2."} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}
