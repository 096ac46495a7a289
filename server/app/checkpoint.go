package app

import (
	"context"
	"errors"
	"fmt"

	"amends/server/actor"
	"amends/server/audit"
	"amends/server/checkpoint"
	"amends/server/id"
)

// Checkpoints of the audit log (decision 0028). The rules: nothing is signed that does not continue what
// was signed last, so that a log that was cut or replaced is never confirmed; and no request waits for
// any of this.

// Why no checkpoint of a facility is signed.
var (
	errCut     = errors.New("the log has fewer entries than were signed, or others: it was cut, or an older copy of the database was restored")
	errNotThis = errors.New("the log was changed since it was signed last")
)

// Checkpoint signs one for each facility whose log has at least this many new entries. It tries every
// facility, and returns what went wrong. Without a folder it does nothing.
func (a *App) Checkpoint(ctx context.Context, least int64) error {
	if a.checkpoints == nil {
		return nil
	}
	due, err := a.unsigned(ctx, least)
	if err != nil || len(due) == 0 {
		return err
	}
	book, err := a.checkpoints.Open()
	if errors.Is(err, checkpoint.ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}
	defer book.Close()
	var wrong []error
	for _, problem := range book.Problems {
		wrong = append(wrong, errors.New(problem))
	}
	for _, f := range due {
		if err := a.sign(ctx, book, f); err != nil {
			wrong = append(wrong, fmt.Errorf("no checkpoint of facility %s: %w", f, err))
		}
	}
	return errors.Join(wrong...)
}

// unsigned lists the facilities whose log has grown by at least this much since this process knew a
// checkpoint.
func (a *App) unsigned(ctx context.Context, least int64) ([]id.Facility, error) {
	all, err := a.db.FacilityIDs(ctx)
	if err != nil || least <= 1 {
		return all, err
	}
	var due []id.Facility
	for _, f := range all {
		head, err := a.auditHead(ctx, f)
		if err != nil {
			return nil, err
		}
		if head.Seq-a.checkpoints.Known(f.Bytes()) >= least {
			due = append(due, f)
		}
	}
	return due, nil
}

// sign signs a checkpoint of one facility if something is new.
func (a *App) sign(ctx context.Context, book *checkpoint.Book, facility id.Facility) error {
	last, was := book.Newest(facility.Bytes())
	end, fresh, err := a.continues(ctx, facility, last, was)
	if err != nil {
		return err
	}
	if end.Seq == 0 || fresh == 0 && book.Current(facility.Bytes()) {
		return nil
	}
	signed, err := book.Add(facility.Bytes(), end.Seq, end.Sum, a.now())
	if err != nil {
		return err
	}
	a.log.Info("a checkpoint of the audit log was signed", "checkpoint", signed.Line)
	if fresh == 0 {
		return nil // only repeated in a new file
	}
	return a.appendAlone(ctx, facility, audit.Entry{ActorKind: string(actor.System), Actor: signed.Witness, Action: audit.CheckpointAction, ObjectKind: "checkpoint", Object: signed.ID(), Outcome: audit.Done})
}

// continues verifies the log from the last checkpoint, or from its start, and returns its end and how
// many entries are new, apart from those about checkpoints.
func (a *App) continues(ctx context.Context, facility id.Facility, last audit.Signed, was bool) (end audit.Stored, fresh int, err error) {
	v := audit.NewVerifier(facility.Bytes())
	if was {
		v = audit.NewVerifierAfter(last.Seq, last.Hash)
	}
	end.Seq, end.Sum = v.Head()
	head, err := a.eachEntry(ctx, facility, end.Seq, func(s audit.Stored) error {
		if err := v.Next(s); err != nil {
			return fmt.Errorf("%w: %w", errNotThis, err)
		}
		if end = s; s.Action != audit.CheckpointAction {
			fresh++
		}
		return nil
	})
	if err == nil && (head.Seq != end.Seq || end.Seq > 0 && head.Sum != end.Sum) {
		err = errCut
	}
	return end, fresh, err
}
