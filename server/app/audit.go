package app

import (
	"context"

	"amends/server/audit"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// errAudit names the first entry that was changed.
var errAudit = fault.New(fault.Conflict, "audit.broken", "The audit log was changed")

// VerifyAudit recomputes a facility's whole hash chain; operators run it. A truncated tail is detected,
// because the stored head does not match. Fault: audit.broken.
func (a *App) VerifyAudit(ctx context.Context, facility id.Facility) (seq int64, hash [32]byte, err error) {
	v := audit.NewVerifier(facility.Bytes())
	err = a.db.Reading(ctx, postgres.Scope{Facility: facility}, func(ctx context.Context, tx *postgres.Tx) error {
		for {
			seq, hash = v.Head()
			rows, err := tx.AuditList(ctx, dbgen.AuditListParams{FacilityID: facility, After: seq})
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				return headFits(ctx, tx, facility, seq, hash)
			}
			for _, row := range rows {
				if err := v.Next(storedEntry(row)); err != nil {
					return errAudit.With("entry", err.Error())
				}
			}
		}
	})
	return seq, hash, err
}

func headFits(ctx context.Context, tx *postgres.Tx, facility id.Facility, seq int64, hash [32]byte) error {
	head, err := tx.AuditHeadRead(ctx, facility)
	if postgres.NotThere(err) && seq == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if head.Seq != seq || [32]byte(head.Hash) != hash {
		return errAudit.With("head", "the last entries are missing")
	}
	return nil
}

func storedEntry(row dbgen.AuditEntry) audit.Stored {
	e := audit.Entry{Facility: row.FacilityID.Bytes(), Seq: row.Seq, At: row.At, ActorKind: row.ActorKind, Action: row.Action, ObjectKind: row.ObjectKind,
		Object: row.ObjectID.UUID, Outcome: audit.Outcome(row.Outcome), Request: row.RequestID.UUID}
	if row.ActorID != nil {
		e.Actor = row.ActorID.Bytes()
	}
	return audit.Stored{Entry: e, Previous: [32]byte(row.Previous), Sum: [32]byte(row.Hash)}
}
