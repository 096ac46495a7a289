package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
	"amends/server/wire"
)

// What stands beside the events of a room: the text of the note and the words of pulses in
// tables of their own, answers to an open pulse in a store that forgets. All of it happens under
// the room's lock, so no answer is counted twice or comes after the count, on any node.

// Faults of answers that cannot be kept.
var (
	errPulseAway = fault.New(fault.Unavailable, "pulse.away", "This cannot be kept right now. Please try again.")
	errPulseGone = fault.New(fault.Conflict, "pulse.lost", "The answers were lost. Your counselor will ask again.")
)

// voiced are the texts of a batch, and the pulses and words that go when it is committed.
type voiced struct {
	note     *dbgen.RoomNotePutParams
	noteGone bool
	words    []dbgen.RoomPulsePutParams
	drop     []id.Pulse
	// all are the check-in words of the list read; heard says that the list changed.
	all   []room.Said
	read  bus.WordList
	heard bool
	lists []bus.WordList
	gone  []forgotten
}

// consult asks what a decision needs from beside the events.
func (b *batch) consult(ctx context.Context, c wire.Command) (room.Deciding, error) {
	d := b.deciding()
	switch open := b.state.Voice.Open(); {
	case c.Do == "queue_add":
		return d, b.expected(ctx, c.Member)
	case c.Do == "word" || c.Do == "word_show" && c.On:
		return d, b.readWords(ctx, &d)
	case c.Do == "pulse_close" && open != nil:
		counts, ok, err := b.app.Stores.Pulses.Count(ctx, open.ID)
		if err != nil && !errors.Is(err, bus.ErrAway) {
			return d, fmt.Errorf("count the answers of pulse %s: %w", open.ID, err)
		}
		// With the store away the pulse closes all the same: it is asked again.
		d.Answers, d.AnswersLost = counts, !ok || err != nil
	}
	return d, nil
}

// expected: only people of this room can be put into its queue, with a phone or without.
func (b *batch) expected(ctx context.Context, who id.Member) error {
	names, err := peopleNames(ctx, b.tx, b.key, b.open, b.cohort)
	if err != nil {
		return err
	}
	if name, known := names.Of[who]; !known || name == "" || slices.Contains(names.Staff, who) {
		return room.ErrNoSuch
	}
	return nil
}

// beside does what follows from a decision outside the events; an error refuses the command.
func (b *batch) beside(ctx context.Context, r RoomRequest, events []room.Event) error {
	if r.Command.Do == "pulse" {
		kept, err := b.app.Stores.Pulses.Answer(ctx, r.Command.Pulse, r.Member, r.Command.Value)
		switch {
		case err != nil:
			return errPulseAway.Because(err)
		case !kept:
			return errPulseGone
		}
	}
	if r.Command.Do == "word" {
		return b.keepWord(ctx, r)
	}
	f, w := b.key.Facility, b.key.Workshop
	for _, e := range events {
		b.endWords(e)
		switch e.Kind {
		case room.PulseOpened:
			if err := b.app.Stores.Pulses.Open(ctx, e.Data.Pulse, bus.PulseLife); err != nil {
				return errPulseAway.Because(err)
			}
			if e.Data.Kind == wire.PulseWords {
				b.said.words = append(b.said.words, dbgen.RoomPulsePutParams{FacilityID: f, WorkshopID: w, PulseID: e.Data.Pulse, Words: r.Command.Words})
			}
		case room.PulseClosed:
			b.said.drop = append(b.said.drop, e.Data.Pulse)
		case room.NoteSet:
			b.said.note, b.said.noteGone = &dbgen.RoomNotePutParams{FacilityID: f, WorkshopID: w, NoteID: e.Data.Note, Text: r.Command.Text}, false
		case room.NoteGone, room.Ended:
			b.said.note, b.said.noteGone = nil, true
			if open := b.state.Voice.Open(); open != nil && e.Kind == room.Ended {
				b.said.drop = append(b.said.drop, open.ID)
			}
		}
	}
	return nil
}

// saveSaid writes the texts of a batch; an end deletes the note in the same transaction.
func (b *batch) saveSaid(ctx context.Context) error {
	if b.said.noteGone {
		if err := b.tx.Later().RoomNoteForget(ctx, dbgen.RoomNoteForgetParams{FacilityID: b.key.Facility, WorkshopID: b.key.Workshop}); err != nil {
			return fmt.Errorf("forget the note of workshop %s: %w", b.key.Workshop, err)
		}
	}
	if b.said.note != nil {
		if err := b.tx.Later().RoomNotePut(ctx, *b.said.note); err != nil {
			return fmt.Errorf("keep the note of workshop %s: %w", b.key.Workshop, err)
		}
	}
	for _, words := range b.said.words {
		if err := b.tx.Later().RoomPulsePut(ctx, words); err != nil {
			return fmt.Errorf("keep the words of pulse %s: %w", words.PulseID, err)
		}
	}
	return nil
}

// dropPulses forgets answers that became counts. What cannot be dropped now expires by itself.
func (a *App) dropPulses(ctx context.Context, pulses []id.Pulse) {
	for _, pulse := range pulses {
		if err := a.Stores.Pulses.Drop(ctx, pulse); err != nil {
			a.Log.Warn("answers of a closed pulse stay until they expire", "pulse", pulse.String(), "err", err)
		}
	}
}

// roomTexts reads the note and the words of pulses into the names that views are made with.
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
