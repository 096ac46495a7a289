package app

import (
	"context"
	"slices"
	"time"

	"amends/roles"
	"amends/server/account"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// errSlips: unused slips are deleted a month after their last day.
var errSlips = fault.New(fault.Conflict, "invitation.full", "There are too many unused slips. Please wait until older ones have run out.").With("count", "is more than there is room for")

// errSlip is the same answer for a slip that is unknown, used, revoked or expired.
var errSlip = fault.New(fault.NotFound, "slip.unknown", "This slip is not valid any more. Please ask for a new one.")

// Invitations lists slips: all for an admin, those of their cohorts for a counselor.
func (a *App) Invitations(ctx context.Context) (wire.Invitations, error) {
	return do(ctx, a, "listInvitations", staffLists, func(ctx context.Context, s *step) (wire.Invitations, error) {
		rows, err := s.InvitationList(ctx, s.actor.Facility)
		if err != nil {
			return wire.Invitations{}, err
		}
		out := wire.Invitations{Invitations: []wire.Invitation{}}
		for _, r := range rows {
			if !s.has(roles.Admin) {
				if r.CohortID.IsZero() {
					continue
				}
				if related, err := inCohort(r.CohortID)(ctx, s); err != nil || related&roles.Staff == 0 {
					continue
				}
			}
			out.Invitations = append(out.Invitations, invitationOf(r, s.now))
		}
		return out, nil
	})
}

func invitationOf(r dbgen.Invitation, now time.Time) wire.Invitation {
	i := wire.Invitation{ID: r.ID.String(), Roles: r.Roles, RoomName: r.RoomName, Language: r.Language,
		CreatedAt: r.CreatedAt.UnixMilli(), ExpiresAt: r.ExpiresAt.UnixMilli(), State: "open"}
	if !r.CohortID.IsZero() {
		i.Cohort = r.CohortID.String()
	}
	switch {
	case r.UsedAt != nil:
		i.State = "used"
	case r.RevokedAt != nil:
		i.State = "revoked"
	case now.After(r.ExpiresAt):
		i.State = "expired"
	}
	return i
}

// Invite creates slips to print. A counselor can invite only participants, and only into their own
// cohorts. The codes are returned only this once.
func (a *App) Invite(ctx context.Context, in wire.Invite) (wire.NewSlips, error) {
	relate := staffLists
	if !in.Cohort.IsZero() {
		relate = inCohort(in.Cohort)
	}
	return do(ctx, a, "makeSlips", relate, func(ctx context.Context, s *step) (wire.NewSlips, error) {
		if !s.has(roles.Admin) && (in.Cohort.IsZero() || len(in.Roles) != 1 || in.Roles[0] != roles.Participant) {
			return wire.NewSlips{}, fault.ErrForbidden
		}
		if err := s.mustProve(slices.ContainsFunc(in.Roles, overOthers)); err != nil {
			return wire.NewSlips{}, err
		}
		err := a.under(ctx, s, "invitation", s.actor.Facility, len(in.Names), errSlips, func(ctx context.Context, q *dbgen.Queries) (int64, error) {
			return q.InvitationsUnused(ctx, s.actor.Facility)
		})
		if err != nil {
			return wire.NewSlips{}, err
		}
		out := wire.NewSlips{Slips: []wire.NewSlip{}}
		for _, name := range in.Names {
			slip, err := a.newSlip(ctx, s, in, name)
			if err != nil {
				return wire.NewSlips{}, err
			}
			out.Slips = append(out.Slips, slip)
		}
		return out, nil
	})
}

func (a *App) newSlip(ctx context.Context, s *step, in wire.Invite, name string) (wire.NewSlip, error) {
	code, err := account.NewCode(a.random, account.SlipCodeLength)
	if err != nil {
		return wire.NewSlip{}, err
	}
	fresh, until := id.New[id.Invitation](), s.now.Add(in.Valid)
	row := dbgen.InvitationPutParams{FacilityID: s.actor.Facility, ID: fresh, RoomName: name, Language: in.Language, CreatedAt: s.now, ExpiresAt: until}
	for _, r := range in.Roles {
		row.Roles = append(row.Roles, string(r))
	}
	if !in.Cohort.IsZero() {
		row.CohortID = in.Cohort
	}
	if !s.actor.Member.IsZero() {
		row.CreatedBy = &s.actor.Member
	}
	if err := s.InvitationPut(ctx, row); err != nil {
		return wire.NewSlip{}, err
	}
	if err := s.InvitationCodePut(ctx, account.CodeHash(a.slipKey(), code), s.actor.Facility, fresh); err != nil {
		return wire.NewSlip{}, err
	}
	s.record("invitation.create", "invitation", fresh.Bytes())
	return wire.NewSlip{ID: fresh.String(), Code: grouped(code), URL: a.publicURL + "/join#" + code, RoomName: name, ExpiresAt: until.UnixMilli()}, nil
}

// grouped formats a code in groups of four, as printed.
func grouped(code string) string {
	var out []byte
	for i := range len(code) {
		if i > 0 && i%4 == 0 {
			out = append(out, '-')
		}
		out = append(out, code[i])
	}
	return string(out)
}

// RevokeInvitation invalidates a slip that was not used yet.
func (a *App) RevokeInvitation(ctx context.Context, which id.Invitation) error {
	relate := func(ctx context.Context, s *step) (roles.Relation, error) {
		row, err := s.InvitationGet(ctx, dbgen.InvitationGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil || row.CohortID.IsZero() {
			return roles.None, err
		}
		return inCohort(row.CohortID)(ctx, s)
	}
	return act(ctx, a, "revokeInvitation", relate, func(ctx context.Context, s *step) error {
		n, err := s.InvitationRevoke(ctx, dbgen.InvitationRevokeParams{At: &s.now, FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return err
		}
		if n == 0 {
			return errSlip
		}
		s.record("invitation.revoke", "invitation", which.Bytes())
		return nil
	})
}

// Slip tells what a slip invites to, so that the person knows before choosing a name.
func (a *App) Slip(ctx context.Context, code string, from Address) (wire.Slip, error) {
	facility, which, err := a.openSlip(ctx, "readSlip", code, from)
	if err != nil {
		return wire.Slip{}, err
	}
	return doPublic(ctx, a, postgres.Scope{Facility: facility}, func(ctx context.Context, s *step) (wire.Slip, error) {
		row, err := usableSlip(ctx, s, which)
		if err != nil {
			return wire.Slip{}, err
		}
		f, err := s.FacilityGet(ctx, facility)
		if err != nil {
			return wire.Slip{}, err
		}
		return wire.Slip{Facility: f.Name, Roles: row.Roles, RoomName: row.RoomName, Language: row.Language}, nil
	})
}

// openSlip finds the invitation of a code. Failed tries are counted per address; those with a right code
// per slip and operation, as what a person does.
func (a *App) openSlip(ctx context.Context, operation, code string, from Address) (id.Facility, id.Invitation, error) {
	tried, err := a.countTries(ctx, operation, Try{From: from})
	if err != nil {
		return id.Facility{}, id.Invitation{}, err
	}
	facility, which, err := a.db.InvitationOf(ctx, account.CodeHash(a.slipKey(), code))
	if err == nil && which.IsZero() {
		return facility, which, errSlip
	}
	if err == nil {
		tried.refund(ctx)
		err = a.countTry(ctx, bus.WritePerMember(), which.String()+" "+operation)
	}
	return facility, which, err
}

// usableSlip locks the invitation and refuses one that is used, revoked or expired.
func usableSlip(ctx context.Context, s *step, which id.Invitation) (dbgen.Invitation, error) {
	row, err := s.InvitationLock(ctx, dbgen.InvitationLockParams{FacilityID: s.actor.Facility, ID: which})
	if postgres.NotThere(err) || err == nil && (row.UsedAt != nil || row.RevokedAt != nil || s.now.After(row.ExpiresAt)) {
		return row, errSlip
	}
	return row, err
}

// slipKey is the key for the hashes of slip codes.
func (a *App) slipKey() []byte { return a.secrets.Derive("slip codes") }
