package room

import "amends/server/wire"

// rules has one row for each command of wire.Commands that is not ephemeral. The rows are written
// beside the functions they name.
var rules = joined(runRules, courseRules, doorRules, guestRules, sweepRules, trioRules, teamRules, againRules, voiceRules, wordRules, muteRules, careRules)

// rule turns a command into events.
type rule struct {
	events func(builder) ([]Event, error)
	// live: only while the room is running or paused. late: also after it has ended.
	live, late bool
	// loud: the room sees or hears it. Guests who only listen may not.
	loud bool
}

func plain(events func(builder) ([]Event, error)) rule { return rule{events: events} }

// with makes a rule whose command has arguments; a command that came without has their zero value.
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

func (r rule) aloud() rule {
	r.loud = true
	return r
}

func (r rule) afterEnd() rule {
	r.late = true
	return r
}

// Decide returns the events that follow from a command. No event and no error means that the state is
// already as asked, so a retry is idempotent. Errors: ErrEnded, ErrMovedOn (the expected segment is not
// the current one), wire.ErrUnknownCommand, ErrListen, ErrNotNow, and those of each rule.
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
	case r.loud && by.Guest && s.Doorway.Listen:
		return nil, ErrListen
	case r.live && !b.live():
		return nil, ErrNotNow
	}
	return r.events(b)
}

// builder has the inputs of one decision.
type builder struct {
	s  State
	by Actor
	c  wire.Command
	d  Deciding
}

func (b builder) one(kind string, data Data) []Event {
	return []Event{{Kind: kind, Actor: b.by.Member, At: b.d.Now, Data: data}}
}

// unless returns one event, or none when the state is already as asked.
func (b builder) unless(already bool, kind string, data Data) ([]Event, error) {
	if already {
		return nil, nil
	}
	return b.one(kind, data), nil
}

func (b builder) live() bool { return b.s.Phase == wire.RoomRunning || b.s.Phase == wire.RoomPaused }
