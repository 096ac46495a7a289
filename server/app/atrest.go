package app

import (
	"context"
	"fmt"

	"amends/server/id"
	"amends/server/keys"
	"amends/server/postgres/dbgen"
)

// sealAtRest encrypts bytes with their owner's at-rest key.
func (a *App) sealAtRest(ctx context.Context, s *step, owner id.Member, blob []byte) ([]byte, error) {
	key, err := a.atRestKey(ctx, s, owner)
	if err != nil {
		return nil, err
	}
	return keys.SealAtRest(a.random, key, blob)
}

// openAtRest decrypts bytes with their owner's at-rest key. Row-level security shows that key only to
// the owner and to readers with an open grant.
func (a *App) openAtRest(ctx context.Context, s *step, owner id.Member, blob []byte) ([]byte, error) {
	key, err := a.atRestKey(ctx, s, owner)
	if err != nil {
		return nil, err
	}
	return keys.OpenAtRest(key, blob)
}

func (a *App) atRestKey(ctx context.Context, s *step, owner id.Member) ([]byte, error) {
	row, err := s.AtRestKeyGet(ctx, dbgen.AtRestKeyGetParams{FacilityID: s.actor.Facility, MemberID: owner})
	if err != nil {
		return nil, fmt.Errorf("find the at-rest key of %s: %w", owner, err)
	}
	return a.secrets.OpenAtRestKey(row.KeyringID, owner.Bytes(), row.SealedKey)
}
