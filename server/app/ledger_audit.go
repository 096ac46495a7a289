package app

import (
	"context"

	"amends/server/audit"
	"amends/server/postgres"
	"amends/server/room"
)

// auditLedger notes the few events that the audit log keeps. It is the last of the ledgers: the
// lock of the log's chain is taken right before the commit.
type auditLedger struct {
	*sitting
	notes []audit.Entry
}

func (*auditLedger) asks([]RoomRequest) []postgres.Ask { return nil }

func (l *auditLedger) takes(_ context.Context, d decided) error {
	for _, e := range d.events {
		if note, kept := l.noteOf(e); kept {
			l.notes = append(l.notes, note)
		}
	}
	return nil
}

func (l *auditLedger) writes(ctx context.Context) error {
	return l.app.appendAudit(ctx, l.tx, l.key.Facility, l.now, l.notes)
}

// noteOf says which events are kept: of a person, the person is the object; why somebody was
// taken out is a code in the action.
func (l *auditLedger) noteOf(e room.Event) (audit.Entry, bool) {
	note := audit.Entry{Action: e.Kind, ObjectKind: "workshop", Object: l.key.Workshop.Bytes(), Outcome: audit.Done, Actor: e.Actor.Bytes()}
	switch e.Kind {
	case room.Opened, room.Ended, room.Locked, room.Unlocked, room.TookOver:
		return note, true
	case room.Removed:
		note.Action += "." + e.Data.Reason
	case room.Admitted, room.HandedOver:
	default:
		return audit.Entry{}, false
	}
	note.ObjectKind, note.Object = "member", e.Data.Member.Bytes()
	return note, true
}
