package app

import (
	"context"
	"errors"
	"fmt"

	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
	"amends/server/wire"
)

// Faults of answers that cannot be stored.
var (
	errPulseAway = fault.New(fault.Unavailable, "pulse.away", "This cannot be kept right now. Please try again.")
	errPulseGone = fault.New(fault.Conflict, "pulse.lost", "The answers were lost. Your counselor will ask again.")
)

// textLedger stores what events do not contain: the note and the words of pulses in tables of their
// own, answers to an open pulse in a store with a TTL. All of it happens under the room's lock, so no
// answer is counted twice or arrives after the count.
type textLedger struct {
	*roomTx
	note     *dbgen.RoomNotePutParams
	noteGone bool
	words    []dbgen.RoomPulsePutParams
}

func (*textLedger) asks([]RoomRequest) []postgres.Ask { return nil }

// counts reads the answers for closing a pulse. When the store is away the pulse closes without counts,
// and the counselor can ask again.
func (l *textLedger) counts(ctx context.Context, d *room.Deciding) error {
	open := l.state.Voice.Open()
	if open == nil {
		return nil
	}
	counts, ok, err := l.app.stores.Pulses.Count(ctx, open.ID)
	if err != nil && !errors.Is(err, bus.ErrAway) {
		return fmt.Errorf("count the answers of pulse %s: %w", open.ID, err)
	}
	d.Answers, d.AnswersLost = counts, !ok || err != nil
	return nil
}

func (l *textLedger) takes(ctx context.Context, d decided) error {
	if answer, is := d.Command.With.(wire.PulseWith); is {
		kept, err := l.app.stores.Pulses.Answer(ctx, answer.Pulse, d.Member, answer.Value)
		switch {
		case err != nil:
			return errPulseAway.Because(err)
		case !kept:
			return errPulseGone
		}
	}
	for _, e := range d.events {
		if err := l.event(ctx, d.Command.With, e); err != nil {
			return err
		}
	}
	return nil
}

func (l *textLedger) event(ctx context.Context, with any, e room.Event) error {
	f, w := l.key.Facility, l.key.Workshop
	switch e.Kind {
	case room.PulseOpened:
		if err := l.app.stores.Pulses.Open(ctx, e.Data.Pulse, bus.PulseLife); err != nil {
			return errPulseAway.Because(err)
		}
		if asked, is := with.(wire.PulseOpenWith); is && asked.Kind == wire.PulseWords {
			l.words = append(l.words, dbgen.RoomPulsePutParams{FacilityID: f, WorkshopID: w, PulseID: e.Data.Pulse, Words: asked.Words})
		}
	case room.PulseClosed:
		l.drop(e.Data.Pulse)
	case room.NoteSet:
		if note, is := with.(wire.NoteWith); is {
			l.note, l.noteGone = &dbgen.RoomNotePutParams{FacilityID: f, WorkshopID: w, NoteID: e.Data.Note, Text: note.Text}, false
		}
	case room.NoteGone, room.Ended:
		l.note, l.noteGone = nil, true
		if open := l.state.Voice.Open(); open != nil && e.Kind == room.Ended {
			l.drop(open.ID)
		}
	}
	return nil
}

// drop deletes the answers of a closed pulse after the commit. If that fails, their TTL deletes them.
func (l *textLedger) drop(pulse id.Pulse) {
	l.then(func(ctx context.Context) {
		if err := l.app.stores.Pulses.Drop(ctx, pulse); err != nil {
			l.app.log.Warn("deleting the answers of a closed pulse failed; their TTL will", "pulse", pulse.String(), "err", err)
		}
	})
}

// writes stores the texts; the end of a room deletes the note in the same transaction.
func (l *textLedger) writes(ctx context.Context) error {
	if l.noteGone {
		if err := l.tx.Later().RoomNoteForget(ctx, dbgen.RoomNoteForgetParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop}); err != nil {
			return fmt.Errorf("forget the note of workshop %s: %w", l.key.Workshop, err)
		}
	}
	if l.note != nil {
		if err := l.tx.Later().RoomNotePut(ctx, *l.note); err != nil {
			return fmt.Errorf("keep the note of workshop %s: %w", l.key.Workshop, err)
		}
	}
	for _, words := range l.words {
		if err := l.tx.Later().RoomPulsePut(ctx, words); err != nil {
			return fmt.Errorf("keep the words of pulse %s: %w", words.PulseID, err)
		}
	}
	return nil
}
