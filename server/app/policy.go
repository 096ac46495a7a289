package app

import (
	"context"
	"fmt"

	"amends/server/audit"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"

	"github.com/google/uuid"
)

// Who may do what is part of the program. The rule: the audit log of every facility says which
// policy was in force when, so that a later reader can tell under which rules an act was allowed.

const (
	policyLoaded = "policy.loaded"
	policyObject = "policy"
)

// policy is the object id of an entry: the first 16 bytes of the SHA-256 over model and policy.
func (a *App) policy() uuid.UUID {
	hash := a.book.Hash()
	return uuid.UUID(hash[:16])
}

// RecordPolicy writes the policy of this process to the audit log of every facility whose last
// recorded policy is another one. Every node does this when it starts; the lock of the chain is
// taken before looking, so that nodes that start together write one entry.
func (a *App) RecordPolicy(ctx context.Context) error {
	facilities, err := a.db.FacilityIDs(ctx)
	if err != nil {
		return err
	}
	for _, f := range facilities {
		_, err := doPublic(ctx, a, postgres.Scope{Facility: f}, func(ctx context.Context, s *step) (struct{}, error) {
			genesis := audit.Genesis(f.Bytes())
			if _, err := s.AuditHead(ctx, dbgen.AuditHeadParams{FacilityID: f, Genesis: genesis[:]}); err != nil {
				return struct{}{}, err
			}
			last, err := s.AuditLastObject(ctx, dbgen.AuditLastObjectParams{FacilityID: f, Action: policyLoaded})
			if err != nil && !postgres.NotThere(err) {
				return struct{}{}, err
			}
			if last.UUID != a.policy() {
				s.record(policyLoaded, policyObject, a.policy())
			}
			return struct{}{}, nil
		})
		if err != nil {
			return fmt.Errorf("record the policy in facility %s: %w", f, err)
		}
	}
	return nil
}
