package app

import (
	"context"

	"amends/server/audit"
	"amends/server/postgres"
	"amends/server/room"
)

// auditLedger writes the audited events. It is the last ledger, because the lock of the audit chain is
// taken right before the commit.
type auditLedger struct {
	*roomTx
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

// noteOf returns the audit entry of an event according to its row; for an event about a person, the
// person is the object.
func (l *auditLedger) noteOf(e room.Event) (audit.Entry, bool) {
	action, who, kept := e.Audited()
	note := audit.Entry{Action: action, ObjectKind: "workshop", Object: l.key.Workshop.Bytes(), Outcome: audit.Done, Actor: e.Actor.Bytes()}
	if !who.IsZero() {
		note.ObjectKind, note.Object = "member", who.Bytes()
	}
	return note, kept
}
