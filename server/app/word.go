package app

import (
	"context"
	"fmt"

	"amends/server/bus"
	"amends/server/room"
	"amends/server/wire"
)

// RoomWords reads the check-in words of a room, oldest first; run is the WordRun of its state.
func (a *App) RoomWords(ctx context.Context, key RoomKey, run int64) ([]room.Said, error) {
	all, err := a.stores.Words.All(ctx, bus.WordList{Workshop: key.Workshop, Run: run})
	if err != nil {
		return nil, fmt.Errorf("read the words of workshop %s: %w", key.Workshop, err)
	}
	return saidOf(all), nil
}

// saidOf converts words from the store. A text that is not a valid check-in word, whichever build wrote
// it, is left out.
func saidOf(kept []bus.Said) []room.Said {
	var out []room.Said
	for _, w := range kept {
		if wire.CheckInWord(w.Text) {
			out = append(out, room.Said(w))
		}
	}
	return out
}
