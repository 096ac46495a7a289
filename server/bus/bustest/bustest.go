// Package bustest is the one suite that every implementation of package bus must pass. A test
// hands Run a function that opens a fresh, empty pair of nodes; everything else is the same
// for memory, the embedded Redis and a real one.
//
// Waiting is for facts, with a bound; nothing sleeps.
package bustest

import (
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/id"
)

// Kit is one installation with two nodes.
type Kit struct {
	// A and B are two nodes; in memory they may be the same.
	A, B bus.Stores
	// Advance lets time pass for everything that expires.
	Advance func(d time.Duration)
}

// Run runs the suite. open makes a kit of its own for each test and cleans up by t.
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
		"comes and goes under load":                    comesAndGoes,
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

// bound is how long a fact may take to come true on a busy machine.
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

// ignore is the gap function of who does not care in a test.
func ignore() {}
