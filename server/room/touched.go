package room

import (
	"maps"
	"slices"

	"amends/server/id"
)

// Touched returns whose personal part (MeOf) may differ between two states under the same names:
// everybody, or these people. It may name too many people, but must never miss one; a random walk tests
// that.
func Touched(old, now State) (everybody bool, who map[id.Member]bool) {
	// The state does not know the authors of words that were shown or hidden.
	words := !slices.Equal(old.Voice.Words.Shown, now.Voice.Words.Shown) || old.Voice.Words.Off != now.Voice.Words.Off
	listen := old.Doorway.Listen != now.Doorway.Listen // the state does not know every guest
	if words || listen || old.Phase != now.Phase || old.Segment != now.Segment || old.Care.Trios != nil || now.Care.Trios != nil {
		return true, nil
	}
	who = map[id.Member]bool{}
	differing(who, old.People, now.People)
	differing(who, old.Ready, now.Ready)
	differing(who, old.Care.Told, now.Care.Told)
	differing(who, old.Voice.Words.Out, now.Voice.Words.Out)
	differing(who, old.Voice.Words.Muted, now.Voice.Words.Muted)
	differing(who, old.Doorway.Removed, now.Doorway.Removed)
	for _, s := range []State{old, now} {
		// A catch-up contains parts and their times, which may have changed; few people have one.
		for m := range s.Care.Late {
			who[m] = true
		}
		if s.Turn != nil {
			who[s.Turn.Member] = true
		}
	}
	each(who, old.Queue, now.Queue, func(w Waiting) id.Member { return w.Member })
	each(who, old.Help, now.Help, func(h HelpTap) id.Member { return h.Member })
	each(who, old.Care.Talk, now.Care.Talk, func(t Talk) id.Member { return t.Member })
	each(who, old.Doorway.Waits, now.Doorway.Waits, func(k Knock) id.Member { return k.Member })
	return false, who
}

func differing[V comparable](who map[id.Member]bool, old, now map[id.Member]V) {
	if maps.Equal(old, now) {
		return
	}
	for m, v := range now {
		if had, there := old[m]; !there || had != v {
			who[m] = true
		}
	}
	for m := range old {
		if _, there := now[m]; !there {
			who[m] = true
		}
	}
}

// each adds the people of both lists unless the lists are equal.
func each[V comparable](who map[id.Member]bool, old, now []V, of func(V) id.Member) {
	if slices.Equal(old, now) {
		return
	}
	for _, list := range [][]V{old, now} {
		for _, v := range list {
			who[of(v)] = true
		}
	}
}
