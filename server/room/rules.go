package room

import "amends/server/wire"

// rules is what the room does with each command of wire.Commands that is not ephemeral: one row
// each, beside what it calls.
var rules = joined(runRules, courseRules, doorRules, trioRules, teamRules, againRules, voiceRules, wordRules, careRules)

// rule says which events follow from a command.
type rule struct {
	events func(builder) ([]Event, error)
	// live rules are for a room that runs or is paused, late ones for one that has ended too.
	live, late bool
}

func plain(events func(builder) ([]Event, error)) rule { return rule{events: events} }

// with is a rule that takes arguments. A command without any has their zero value.
func with[W any](events func(builder, W) ([]Event, error)) rule {
	return plain(func(b builder) ([]Event, error) {
		args, given := b.c.With.(W)
		if !given && b.c.With != nil {
			return nil, wire.ErrUnknownCommand
		}
		return events(b, args)
	})
}

func (r rule) underWay() rule {
	r.live = true
	return r
}

func (r rule) afterEnd() rule {
	r.late = true
	return r
}

// Decide says which events follow from a command of an actor in a state. No event and no
// error means that what was asked is so already.
func Decide(s State, by Actor, c wire.Command, d Deciding) ([]Event, error) {
	b := builder{s: s, by: by, c: c, d: d}
	r, known := rules[c.Do]
	switch {
	case s.Phase == wire.RoomEnded && !r.late:
		return nil, ErrEnded
	case c.Expect != nil && *c.Expect != s.Segment:
		return nil, ErrMovedOn
	case !known:
		return nil, wire.ErrUnknownCommand
	case r.live && !b.live():
		return nil, ErrNotNow
	}
	return r.events(b)
}

// builder decides one command.
type builder struct {
	s  State
	by Actor
	c  wire.Command
	d  Deciding
}

func (b builder) one(kind string, data Data) []Event {
	return []Event{{Kind: kind, Actor: b.by.Member, At: b.d.Now, Data: data}}
}

// unless makes one event, unless what was asked is so already.
func (b builder) unless(already bool, kind string, data Data) ([]Event, error) {
	if already {
		return nil, nil
	}
	return b.one(kind, data), nil
}

func (b builder) live() bool { return b.s.Phase == wire.RoomRunning || b.s.Phase == wire.RoomPaused }
