package app

import (
	"context"
	"fmt"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
)

// roomTexts reads the note and the words of pulses into the names for the views.
func roomTexts(ctx context.Context, tx *postgres.Tx, key RoomKey, names *room.Names) error {
	words, err := tx.RoomPulseList(ctx, dbgen.RoomPulseListParams{FacilityID: key.Facility, WorkshopID: key.Workshop})
	if err != nil {
		return fmt.Errorf("read the pulses of workshop %s: %w", key.Workshop, err)
	}
	names.Words = make(map[id.Pulse][]string, len(words))
	for _, row := range words {
		names.Words[row.PulseID] = row.Words
	}
	notes, err := tx.RoomNoteList(ctx, dbgen.RoomNoteListParams{FacilityID: key.Facility, WorkshopID: key.Workshop})
	if err != nil {
		return fmt.Errorf("read the note of workshop %s: %w", key.Workshop, err)
	}
	for _, row := range notes {
		names.Note, names.NoteID = row.Text, row.NoteID
	}
	return nil
}
