package app

import (
	"context"
	"time"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

var (
	errCohortFull     = fault.New(fault.Conflict, "cohort.full", "This cohort is full.").With("cohort", "has no free seat")
	errCohorts        = fault.New(fault.Conflict, "cohort.too_many", "There are as many cohorts as there can be.").With("name", "is of one cohort too many")
	errCohortArchived = fault.New(fault.Conflict, "cohort.archived", "This cohort is archived.")
)

// inCohort is the relation to one cohort: cohort for its members.
func inCohort(cohort id.Cohort) standing {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		if _, err := s.CohortGet(ctx, dbgen.CohortGetParams{FacilityID: s.actor.Facility, ID: cohort}); err != nil {
			return roles.None, err
		}
		belongs, err := s.CohortMemberIs(ctx, dbgen.CohortMemberIsParams{FacilityID: s.actor.Facility, CohortID: cohort, MemberID: s.actor.Member})
		if err != nil || !belongs {
			return roles.None, err
		}
		return roles.Cohort, nil
	}
}

// Cohorts lists cohorts: all for an admin, their own for everybody else.
func (a *App) Cohorts(ctx context.Context) (wire.Cohorts, error) {
	everyOwn := func(context.Context, *step) (roles.Relation, error) { return roles.Cohort, nil }
	return do(ctx, a, "listCohorts", everyOwn, func(ctx context.Context, s *step) (wire.Cohorts, error) {
		rows, err := s.CohortList(ctx, s.actor.Facility)
		if err != nil {
			return wire.Cohorts{}, err
		}
		out := wire.Cohorts{Cohorts: []wire.Cohort{}}
		for _, r := range rows {
			if !s.has(roles.Admin) {
				mine, err := s.CohortMemberIs(ctx, dbgen.CohortMemberIsParams{FacilityID: s.actor.Facility, CohortID: r.ID, MemberID: s.actor.Member})
				if err != nil {
					return wire.Cohorts{}, err
				}
				if !mine {
					continue
				}
			}
			out.Cohorts = append(out.Cohorts, wire.Cohort{ID: r.ID.String(), Name: r.Name, StartsOn: r.StartsOn.Format(time.DateOnly),
				EndsOn: r.EndsOn.Format(time.DateOnly), Capacity: int(r.Capacity), Participants: int(r.Participants), Archived: r.ArchivedAt != nil})
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

// AddToCohort adds a person to a cohort. Faults: cohort.full, cohort.archived.
func (a *App) AddToCohort(ctx context.Context, cohort id.Cohort, who id.Member) error {
	return act(ctx, a, "addToCohort", inCohort(cohort), func(ctx context.Context, s *step) error {
		m, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: who})
		if err != nil {
			return err
		}
		if err := joinCohort(ctx, s, cohort, who, heldRoles(m.Roles)); err != nil {
			return err
		}
		s.record("cohort.add", "member", who.Bytes())
		return nil
	})
}

// joinCohort adds a person within the cohort's size; only participants count.
func joinCohort(ctx context.Context, s *step, cohort id.Cohort, who id.Member, held []roles.Role) error {
	c, err := s.CohortLock(ctx, dbgen.CohortLockParams{FacilityID: s.actor.Facility, ID: cohort})
	if err != nil {
		return err
	}
	if c.ArchivedAt != nil {
		return errCohortArchived
	}
	already, err := s.CohortMemberIs(ctx, dbgen.CohortMemberIsParams{FacilityID: s.actor.Facility, CohortID: cohort, MemberID: who})
	if err != nil || already {
		return err
	}
	for _, r := range held {
		if r != roles.Participant {
			continue
		}
		taken, err := s.CohortParticipants(ctx, dbgen.CohortParticipantsParams{FacilityID: s.actor.Facility, CohortID: cohort})
		if err != nil {
			return err
		}
		if taken >= int64(c.Capacity) {
			return errCohortFull
		}
	}
	return s.CohortMemberPut(ctx, dbgen.CohortMemberPutParams{FacilityID: s.actor.Facility, CohortID: cohort, MemberID: who, JoinedOn: s.now})
}

// RemoveFromCohort removes a person from a cohort.
func (a *App) RemoveFromCohort(ctx context.Context, cohort id.Cohort, who id.Member) error {
	return act(ctx, a, "removeFromCohort", inCohort(cohort), func(ctx context.Context, s *step) error {
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
