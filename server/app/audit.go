package app

import (
	"context"
	"fmt"
	"math"

	"amends/server/audit"
	"amends/server/checkpoint"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// Faults of VerifyAudit; each finding is a field. errUnproven: the log itself may be right.
var (
	errAudit    = fault.New(fault.Conflict, "audit.broken", "The audit log was changed")
	errUnproven = fault.New(fault.Conflict, "audit.unproven", "The audit log cannot be proved whole")
)

// VerifyAudit recomputes a facility's whole hash chain and compares it with signed checkpoints; operators
// run it. read reads the checkpoints; nil is for none, and then entries missing at the end are found
// only where the stored head was left. A server may go on writing and signing meanwhile.
// Faults: audit.broken, audit.unproven.
func (a *App) VerifyAudit(ctx context.Context, facility id.Facility, read func() ([]checkpoint.Copy, error)) (audit.Report, error) {
	before, err := a.auditHead(ctx, facility)
	if err != nil {
		return audit.Report{}, err
	}
	var copies []checkpoint.Copy
	if read != nil {
		if copies, err = read(); err != nil {
			return audit.Report{}, err
		}
	}
	var folders, loose []audit.Signed
	var witnesses []audit.Witness
	var wrong []audit.Finding
	for _, c := range copies {
		if c.Witness.ID != [16]byte{} {
			folders, witnesses = append(folders, c.Lines...), append(witnesses, c.Witness)
		} else {
			loose = append(loose, c.Lines...)
		}
		for _, problem := range c.Problems {
			wrong = append(wrong, audit.Finding{About: "checkpoint", Problem: problem})
		}
	}
	c := audit.Compare(facility.Bytes(), folders, loose, witnesses...)
	c.NamedUpTo(before.Seq)
	head, err := a.eachEntry(ctx, facility, 0, func(s audit.Stored) error { c.Next(s); return nil })
	if err != nil {
		return audit.Report{}, err
	}
	report := c.End(head.Seq, head.Sum, a.now())
	report.Findings = append(report.Findings, wrong...)
	return report, faultOf(report.Findings)
}

// faultOf is the fault that names all findings; nil for none.
func faultOf(findings []audit.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	f := errUnproven
	for _, one := range findings {
		if one.OfLog() {
			f = errAudit
		}
	}
	for _, one := range findings {
		f = f.With(one.About, one.Problem)
	}
	return f
}

// auditHead reads the number and hash that the database stores as the end of a facility's log.
func (a *App) auditHead(ctx context.Context, facility id.Facility) (head audit.Stored, err error) {
	head.Sum = audit.Genesis(facility.Bytes())
	err = a.db.Reading(ctx, postgres.Scope{Facility: facility}, func(ctx context.Context, tx *postgres.Tx) error {
		row, err := tx.AuditHeadRead(ctx, facility)
		if postgres.NotThere(err) {
			return nil
		}
		head.Seq, head.Sum = row.Seq, hashOf(row.Hash)
		return err
	})
	return head, err
}

// eachEntry reads a facility's entries after one, up to the head as it was before, which it returns. What
// is written meanwhile is left out.
func (a *App) eachEntry(ctx context.Context, facility id.Facility, after int64, each func(audit.Stored) error) (head audit.Stored, err error) {
	if head, err = a.auditHead(ctx, facility); err != nil {
		return head, err
	}
	upTo := head.Seq
	if upTo == 0 {
		upTo = math.MaxInt64 // entries without a head are reported
	}
	for after < upTo {
		rows, err := a.auditPage(ctx, facility, after)
		if err != nil {
			return head, err
		}
		for _, row := range rows {
			if row.Seq > upTo {
				return head, nil
			}
			if err := each(storedEntry(row)); err != nil {
				return head, err
			}
			after = row.Seq
		}
		if len(rows) == 0 {
			return head, nil
		}
	}
	return head, nil
}

func (a *App) auditPage(ctx context.Context, facility id.Facility, after int64) (rows []dbgen.AuditEntry, err error) {
	err = a.db.Reading(ctx, postgres.Scope{Facility: facility}, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err = tx.AuditList(ctx, dbgen.AuditListParams{FacilityID: facility, After: after})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the audit log after entry %d: %w", after, err)
	}
	return rows, nil
}

func storedEntry(row dbgen.AuditEntry) audit.Stored {
	e := audit.Entry{Facility: row.FacilityID.Bytes(), Seq: row.Seq, At: row.At, ActorKind: row.ActorKind, Action: row.Action, ObjectKind: row.ObjectKind,
		Object: row.ObjectID.UUID, Outcome: audit.Outcome(row.Outcome), Request: row.RequestID.UUID}
	if row.ActorID != nil {
		e.Actor = row.ActorID.Bytes()
	}
	return audit.Stored{Entry: e, Previous: hashOf(row.Previous), Sum: hashOf(row.Hash)}
}

// hashOf is zero for bytes of another length: whoever changed the database may have dropped that check.
func hashOf(b []byte) (hash [32]byte) {
	if len(b) == len(hash) {
		copy(hash[:], b)
	}
	return hash
}
