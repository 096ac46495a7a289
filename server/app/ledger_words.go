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

// wordLedger keeps the check-in words of a room. They are read and kept under the room's lock, in
// a store that forgets: so no word comes after the part, after the switch, or of somebody who was
// taken out, and no limit is counted twice, on any node.
type wordLedger struct {
	*sitting
	// all are the words of the list read, as the batch leaves it; heard says that they changed.
	all   []room.Said
	read  bus.WordList
	heard bool
}

func (*wordLedger) asks([]RoomRequest) []postgres.Ask { return nil }

// list names the words that the room takes now; false when it takes none.
func (l *wordLedger) list() (bus.WordList, bool) {
	run := l.state.WordRun()
	return bus.WordList{Workshop: l.key.Workshop, Run: run}, run > 0
}

// said gives a decision the words that were said, read once a batch.
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

// takes keeps a word that was let through, and lets words go with the part, with the room, and
// with a person who is taken out or says goodbye: who does leaves nothing behind.
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
		return nil // by a try that did not commit, or whose answer was lost
	}
	// The id is no time and no command: whoever sees it learns nothing of who said it.
	word := room.Said{ID: id.From[id.Word](uuid.New()), Member: r.Member, Command: r.Command.ID, Text: text, At: l.now}
	if err := l.app.stores.Words.Put(ctx, list, bus.Said(word)); err != nil {
		if word, err = l.arrived(ctx, list, word, err); err != nil {
			return err
		}
	}
	l.all = append(l.all, word)
	return nil
}

// arrived looks once for a word that the store did not answer for: nobody is told that a word is
// lost that the counselors see.
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

// end drops the whole list, once the batch is committed.
func (l *wordLedger) end() {
	if list, some := l.kept(); some {
		l.drop(func(ctx context.Context) error { return l.app.stores.Words.Drop(ctx, list) })
	}
}

// forget takes a person's words out of the list, once the batch is committed.
func (l *wordLedger) forget(who id.Member) {
	list, some := l.kept()
	if !some {
		return
	}
	l.heard = true
	l.all = slices.DeleteFunc(slices.Clone(l.all), func(w room.Said) bool { return w.Member == who })
	l.drop(func(ctx context.Context) error { return l.app.stores.Words.Forget(ctx, list, who) })
}

// kept names the words that the store may hold; false when it holds none.
func (l *wordLedger) kept() (bus.WordList, bool) {
	run := l.state.WordsKept()
	return bus.WordList{Workshop: l.key.Workshop, Run: run}, run > 0
}

// drop: what cannot be dropped now is shown to nobody any more (its part is over, or its person is
// out), and expires by itself.
func (l *wordLedger) drop(f func(context.Context) error) {
	l.then(func(ctx context.Context) {
		if err := f(ctx); err != nil {
			l.app.log.Warn("words that nobody sees any more stay until they expire", "err", err)
		}
	})
}

func (*wordLedger) writes(context.Context) error { return nil }
