package app

import (
	"context"
	"fmt"

	"amends/server/audit"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"

	"github.com/google/uuid"
)

// The permission policy is part of the program. The rule: the audit log of every facility records which
// policy was in force when, so that a later reader can tell why an act was allowed.

const (
	policyLoaded = "policy.loaded"
	policyObject = "policy"
)

// policy is the object id of the audit entry: the first 16 bytes of the SHA-256 over model and policy.
func (a *App) policy() uuid.UUID {
	hash := a.book.Hash()
	return uuid.UUID(hash[:16])
}

// RecordPolicy writes this process's policy to the audit log of every facility whose last recorded
// policy differs. Every node does it at start; it locks the chain before reading, so that nodes
// starting together write one entry.
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
