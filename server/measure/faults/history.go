package faults

import (
	"fmt"
	"slices"
)

// The checker. Its input is everything that was asked and answered, everything in the database, and
// everything that was shown. It finds these violations:
//
//    - the sequence numbers of events have a gap or a duplicate;
//    - an acknowledged call has no event, or shares its event with another call: lost;
//    - a person has more events than calls that may have made them: doubled;
//    - a connection was shown a smaller number after a larger one: reordered;
//    - two screens of one role showed different rooms under the same number: differed;
//    - at the end, with the room quiet, a screen has not reached the last number: behind.

// outcome is what a caller knows about a call.
type outcome uint8

const (
	// unknown: no answer came. The command took effect at most once.
	unknown outcome = iota
	// ok: acknowledged. It took effect exactly once, as the event with the answer's number.
	ok
	// failed: refused. It never took effect.
	failed
)

// call is one command as its caller saw it.
type call struct {
	Actor, Kind string
	Outcome     outcome
	Seq         int64
}

// event is one row of the database.
type event struct {
	Seq         int64
	Actor, Kind string
}

// sighting is one state that a screen showed. Order is only checked within a connection.
type sighting struct {
	Screen, Connection int
	Role               string
	Seq                int64
	// Digest is a hash of everything on the screen.
	Digest uint64
}

// history is the input of the checker.
type history struct {
	Calls     []call
	Events    []event
	Sightings []sighting
	// Last is what each screen showed at the end, with the room quiet; one screen of each role had just
	// reconnected. Digests are compared, not numbers: an event that changes nothing for a role is not
	// sent to it.
	Last []sighting
}

// findings count the violations by kind, and describe them.
type findings struct {
	Lost, Doubled, Reordered, Differed, Behind int
	Words                                      []string
}

func (f *findings) say(counter *int, format string, args ...any) {
	*counter++
	if len(f.Words) < 50 {
		f.Words = append(f.Words, fmt.Sprintf(format, args...))
	}
}

// clean reports that nothing was found.
func (f *findings) clean() bool { return len(f.Words) == 0 }

type actorKind struct{ actor, kind string }

// check returns the violations in a history.
func check(h history) findings {
	var f findings
	events := h.checkNumbers(&f)
	h.checkCalls(&f, events)
	h.checkScreens(&f)
	h.checkRest(&f)
	return f
}

// checkRest checks that every screen shows the same as its role's newest screen, which must have
// reached the last event.
func (h history) checkRest(f *findings) {
	newest := map[string]sighting{}
	for _, s := range h.Last {
		if s.Seq >= newest[s.Role].Seq {
			newest[s.Role] = s
		}
	}
	for role, s := range newest {
		if s.Seq != int64(len(h.Events)) {
			f.say(&f.Behind, "every %s came to rest at %d or before, of %d", role, s.Seq, len(h.Events))
		}
	}
	for _, s := range h.Last {
		if s.Digest != newest[s.Role].Digest {
			f.say(&f.Behind, "screen %d (%s) came to rest with another room, at %d of %d", s.Screen, s.Role, s.Seq, len(h.Events))
		}
	}
}

// checkNumbers checks that the numbers are 1, 2, 3 and so on.
func (h history) checkNumbers(f *findings) map[int64]event {
	events := map[int64]event{}
	for _, e := range h.Events {
		if _, twice := events[e.Seq]; twice {
			f.say(&f.Doubled, "number %d is there twice", e.Seq)
		}
		events[e.Seq] = e
	}
	for seq := int64(1); seq <= int64(len(h.Events)); seq++ {
		if _, there := events[seq]; !there {
			f.say(&f.Lost, "number %d is missing among %d", seq, len(h.Events))
		}
	}
	return events
}

func (h history) checkCalls(f *findings, events map[int64]event) {
	claimed := map[int64]bool{}
	spare, asked := map[actorKind]int{}, map[actorKind]bool{}
	for _, e := range h.Events {
		spare[actorKind{e.Actor, e.Kind}]++
	}
	for _, c := range h.Calls {
		who := actorKind{c.Actor, c.Kind}
		asked[who] = true
		switch c.Outcome {
		case ok:
			e, there := events[c.Seq]
			if !there || e.Actor != c.Actor || e.Kind != c.Kind || claimed[c.Seq] {
				f.say(&f.Lost, "%s of %s was acknowledged as %d, which is another event", c.Kind, c.Actor, c.Seq)
				continue
			}
			claimed[c.Seq] = true
			spare[who]--
		case unknown, failed:
		}
	}
	for _, c := range h.Calls {
		if c.Outcome == unknown {
			if who := (actorKind{c.Actor, c.Kind}); spare[who] > 0 {
				spare[who]--
			}
		}
	}
	for who, n := range spare {
		if n > 0 && asked[who] {
			f.say(&f.Doubled, "%d events %s of %s were never asked for", n, who.kind, who.actor)
		}
	}
}

func (h history) checkScreens(f *findings) {
	type connection struct{ screen, connection int }
	type shown struct {
		role string
		seq  int64
	}
	last, pictures := map[connection]int64{}, map[shown]uint64{}
	for _, s := range h.Sightings {
		c := connection{s.Screen, s.Connection}
		if s.Seq < last[c] {
			f.say(&f.Reordered, "screen %d went from %d back to %d", s.Screen, last[c], s.Seq)
		}
		last[c] = max(last[c], s.Seq)
	}
	// A connection's state for a number is the last one that it showed under it.
	settled := map[connection]map[int64]sighting{}
	for _, s := range h.Sightings {
		c := connection{s.Screen, s.Connection}
		if settled[c] == nil {
			settled[c] = map[int64]sighting{}
		}
		settled[c][s.Seq] = s
	}
	for c, of := range settled {
		for seq, s := range of {
			key := shown{s.Role, seq}
			if first, there := pictures[key]; !there {
				pictures[key] = s.Digest
			} else if first != s.Digest {
				f.say(&f.Differed, "screen %d (%s) showed another room at %d", c.screen, s.Role, seq)
			}
		}
	}
	slices.Sort(f.Words)
}
