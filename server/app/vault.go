package app

import (
	"context"
	"slices"

	"amends/server/account"
	"amends/server/actor"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/keys"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
	"amends/server/worksheet"
)

var errVaultMoved = fault.New(fault.Conflict, "vault.moved_on", "Your keys were changed on another device. Please try again.")

// errNoHalf: the resume half has expired, so the password is asked for again.
var errNoHalf = fault.New(fault.NotFound, "half.gone", "Please enter your password again.")

// Me returns what a page needs to know about its own person.
func (a *App) Me(ctx context.Context) (wire.Me, error) {
	return do(ctx, a, "readMe", myself, func(ctx context.Context, s *step) (wire.Me, error) {
		m, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: s.actor.Member})
		if err != nil {
			return wire.Me{}, err
		}
		acc, err := s.AccountGet(ctx, dbgen.AccountGetParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member})
		if err != nil {
			return wire.Me{}, err
		}
		own, err := s.SigninOwn(ctx, dbgen.SigninOwnParams{FacilityID: s.actor.Facility, ID: s.actor.Signin, Now: s.now})
		if err != nil {
			return wire.Me{}, err
		}
		times := account.TimesFor(s.held, own.SharedDevice)
		return wire.Me{Member: s.actor.Member.String(), Acct: acct(s.actor.Member), Handle: acc.Handle, RoomName: m.RoomName, Language: m.Language, Roles: m.Roles,
			Epoch: int(acc.Epoch), Shared: own.SharedDevice, NewDevices: int(own.Newer), LockMinutes: int(times.Lock.Minutes()), SignOutMinutes: int(times.SignOut.Minutes())}, nil
	})
}

// Wraps returns the sealed copies of the person's root key that a sign-in may have: the password's.
// Only recovery releases the key card's.
func (a *App) Wraps(ctx context.Context) (wire.Wraps, error) {
	return do(ctx, a, "readWraps", myself, func(ctx context.Context, s *step) (wire.Wraps, error) {
		acc, err := s.AccountGet(ctx, dbgen.AccountGetParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member})
		if err != nil {
			return wire.Wraps{}, err
		}
		rows, err := s.WrapList(ctx, dbgen.WrapListParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member})
		if err != nil {
			return wire.Wraps{}, err
		}
		rows = slices.DeleteFunc(rows, func(r dbgen.WrapListRow) bool { return r.Kind == keys.WrapCard })
		out := wire.Wraps{Epoch: int(acc.Epoch), Kdf: acc.Kdf, Salt: b64(acc.Salt), Wraps: []wire.WrapBlob{}}
		for _, r := range rows {
			blob, err := a.openAtRest(ctx, s, s.actor.Member, r.Blob)
			if err != nil {
				return wire.Wraps{}, err
			}
			out.Wraps = append(out.Wraps, wire.WrapBlob{Kind: int(r.Kind), Blob: b64(blob)})
		}
		return out, nil
	})
}

// Vault returns the person's own sealed vault.
func (a *App) Vault(ctx context.Context) (wire.VaultFile, error) {
	return do(ctx, a, "readVault", myself, func(ctx context.Context, s *step) (wire.VaultFile, error) {
		row, err := s.VaultGet(ctx, dbgen.VaultGetParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member})
		if err != nil {
			return wire.VaultFile{}, err
		}
		file, err := a.openAtRest(ctx, s, s.actor.Member, row.Blob)
		return wire.VaultFile{Ctr: row.Ctr, File: b64(file)}, err
	})
}

// SaveVault replaces the vault if its counter is still the one the client saw (compare-and-set).
// Faults: vault.moved_on, worksheet.shape, input.invalid.
func (a *App) SaveVault(ctx context.Context, in wire.Vault, previous int64) error {
	var c fault.Check
	c.Must(in.Ctr == previous+1, "ctr", "is not one more than If-Match")
	if err := c.Err(); err != nil {
		return err
	}
	if err := worksheet.CheckSealed(in.File, 1); err != nil {
		return err
	}
	return act(ctx, a, "saveVault", myself, func(ctx context.Context, s *step) error {
		blob, err := a.sealAtRest(ctx, s, s.actor.Member, in.File)
		if err != nil {
			return err
		}
		n, err := s.VaultSave(ctx, dbgen.VaultSaveParams{Ctr: in.Ctr, Blob: blob, FacilityID: s.actor.Facility, MemberID: s.actor.Member, Previous: previous})
		if err == nil && n == 0 {
			err = errVaultMoved
		}
		return err
	})
}

// KeepHalf stores the server's half of a resume key, for as long as pages stay unlocked.
func (a *App) KeepHalf(ctx context.Context, half []byte) error {
	life := account.TimesFor(nil, false).Lock
	who, err := do(ctx, a, "keepHalf", myself, func(ctx context.Context, s *step) (id.Signin, error) {
		shared, err := s.SigninShared(ctx, dbgen.SigninSharedParams{FacilityID: s.actor.Facility, ID: s.actor.Signin})
		life = account.TimesFor(s.held, shared).Lock
		return s.actor.Signin, err
	})
	if err != nil {
		return err
	}
	if err := a.stores.Halves.Put(ctx, who, bus.Half(half), life); err != nil {
		return fault.ErrUnavailable.Because(err)
	}
	// The sign-in may have ended between the read and the put; then its half is deleted too.
	if err := a.stillHolds(ctx); err != nil {
		a.halfGoesWith(ctx, who)
		return err
	}
	return nil
}

// stillHolds reads the actor's sign-in once more, after a use case has changed a store. It is not a use
// case of its own: do would count the call a second time.
func (a *App) stillHolds(ctx context.Context) error {
	who, ok := actor.From(ctx)
	if !ok {
		return fault.ErrUnauthenticated
	}
	return a.db.Reading(ctx, scopeOf(who), func(ctx context.Context, tx *postgres.Tx) error {
		return a.reread(ctx, &step{Tx: tx, actor: who, now: a.now()})
	})
}

// TakeHalf returns the half and shortens its life to a moment, because a browser that resumes stores a
// fresh one. Fault: half.gone.
func (a *App) TakeHalf(ctx context.Context) (wire.Half, error) {
	who, err := do(ctx, a, "takeHalf", myself, mySignin)
	if err != nil {
		return wire.Half{}, err
	}
	half, ok, err := a.stores.Halves.Take(ctx, who)
	if err != nil || !ok {
		return wire.Half{}, errNoHalf.Because(err)
	}
	return wire.Half{Half: b64(half[:])}, nil
}

// DropHalf deletes the half when pages are locked. Fault: server.unavailable.
func (a *App) DropHalf(ctx context.Context) error {
	who, err := do(ctx, a, "dropHalf", myself, mySignin)
	if err != nil {
		return err
	}
	return a.dropHalf(ctx, who)
}

func (a *App) dropHalf(ctx context.Context, signin id.Signin) error {
	if err := a.stores.Halves.Delete(ctx, signin); err != nil {
		return fault.ErrUnavailable.Because(err)
	}
	return nil
}

// halfGoesWith deletes the half of an ended sign-in. Nobody can fetch it any more, so when the store is
// away its TTL is enough.
func (a *App) halfGoesWith(ctx context.Context, signin id.Signin) {
	if err := a.dropHalf(ctx, signin); err != nil {
		a.log.Warn("deleting the resume half of an ended sign-in failed; its TTL will", "err", err)
	}
}

func mySignin(_ context.Context, s *step) (id.Signin, error) { return s.actor.Signin, nil }
