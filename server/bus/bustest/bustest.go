// Package bustest is the conformance suite that every implementation of package bus must pass. A test
// gives Run a function that opens a fresh, empty pair of nodes; everything else is the same for memory,
// the embedded Redis and a real one.
//
// Tests wait for conditions, with a bound; none sleeps.
package bustest

import (
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/id"
)

// Kit is one installation with two nodes.
type Kit struct {
	// A and B are two nodes; in memory they may be the same value.
	A, B bus.Stores
	// Advance moves time forward for everything that expires.
	Advance func(d time.Duration)
}

// Run runs the suite. open makes a separate kit for each test and registers its cleanup with t.
func Run(t *testing.T, open func(t *testing.T) Kit) {
	t.Helper()
	tests := map[string]func(t *testing.T, kit Kit){
		"delivers to both nodes":                       deliversToBoth,
		"keeps the order of each publisher":            keepsOrder,
		"does not mix topics":                          isolatesTopics,
		"delivers nothing from before or after":        deliversOnlyWhileSubscribed,
		"a subscriber may leave from its own call":     leavesFromWithin,
		"a slow subscriber delays nobody, and is told": slowSubscriber,
		"refuses a subscription without functions":     refusesHalfSubscriptions,
		"survives subscribing and leaving under load":  comesAndGoes,
		"limit: exact under concurrency":               limitIsExact,
		"limit: refills step by step":                  limitRefills,
		"limit: keys and rules count apart":            limitsAreApart,
		"limit: gives back":                            limitRefunds,
		"limit: refuses senseless rules":               limitRefusesSenseless,
		"back-off: follows the curve":                  backoffFollowsCurve,
		"back-off: exact under concurrency":            backoffIsExact,
		"back-off: forgets":                            backoffForgets,
		"halves: kept, read, replaced, dropped":        halvesLive,
		"halves: expire and are not prolonged":         halvesExpire,
		"halves: refuse what makes no sense":           halvesRefuse,
		"codes: taken once by many":                    codesTakenOnce,
		"codes: not given a second meaning":            codesAreNotReplaced,
		"codes: expire":                                codesExpire,
		"codes: refuse what makes no sense":            codesRefuse,
		"pulses: counted once each, on any node":       pulsesCount,
		"pulses: expire, and a lost one is known":      pulsesExpire,
		"pulses: refuse what makes no sense":           pulsesRefuse,
		"words: one list for all nodes":                wordsLive,
		"words: expire":                                wordsExpire,
		"words: refuse what makes no sense":            wordsRefuse,
		"a caller who gave up is refused everywhere":   refusesTheGone,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// bound is how long a condition may take to become true on a busy machine.
const bound = 10 * time.Second

// receive waits for one value.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(bound):
		t.Fatal("nothing came in time")
		panic("unreachable")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRoom() bus.Topic { return bus.Room(id.New[id.Workshop]()) }

// ignore is a gap function for tests that are not about gaps.
func ignore() {}
