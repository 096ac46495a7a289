package room

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// Removing all guests who came since a time, and letting removed people back in. The rules: only guests
// are removed together, never people with an account; nor a guest whom a facilitator let in by name. Who
// has entered the code since then and never came to the door is removed too, or they would come next.
// Those who were removed together last can be let back in by one tap, as long as the room lasts: people
// who had been in the room may enter whatever the lock says, the others come to the door again.

var sweepRules = map[string]rule{
	"remove_since": with(builder.removeSince),
	"readmit":      with(builder.readmit),
	"readmit_all":  plain(builder.readmitAll),
}

// sweepable reports whether a person who came at that time is removed together with others.
func (s State) sweepable(who id.Member, guest bool, since time.Time) bool {
	return guest && !since.IsZero() && !s.Removed(who) && !s.Doorway.Admitted[who] && !s.Named(who)
}

// eachSweepable calls f for every such guest, in the room, at the door or gone.
func (s State) eachSweepable(f func(who id.Member, since time.Time)) {
	for who, p := range s.People {
		if s.sweepable(who, p.Guest, p.Since) {
			f(who, p.Since)
		}
	}
	for _, k := range s.Doorway.Waits {
		if s.People[k.Member].Since.IsZero() && s.sweepable(k.Member, k.Guest, k.At) {
			f(k.Member, k.At)
		}
	}
}

func (b builder) removeSince(w wire.RemoveSinceWith) ([]Event, error) {
	s, out := b.s, map[id.Member]bool{}
	s.eachSweepable(func(who id.Member, since time.Time) {
		if since.UnixMilli() >= int64(w.Since) {
			out[who] = true
		}
	})
	for _, who := range b.d.Entered {
		if !s.Removed(who) && !s.Doorway.Admitted[who] {
			out[who] = true
		}
	}
	var events []Event
	if s.Turn != nil && out[s.Turn.Member] {
		events = b.endTurn()
	}
	for _, who := range slices.SortedFunc(maps.Keys(out), byID) {
		events = append(events, b.one(Removed, Data{Member: who, Reason: string(w.Reason), All: true})...)
	}
	return events, nil
}

func byID(a, b id.Member) int { return cmp.Compare(a.String(), b.String()) }

func (b builder) readmit(w wire.ReadmitWith) ([]Event, error) {
	switch s := b.s; {
	case s.Removed(w.Member):
		return b.one(Returned, Data{Member: w.Member}), nil
	case s.Doorway.admits(w.Member), s.Present(w.Member):
		return nil, nil
	}
	return nil, ErrNoSuch
}

func (b builder) readmitAll() (events []Event, err error) {
	for _, who := range b.s.Doorway.Swept {
		events = append(events, b.one(Returned, Data{Member: who, All: true})...)
	}
	return events, nil
}

// sweep adds a person to those who were removed together; the events of one removal have one time.
func (s *State) sweep(e Event) {
	if !e.Data.All {
		return
	}
	if d := &s.Doorway; !e.At.Equal(d.SweptAt) {
		d.Swept, d.SweptAt = nil, e.At
	}
	s.Doorway.Swept = append(s.Doorway.Swept, e.Data.Member)
}

func (s *State) returned(e Event) {
	who, d := e.Data.Member, &s.Doorway
	delete(d.Removed, who)
	d.Swept = slices.DeleteFunc(d.Swept, func(m id.Member) bool { return m == who })
	if !e.Data.All || s.People[who].Came {
		d.Admitted[who] = !e.Data.All
	}
}

// arrivalsOf counts by the minute the guests who would be removed.
func arrivalsOf(s State) []wire.Arrival {
	count := map[int64]int{}
	s.eachSweepable(func(_ id.Member, since time.Time) { count[since.Truncate(time.Minute).UnixMilli()]++ })
	out := []wire.Arrival{}
	for _, at := range slices.Sorted(maps.Keys(count)) {
		out = append(out, wire.Arrival{At: at, Guests: count[at]})
	}
	return out
}

// takenOf adds those who were removed; the name of a guest who left is deleted, and so empty.
func takenOf(v *wire.FacilitatorView, s State, names Names) {
	v.Taken, v.Swept = []wire.TakenRow{}, len(s.Doorway.Swept)
	for who := range s.Doorway.Removed {
		if name, known := names.Of[who]; known {
			v.Taken = append(v.Taken, wire.TakenRow{Member: who.String(), Name: name})
		}
	}
	slices.SortFunc(v.Taken, func(a, b wire.TakenRow) int {
		nameless := min(len(b.Name), 1) - min(len(a.Name), 1) // after the others
		return cmp.Or(nameless, cmp.Compare(a.Name, b.Name), cmp.Compare(a.Member, b.Member))
	})
	shown := min(len(v.Taken), MaxListed)
	v.Taken, v.TakenMore = v.Taken[:shown], len(v.Taken)-shown
}
