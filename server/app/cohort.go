package app

import (
	"context"
	"time"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

var (
	errCohortFull     = fault.New(fault.Conflict, "cohort.full", "This cohort is full.").With("cohort", "has no free seat")
	errCohorts        = fault.New(fault.Conflict, "cohort.too_many", "There are as many cohorts as there can be.").With("name", "is of one cohort too many")
	errCohortArchived = fault.New(fault.Conflict, "cohort.archived", "This cohort is archived.")
	errCohortRole     = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("role", "is not a role of this person")
)

// inCohort is the relation to one cohort: cohort for those who are in it, and staff for its staff.
func inCohort(cohort id.Cohort) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		if _, err := s.CohortGet(ctx, dbgen.CohortGetParams{FacilityID: s.actor.Facility, ID: cohort}); err != nil {
			return roles.None, err
		}
		role, err := cohortRole(ctx, s, cohort, s.actor.Member)
		switch {
		case err != nil || role == "":
			return roles.None, err
		case role == roles.AsStaff:
			return roles.Cohort | roles.Staff, nil
		}
		return roles.Cohort, nil
	}
}

// cohortRole is what a person is in a cohort; "" for those who are not in it.
func cohortRole(ctx context.Context, s *step, cohort id.Cohort, who id.Member) (roles.CohortRole, error) {
	role, err := s.CohortRoleOf(ctx, dbgen.CohortRoleOfParams{FacilityID: s.actor.Facility, CohortID: cohort, MemberID: who})
	if postgres.NotThere(err) {
		return "", nil
	}
	return roles.CohortRole(role), err
}

// Cohorts lists cohorts: all for an admin, their own for everybody else.
func (a *App) Cohorts(ctx context.Context) (wire.Cohorts, error) {
	everyOwn := func(context.Context, *step) (roles.Relation, error) { return roles.Cohort, nil }
	return do(ctx, a, "listCohorts", everyOwn, func(ctx context.Context, s *step) (wire.Cohorts, error) {
		rows, err := s.CohortList(ctx, dbgen.CohortListParams{FacilityID: s.actor.Facility, Me: s.actor.Member})
		if err != nil {
			return wire.Cohorts{}, err
		}
		out := wire.Cohorts{Cohorts: []wire.Cohort{}}
		for _, r := range rows {
			if !s.has(roles.Admin) && r.MyRole == "" {
				continue
			}
			out.Cohorts = append(out.Cohorts, wire.Cohort{ID: r.ID.String(), Name: r.Name, StartsOn: r.StartsOn.Format(time.DateOnly),
				EndsOn: r.EndsOn.Format(time.DateOnly), Capacity: int(r.Capacity), Participants: int(r.Participants), Archived: r.ArchivedAt != nil,
				Manages: s.has(roles.Admin) || s.has(roles.Counselor) && r.MyRole == string(roles.AsStaff)})
		}
		return out, nil
	})
}

// CreateCohort creates a cohort.
func (a *App) CreateCohort(ctx context.Context, c wire.CohortFacts) (wire.Created, error) {
	return do(ctx, a, "createCohort", inFacility, func(ctx context.Context, s *step) (wire.Created, error) {
		err := a.under(ctx, s, "cohort", s.actor.Facility, 1, errCohorts, func(ctx context.Context, q *dbgen.Queries) (int64, error) {
			return q.CohortCount(ctx, s.actor.Facility)
		})
		if err != nil {
			return wire.Created{}, err
		}
		fresh := id.New[id.Cohort]()
		err = s.CohortPut(ctx, dbgen.CohortPutParams{FacilityID: s.actor.Facility, ID: fresh, Name: c.Name, StartsOn: c.StartsOn, EndsOn: c.EndsOn, Capacity: int16(c.Capacity)})
		if err != nil {
			return wire.Created{}, err
		}
		s.record("cohort.create", "cohort", fresh.Bytes())
		return wire.Created{ID: fresh.String()}, nil
	})
}

// UpdateCohort changes name, dates and size. Fault: cohort.archived.
func (a *App) UpdateCohort(ctx context.Context, cohort id.Cohort, c wire.CohortFacts) error {
	return act(ctx, a, "updateCohort", inCohort(cohort), func(ctx context.Context, s *step) error {
		n, err := s.CohortUpdate(ctx, dbgen.CohortUpdateParams{Name: c.Name, StartsOn: c.StartsOn, EndsOn: c.EndsOn, Capacity: int16(c.Capacity), FacilityID: s.actor.Facility, ID: cohort})
		if err != nil {
			return err
		}
		if n == 0 {
			return errCohortArchived
		}
		s.record("cohort.update", "cohort", cohort.Bytes())
		return nil
	})
}

// ArchiveCohort archives a cohort; its history stays.
func (a *App) ArchiveCohort(ctx context.Context, cohort id.Cohort) error {
	return act(ctx, a, "archiveCohort", inCohort(cohort), func(ctx context.Context, s *step) error {
		n, err := s.CohortArchive(ctx, dbgen.CohortArchiveParams{At: &s.now, FacilityID: s.actor.Facility, ID: cohort})
		if err != nil || n == 0 {
			return err
		}
		s.record("cohort.archive", "cohort", cohort.Bytes())
		return nil
	})
}

// AddToCohort puts a person into a cohort, in the role that is asked for or else the narrowest one. An
// admin may put anybody there and may change the role. Staff may only put a person there to whom they
// stand already: otherwise they could give themselves any relation. Faults: cohort.full,
// cohort.archived, input.invalid naming role.
func (a *App) AddToCohort(ctx context.Context, cohort id.Cohort, who id.Member, as roles.CohortRole) error {
	return act(ctx, a, "addToCohort", overPersonIn(cohort, who, as), func(ctx context.Context, s *step) error {
		m, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: who})
		if err != nil {
			return err
		}
		if as == "" {
			as = roles.NarrowestCohortRole(heldRoles(m.Roles))
		}
		if !as.Fits(heldRoles(m.Roles)) {
			return errCohortRole
		}
		if err := s.mustProve(as == roles.AsStaff); err != nil {
			return err
		}
		if err := joinCohort(ctx, s, cohort, who, as); err != nil {
			return err
		}
		s.record("cohort.add", "member", who.Bytes())
		s.then(func(ctx context.Context) { a.kick(ctx, s.actor.Facility, who) })
		return nil
	})
}

// overPersonIn is the relation to a cohort and a person who is to be put into it: that of the cohort, and
// staff only over a person whom the actor has had to do with in the same role before. Staff make nobody
// staff, and change nobody's role.
func overPersonIn(cohort id.Cohort, who id.Member, as roles.CohortRole) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		stands, err := inCohort(cohort)(ctx, s)
		if err != nil || stands&roles.Staff == 0 || s.has(roles.Admin) {
			return stands, err
		}
		m, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: who})
		if postgres.NotThere(err) {
			return stands &^ roles.Staff, nil
		}
		if err != nil {
			return roles.None, err
		}
		if as == "" {
			as = roles.NarrowestCohortRole(heldRoles(m.Roles))
		}
		known, err := standsTo(ctx, s, who, as)
		if err != nil {
			return roles.None, err
		}
		now, err := cohortRole(ctx, s, cohort, who)
		if !known || as == roles.AsStaff || now != "" && now != as {
			stands &^= roles.Staff
		}
		return stands, err
	}
}

// standsTo reports whether the actor has to do with a person in this role: the person is in a cohort of
// which the actor is staff, or joined by a slip that the actor made for such a cohort.
func standsTo(ctx context.Context, s *step, who id.Member, as roles.CohortRole) (bool, error) {
	return standsBetween(ctx, s, s.actor.Member, who, as)
}

// standsBetween is standsTo for a member who is not the actor.
func standsBetween(ctx context.Context, s *step, me, who id.Member, as roles.CohortRole) (bool, error) {
	over, err := s.CohortsOver(ctx, dbgen.CohortsOverParams{FacilityID: s.actor.Facility, Me: me, Other: who, Role: string(as)})
	if err != nil || over {
		return over, err
	}
	return s.InvitationBetween(ctx, dbgen.InvitationBetweenParams{FacilityID: s.actor.Facility, Me: &me, Other: &who, Role: string(as)})
}

// joinCohort puts a person into a cohort in a role, within the cohort's size; only participants count.
func joinCohort(ctx context.Context, s *step, cohort id.Cohort, who id.Member, as roles.CohortRole) error {
	c, err := s.CohortLock(ctx, dbgen.CohortLockParams{FacilityID: s.actor.Facility, ID: cohort})
	if err != nil {
		return err
	}
	if c.ArchivedAt != nil {
		return errCohortArchived
	}
	already, err := cohortRole(ctx, s, cohort, who)
	if err != nil || already == as {
		return err
	}
	if as == roles.AsParticipant {
		taken, err := s.CohortParticipants(ctx, dbgen.CohortParticipantsParams{FacilityID: s.actor.Facility, CohortID: cohort})
		if err != nil {
			return err
		}
		if taken >= int64(c.Capacity) {
			return errCohortFull
		}
	}
	return s.CohortMemberPut(ctx, dbgen.CohortMemberPutParams{FacilityID: s.actor.Facility, CohortID: cohort, MemberID: who, JoinedOn: s.now, Role: string(as)})
}

// RemoveFromCohort takes a person out of a cohort. Whoever is staff of it is taken out by an admin, who
// alone can put them back, or leaves by themself.
func (a *App) RemoveFromCohort(ctx context.Context, cohort id.Cohort, who id.Member) error {
	relate := func(ctx context.Context, s *step) (roles.Relation, error) {
		stands, err := inCohort(cohort)(ctx, s)
		if err != nil || who == s.actor.Member {
			return stands, err
		}
		if role, err := cohortRole(ctx, s, cohort, who); err != nil || role == roles.AsStaff {
			return stands &^ roles.Staff, err
		}
		return stands, nil
	}
	return act(ctx, a, "removeFromCohort", relate, func(ctx context.Context, s *step) error {
		n, err := s.CohortMemberDelete(ctx, dbgen.CohortMemberDeleteParams{FacilityID: s.actor.Facility, CohortID: cohort, MemberID: who})
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.ErrNotFound
		}
		s.record("cohort.remove", "member", who.Bytes())
		s.then(func(ctx context.Context) { a.kick(ctx, s.actor.Facility, who) })
		return nil
	})
}
