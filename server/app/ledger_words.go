package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"amends/server/bus"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/room"
	"amends/server/wire"
)

// wordLedger stores the check-in words of a room. They are read and written under the room's lock, in a
// store with a TTL: so on any node no word is accepted after the part ended, after words were switched
// off, or from a removed person, and the limits are exact.
type wordLedger struct {
	*roomTx
	// all are the words of the list as the batch leaves it; heard means that they changed.
	all   []room.Said
	read  bus.WordList
	heard bool
}

func (*wordLedger) asks([]RoomRequest) []postgres.Ask { return nil }

// list identifies the list that accepts words now; false for none.
func (l *wordLedger) list() (bus.WordList, bool) {
	run := l.state.WordRun()
	return bus.WordList{Workshop: l.key.Workshop, Run: run}, run > 0
}

// said reads the words for a decision, once per batch.
func (l *wordLedger) said(ctx context.Context, d *room.Deciding) error {
	list, ok := l.list()
	if !ok {
		return nil
	}
	if l.read != list {
		all, err := l.app.stores.Words.All(ctx, list)
		if errors.Is(err, bus.ErrAway) {
			d.SaidAway = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the words of workshop %s: %w", l.key.Workshop, err)
		}
		l.read, l.all = list, saidOf(all)
	}
	d.Said = l.all
	return nil
}

// takes stores an accepted word, and deletes words with the part, with the room, and with a person who
// is removed or says goodbye.
func (l *wordLedger) takes(ctx context.Context, d decided) error {
	if said, is := d.Command.With.(wire.WordWith); is {
		return l.keep(ctx, d.RoomRequest, said.Word)
	}
	d.each(func(room.Event) { l.end() }, room.Advanced, room.Ended)
	d.each(func(e room.Event) { l.forget(e.Data.Member) }, room.Removed)
	goodbye := d.Fact == GuestLeft
	d.each(func(e room.Event) { goodbye = goodbye || e.Data.Goodbye }, room.Left)
	if goodbye {
		l.forget(d.Member)
	}
	return nil
}

func (l *wordLedger) keep(ctx context.Context, r RoomRequest, text string) error {
	list, ok := l.list()
	if !ok {
		return room.ErrWordNow
	}
	l.heard = true
	if l.state.WordIsKept(l.all, r.Member, r.Command.ID, text) {
		return nil // stored by an attempt that did not commit, or whose answer was lost
	}
	// A random id: it reveals neither the time nor the command, and so not the author.
	word := room.Said{ID: id.From[id.Word](uuid.New()), Member: r.Member, Command: r.Command.ID, Text: text, At: l.now}
	if err := l.app.stores.Words.Put(ctx, list, bus.Said(word)); err != nil {
		if word, err = l.arrived(ctx, list, word, err); err != nil {
			return err
		}
	}
	l.all = append(l.all, word)
	return nil
}

// arrived checks once whether a word was stored although the store's answer was an error, so that
// nobody is told that a word is lost which the counselors see.
func (l *wordLedger) arrived(ctx context.Context, list bus.WordList, word room.Said, unanswered error) (room.Said, error) {
	all, err := l.app.stores.Words.All(ctx, list)
	if err != nil {
		return word, room.ErrWordsAway.Because(unanswered)
	}
	at := slices.IndexFunc(all, func(w bus.Said) bool { return w.Member == word.Member && w.Command == word.Command })
	if at < 0 {
		return word, room.ErrWordsAway.Because(unanswered)
	}
	return room.Said(all[at]), nil
}

// end deletes the whole list after the commit.
func (l *wordLedger) end() {
	if list, some := l.kept(); some {
		l.drop(func(ctx context.Context) error { return l.app.stores.Words.Drop(ctx, list) })
	}
}

// forget deletes a person's words after the commit.
func (l *wordLedger) forget(who id.Member) {
	list, some := l.kept()
	if !some {
		return
	}
	l.heard = true
	l.all = slices.DeleteFunc(slices.Clone(l.all), func(w room.Said) bool { return w.Member == who })
	l.drop(func(ctx context.Context) error { return l.app.stores.Words.Forget(ctx, list, who) })
}

// kept identifies the list that the store may have; false for none.
func (l *wordLedger) kept() (bus.WordList, bool) {
	run := l.state.WordsKept()
	return bus.WordList{Workshop: l.key.Workshop, Run: run}, run > 0
}

// drop runs a deletion after the commit. If it fails, nobody is shown these words any more (the part is
// over or the person is out), and their TTL deletes them.
func (l *wordLedger) drop(f func(context.Context) error) {
	l.then(func(ctx context.Context) {
		if err := f(ctx); err != nil {
			l.app.log.Warn("deleting check-in words failed; they are hidden and their TTL will", "err", err)
		}
	})
}

func (*wordLedger) writes(context.Context) error { return nil }
