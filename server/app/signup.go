package app

import (
	"context"
	"slices"

	"amends/roles"
	"amends/server/account"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/keys"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
	"amends/server/worksheet"
)

var (
	errNameTaken = fault.New(fault.Conflict, "handle.taken", "This sign-in name is taken. Please choose another one.").With("handle", "is taken")
	errReserve   = fault.New(fault.Conflict, "handle.not_reserved", "The time for this name ran out. Please choose it again.").With("handle", "is not reserved")
)

// Reserve reserves a sign-in name for a slip for 30 minutes and returns the account id, to which all
// keys of the person will be bound. Faults: slip.unknown, handle.taken, too_many.
func (a *App) Reserve(ctx context.Context, in wire.Reserve, from Address) (wire.Reserved, error) {
	facility, which, err := a.openSlip(ctx, "reserveName", in.Code, from)
	if err != nil {
		return wire.Reserved{}, err
	}
	// A name that is taken is told to the holder of a slip only, and not often: names tell who is a
	// patient.
	if err := a.countTry(ctx, bus.NamesPerSlip(), which.String()); err != nil {
		return wire.Reserved{}, err
	}
	return doPublic(ctx, a, postgres.Scope{Facility: facility}, func(ctx context.Context, s *step) (wire.Reserved, error) {
		if _, err := usableSlip(ctx, s, which); err != nil {
			return wire.Reserved{}, err
		}
		member, err := s.NameReserve(ctx, in.Handle, facility, which, id.NewRandom[id.Member](), s.now.Add(account.NameReserved))
		if err != nil {
			return wire.Reserved{}, err
		}
		if member.IsZero() {
			return wire.Reserved{}, errNameTaken
		}
		return wire.Reserved{Acct: acct(member)}, nil
	})
}

// SignUp creates the account atomically. The browser has made every key; only verifiers, sealed roots
// and the first sealed vault arrive here. Faults: slip.unknown, handle.not_reserved, input.invalid,
// worksheet.shape, too_many.
func (a *App) SignUp(ctx context.Context, in wire.SignUp, from Address) error {
	facility, which, err := a.openSlip(ctx, "signUp", in.Code, from)
	if err != nil {
		return err
	}
	if err := checkKeys(in); err != nil {
		return err
	}
	scope := postgres.Scope{Facility: facility, Member: in.Member}
	_, err = doPublic(ctx, a, scope, func(ctx context.Context, s *step) (struct{}, error) {
		slip, err := usableSlip(ctx, s, which)
		if err != nil {
			return struct{}{}, err
		}
		claimed, err := s.NameClaim(ctx, in.Handle, which, in.Member)
		if err != nil {
			return struct{}{}, err
		}
		if !claimed {
			return struct{}{}, errReserve
		}
		if err := a.putMember(ctx, s, in, slip); err != nil {
			return struct{}{}, err
		}
		if err := a.putKeys(ctx, s, in); err != nil {
			return struct{}{}, err
		}
		used, err := s.InvitationUse(ctx, dbgen.InvitationUseParams{At: &s.now, MemberID: &in.Member, FacilityID: facility, ID: which})
		if err == nil && used == 0 {
			err = errSlip
		}
		if err != nil {
			return struct{}{}, err
		}
		s.record("account.created", "member", in.Member.Bytes())
		// Assignments that waited for this slip get their mentor now.
		err = s.AssignmentClaim(ctx, dbgen.AssignmentClaimParams{MentorID: &in.Member, FacilityID: facility, InvitationID: &which})
		return struct{}{}, err
	})
	return err
}

// checkKeys checks the formats that can be validated without keys.
func checkKeys(in wire.SignUp) error {
	who := in.Member.Bytes()
	if err := keys.CheckWrap("wraps.blob", in.Wraps[keys.WrapPassword], keys.WrapPassword, who, in.Epoch); err != nil {
		return err
	}
	if err := keys.CheckWrap("wraps.blob", in.Wraps[keys.WrapCard], keys.WrapCard, who, in.Epoch); err != nil {
		return err
	}
	if err := keys.CheckBundle(in.Bundle, who, in.Epoch); err != nil {
		return err
	}
	return worksheet.CheckSealed(in.Vault, 1)
}

func (a *App) putMember(ctx context.Context, s *step, in wire.SignUp, slip dbgen.Invitation) error {
	f := s.actor.Facility
	if err := s.MemberPut(ctx, dbgen.MemberPutParams{FacilityID: f, ID: in.Member, RoomName: in.RoomName, Language: in.Language, JoinedOn: s.now}); err != nil {
		return err
	}
	for _, role := range slip.Roles {
		if err := s.MemberRolePut(ctx, dbgen.MemberRolePutParams{FacilityID: f, MemberID: in.Member, Role: role}); err != nil {
			return err
		}
	}
	if slip.CohortID.IsZero() {
		return nil
	}
	held := heldRoles(slip.Roles)
	if slices.Equal(held, []roles.Role{roles.Admin}) {
		return nil
	}
	return joinCohort(ctx, s, slip.CohortID, in.Member, roles.NarrowestCohortRole(held))
}

func (a *App) putKeys(ctx context.Context, s *step, in wire.SignUp) error {
	f, who := s.actor.Facility, in.Member.Bytes()
	err := s.AccountPut(ctx, dbgen.AccountPutParams{FacilityID: f, MemberID: in.Member, Handle: in.Handle, Kdf: in.Kdf, Salt: in.Salt, PepperID: a.secrets.PepperID,
		PasswordVerifier: a.secrets.PasswordVerifier(who, in.Apw), CardVerifier: a.secrets.CardVerifier(who, in.Acard), Epoch: int32(in.Epoch)})
	if err != nil {
		return err
	}
	if err := s.BundlePut(ctx, dbgen.BundlePutParams{FacilityID: f, MemberID: in.Member, Bundle: in.Bundle}); err != nil {
		return err
	}
	ringID, sealed, err := a.secrets.NewAtRestKey(a.random, who)
	if err != nil {
		return err
	}
	if err := s.AtRestKeyPut(ctx, dbgen.AtRestKeyPutParams{FacilityID: f, MemberID: in.Member, KeyringID: ringID, SealedKey: sealed}); err != nil {
		return err
	}
	for kind, blob := range in.Wraps {
		blob, err := a.sealAtRest(ctx, s, in.Member, blob)
		if err != nil {
			return err
		}
		if err := s.WrapPut(ctx, dbgen.WrapPutParams{FacilityID: f, MemberID: in.Member, Kind: int16(kind), Epoch: int32(in.Epoch), Blob: blob}); err != nil {
			return err
		}
	}
	vault, err := a.sealAtRest(ctx, s, in.Member, in.Vault)
	if err != nil {
		return err
	}
	return s.VaultPut(ctx, dbgen.VaultPutParams{FacilityID: f, MemberID: in.Member, Ctr: 1, Blob: vault})
}
