package room

import "amends/server/wire"

// rules is what the room does with each command of wire.Commands that is not ephemeral.
var rules = map[string]rule{
	"open":        plain(builder.open),
	"start":       plain(builder.start),
	"next":        plain(builder.next).underWay(),
	"go":          with(builder.goTo).underWay(),
	"back":        plain(builder.back),
	"end":         plain(builder.end),
	"lock":        plain(builder.lock),
	"unlock":      plain(builder.unlock),
	"pause":       plain(builder.pause).underWay(),
	"resume":      plain(builder.resume).underWay(),
	"extend":      with(builder.extend).underWay(),
	"calm":        plain(builder.calm),
	"uncalm":      plain(builder.uncalm),
	"reorder":     with(builder.reorder),
	"skip":        with(builder.skip),
	"queue_open":  plain(builder.openQueue).underWay(),
	"queue_close": plain(builder.closeQueue).underWay(),
	"queue_move":  with(builder.move),
	"queue_add":   with(builder.add),
	"queue_round": plain(builder.newRound).underWay(),
	"raise":       plain(builder.raiseOwn),
	"lower":       plain(builder.lower),
	"pass":        plain(builder.pass),
	"turn_start":  with(builder.startTurn).underWay(),
	"turn_pause":  plain(builder.pauseTurn).underWay(),
	"turn_close":  plain(builder.closeTurn).underWay(),
	"turn_end":    plain(builder.stopTurn).underWay(),
	"turn_undo":   plain(builder.undoTurn).underWay(),
	"pulse_open":  with(builder.openPulse).underWay(),
	"pulse_close": plain(builder.closePulse).underWay(),
	"pulse_show":  with(builder.showPulse).underWay(),
	"pulse":       with(builder.answerPulse).underWay(),
	"note":        with(builder.note),
	"word":        with(builder.say),
	"word_show":   with(builder.showWords),
	"word_open":   plain(builder.openWords),
	"word_close":  plain(builder.closeWords),
	"away":        plain(builder.away),
	"ready":       with(builder.ready),
	"ready_reset": plain(builder.resetReady),
	"help":        plain(builder.callHelp),
	"help_take":   with(builder.takeHelp),
	"help_done":   with(builder.endHelp),
	"here":        with(builder.here),
	"caught_up":   plain(builder.caughtUp),
	"talk_after":  with(builder.askTalk).afterEnd(),
	"talk_done":   with(builder.endTalk).afterEnd(),
	"check_done":  with(builder.endCheck).afterEnd(),
	"trios":       plain(builder.buildTrios),
	"trio_round":  with(builder.nextTrios),
	"admit":       with(builder.admit),
	"remove":      with(builder.remove),
	"take_over":   plain(builder.takeOver),
	"handover":    with(builder.handOver),
}

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
