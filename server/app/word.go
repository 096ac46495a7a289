package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"amends/server/bus"
	"amends/server/id"
	"amends/server/room"
	"amends/server/wire"
)

// Check-in words beside the events of a room. They are read and kept under the room's lock, in a
// store that forgets: so no word comes after the part, after the switch, or of somebody who was
// taken out, and no limit is counted twice, on any node.

// forgotten are the words of one person of a list.
type forgotten struct {
	list bus.WordList
	who  id.Member
}

// list names the words that the room takes now; false when it takes none.
func (b *batch) list() (bus.WordList, bool) {
	run := b.state.WordRun()
	return bus.WordList{Workshop: b.key.Workshop, Run: run}, run > 0
}

// readWords gives a decision the words that were said, read once a batch.
func (b *batch) readWords(ctx context.Context, d *room.Deciding) error {
	list, ok := b.list()
	if !ok {
		return nil
	}
	if b.said.read != list {
		all, err := b.app.Stores.Words.All(ctx, list)
		if errors.Is(err, bus.ErrAway) {
			d.SaidAway = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the words of workshop %s: %w", b.key.Workshop, err)
		}
		b.said.read, b.said.all = list, saidOf(all)
	}
	d.Said = b.said.all
	return nil
}

// keepWord keeps a word that was let through; an error refuses the command.
func (b *batch) keepWord(ctx context.Context, r RoomRequest) error {
	list, ok := b.list()
	if !ok {
		return room.ErrWordNow
	}
	b.said.heard = true
	if b.state.WordIsKept(b.said.all, r.Member, r.Command) {
		return nil // by a try that did not commit, or whose answer was lost
	}
	// The id is no time and no command: whoever sees it learns nothing of who said it.
	word := room.Said{ID: id.From[id.Word](uuid.New()), Member: r.Member, Command: r.Command.ID, Text: r.Command.Word, At: b.now}
	if err := b.app.Stores.Words.Put(ctx, list, bus.Said(word)); err != nil {
		if word, err = b.arrived(ctx, list, word, err); err != nil {
			return err
		}
	}
	b.said.all = append(b.said.all, word)
	return nil
}

// arrived looks once for a word that the store did not answer for: nobody is told that a word is
// lost that the counselors see.
func (b *batch) arrived(ctx context.Context, list bus.WordList, word room.Said, unanswered error) (room.Said, error) {
	all, err := b.app.Stores.Words.All(ctx, list)
	if err != nil {
		return word, room.ErrWordsAway.Because(unanswered)
	}
	at := slices.IndexFunc(all, func(w bus.Said) bool { return w.Member == word.Member && w.Command == word.Command })
	if at < 0 {
		return word, room.ErrWordsAway.Because(unanswered)
	}
	return room.Said(all[at]), nil
}

// endWords notes which words go once the batch is committed: with the part, with the room, with a
// person who is taken out. The state is that before the event.
func (b *batch) endWords(e room.Event) {
	list := bus.WordList{Workshop: b.key.Workshop, Run: b.state.WordsKept()}
	switch {
	case list.Run == 0:
	case e.Kind == room.Advanced || e.Kind == room.Ended:
		b.said.lists = append(b.said.lists, list)
	case e.Kind == room.Removed:
		b.forgetWords(e.Data.Member)
	}
}

// forgetWords takes a person's words out of the list, once the batch is committed.
func (b *batch) forgetWords(who id.Member) {
	list := bus.WordList{Workshop: b.key.Workshop, Run: b.state.WordsKept()}
	if list.Run == 0 {
		return
	}
	b.said.heard, b.said.gone = true, append(b.said.gone, forgotten{list, who})
	b.said.all = slices.DeleteFunc(slices.Clone(b.said.all), func(w room.Said) bool { return w.Member == who })
}

// dropWords forgets what ended. What cannot be dropped now is shown to nobody any more (its part is
// over, or its person is out), and expires by itself.
func (a *App) dropWords(ctx context.Context, said voiced) {
	var failed error
	for _, list := range said.lists {
		failed = errors.Join(failed, a.Stores.Words.Drop(ctx, list))
	}
	for _, gone := range said.gone {
		failed = errors.Join(failed, a.Stores.Words.Forget(ctx, gone.list, gone.who))
	}
	if failed != nil {
		a.Log.Warn("words that nobody sees any more stay until they expire", "err", failed)
	}
}

// RoomWords reads the check-in words of a room, oldest first; run is its State's WordRun.
func (a *App) RoomWords(ctx context.Context, key RoomKey, run int64) ([]room.Said, error) {
	all, err := a.Stores.Words.All(ctx, bus.WordList{Workshop: key.Workshop, Run: run})
	if err != nil {
		return nil, fmt.Errorf("read the words of workshop %s: %w", key.Workshop, err)
	}
	return saidOf(all), nil
}

// saidOf takes over what the store kept. What is no word as people may say it, of whatever build
// wrote it, is left out.
func saidOf(kept []bus.Said) []room.Said {
	var out []room.Said
	for _, w := range kept {
		if wire.CheckInWord(w.Text) {
			out = append(out, room.Said(w))
		}
	}
	return out
}
