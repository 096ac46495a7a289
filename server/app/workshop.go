package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"amends/roles"
	"amends/server/account"
	"amends/server/agenda"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

var (
	errCounselors = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("lead", "is not a counselor here")
	errNotStaff   = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("lead", "is not staff of this cohort")
	errUnderWay   = fault.New(fault.Conflict, "workshop.under_way", "This workshop has been opened already.")
	errWorkshops  = fault.New(fault.Conflict, "workshop.too_many", "There are as many workshops ahead as there can be.").With("starts", "is of one workshop too many")
	errStartsTime = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("starts", "does not exist on that day in this time zone")
)

// roomCodeLength is six letters: 30 bits.
const roomCodeLength = 6

// Kinds of workshops. An open meeting has no cohort: the whole facility may come, and guests too.
const (
	kindGroup = "group"
	kindOpen  = "open"
)

// toWorkshop is the relation to one workshop, through its cohort. Everybody may come to an open meeting,
// and its facilitators are its staff. An actor bound to one workshop has it to that one only.
func toWorkshop(workshop id.Workshop) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		if bound := s.actor.Workshop; !bound.IsZero() && bound != workshop {
			return roles.None, fault.ErrNotFound
		}
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: s.actor.Facility, ID: workshop})
		switch {
		case err != nil:
			return roles.None, err
		case !s.actor.Workshop.IsZero():
			return roles.Own, nil
		case w.Kind == kindOpen:
			return toOpen(ctx, s, workshop)
		}
		return inCohort(w.CohortID)(ctx, s)
	}
}

// toOpen is the relation to an open meeting.
func toOpen(ctx context.Context, s *step, workshop id.Workshop) (roles.Relation, error) {
	facilitates, err := isFacilitator(ctx, s, workshop)
	if err != nil || !facilitates {
		return roles.Cohort, err
	}
	return roles.Cohort | roles.Staff, nil
}

// isFacilitator reports whether the actor is the workshop's counselor or a named co-counselor.
func isFacilitator(ctx context.Context, s *step, workshop id.Workshop) (bool, error) {
	all, err := s.WorkshopFacilitators(ctx, dbgen.WorkshopFacilitatorsParams{FacilityID: s.actor.Facility, WorkshopID: workshop})
	return slices.ContainsFunc(all, func(f dbgen.WorkshopFacilitatorsRow) bool { return f.MemberID == s.actor.Member }), err
}

// Workshops lists workshops by start: all for an admin, those of their own cohorts for everybody else.
// A missing start of the period is a day ago, a missing end 90 days ahead.
func (a *App) Workshops(ctx context.Context, in wire.Times) (wire.Workshops, error) {
	if in.Since.IsZero() {
		in.Since = a.now().Add(-24 * time.Hour)
	}
	if in.Until.IsZero() {
		in.Until = a.now().Add(90 * 24 * time.Hour)
	}
	ownOnes := func(context.Context, *step) (roles.Relation, error) { return roles.Cohort, nil }
	return do(ctx, a, "listWorkshops", ownOnes, func(ctx context.Context, s *step) (wire.Workshops, error) {
		list, err := workshops(ctx, s, in.Since, in.Until)
		return wire.Workshops{Workshops: list}, err
	})
}

func workshops(ctx context.Context, s *step, since, until time.Time) ([]wire.Workshop, error) {
	rows, err := s.WorkshopList(ctx, dbgen.WorkshopListParams{FacilityID: s.actor.Facility, Since: since, Until: until, Everyone: s.has(roles.Admin), MemberID: s.actor.Member})
	if err != nil {
		return nil, err
	}
	out := []wire.Workshop{}
	for _, r := range rows {
		w, err := workshopOf(s, r)
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func workshopOf(s *step, r dbgen.WorkshopListRow) (wire.Workshop, error) {
	var segments []agenda.Segment
	if err := json.Unmarshal(r.Segments, &segments); err != nil {
		return wire.Workshop{}, fmt.Errorf("read the agenda of workshop %s: %w", r.ID, err)
	}
	state := r.RoomState
	if r.CancelledAt != nil {
		state = "cancelled"
	}
	named := slices.Contains(id.Each[id.Member](r.Facilitators), s.actor.Member)
	facilitates := named && s.has(roles.Counselor) && (r.Staff || r.Kind == kindOpen)
	manages := facilitates || s.has(roles.Admin) || s.has(roles.Counselor) && r.Staff
	return wire.Workshop{ID: r.ID.String(), Title: r.Title, Kind: r.Kind, Cohort: r.CohortID.String(), CohortName: r.CohortName, StartsAt: r.StartsAt.UnixMilli(),
		LocalStart: r.LocalStart, TimeZone: r.TimeZone, Minutes: agenda.Minutes(segments), Capacity: int(r.Capacity), Language: r.Language,
		Agenda: r.AgendaKey, Lead: r.LeadID.String(), LeadName: r.LeadName, Facilitators: texts(r.Facilitators), State: state,
		Facilitates: facilitates, Manages: manages}, nil
}

// Workshop returns one workshop.
func (a *App) Workshop(ctx context.Context, which id.Workshop) (wire.Workshop, error) {
	return do(ctx, a, "readWorkshop", toWorkshop(which), func(ctx context.Context, s *step) (wire.Workshop, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return wire.Workshop{}, err
		}
		list, err := workshops(ctx, s, w.StartsAt, w.StartsAt.Add(time.Microsecond))
		if err != nil {
			return wire.Workshop{}, err
		}
		for _, row := range list {
			if row.ID == which.String() {
				return row, nil
			}
		}
		return wire.Workshop{}, fault.ErrNotFound
	})
}

// Schedule schedules a workshop of a cohort, or an open meeting of the facility, with its own copy of
// an agenda. The lead and the co-counselors must be staff of the cohort; where an admin schedules, they
// become that. Faults: input.invalid naming agenda, lead or starts; cohort.archived,
// workshop.too_many.
func (a *App) Schedule(ctx context.Context, in wire.Schedule) (wire.Created, error) {
	relate := inCohort(in.Cohort)
	if in.Kind == kindOpen {
		relate = func(context.Context, *step) (roles.Relation, error) { return roles.Staff, nil }
	}
	return do(ctx, a, "scheduleWorkshop", relate, func(ctx context.Context, s *step) (wire.Created, error) {
		plan, err := a.plannedFrom(ctx, s, in.Agenda, in.Language)
		if err != nil {
			return wire.Created{}, err
		}
		starts, zone, err := startOf(ctx, s, in.Starts)
		if err != nil {
			return wire.Created{}, err
		}
		facilitators := append([]id.Member{in.Lead}, in.Counselors...)
		if err := counselorsOf(ctx, s, in.Cohort, facilitators); err != nil {
			return wire.Created{}, err
		}
		segments, err := json.Marshal(plan)
		if err != nil {
			return wire.Created{}, fmt.Errorf("copy agenda %s: %w", in.Agenda, err)
		}
		fresh := id.New[id.Workshop]()
		code, err := a.takeRoomCode(ctx, s, fresh)
		if err != nil {
			return wire.Created{}, err
		}
		row := dbgen.WorkshopPutParams{FacilityID: s.actor.Facility, ID: fresh, CohortID: in.Cohort, Title: in.Title, StartsAt: starts, LocalStart: in.Starts,
			TimeZone: zone, Capacity: int16(in.Capacity), Language: in.Language, AgendaKey: in.Agenda, Segments: segments, LeadID: in.Lead, RoomCode: code, CreatedAt: s.now, Kind: in.Kind}
		if err := a.roomForWorkshop(ctx, s); err != nil {
			return wire.Created{}, err
		}
		if err := s.WorkshopPut(ctx, row); err != nil {
			return wire.Created{}, err
		}
		for _, f := range facilitators {
			if err := s.WorkshopFacilitatorPut(ctx, dbgen.WorkshopFacilitatorPutParams{FacilityID: s.actor.Facility, WorkshopID: fresh, MemberID: f}); err != nil {
				return wire.Created{}, err
			}
		}
		s.record("workshop.schedule", "workshop", fresh.Bytes())
		return wire.Created{ID: fresh.String()}, nil
	})
}

// lately is how long a planned workshop counts, wherever in the past it was planned to be.
const lately = 30 * 24 * time.Hour

// roomForWorkshop counts the workshops ahead, and those planned lately. Fault: workshop.too_many.
func (a *App) roomForWorkshop(ctx context.Context, s *step) error {
	return a.under(ctx, s, "workshop", s.actor.Facility, 1, errWorkshops, func(ctx context.Context, q *dbgen.Queries) (int64, error) {
		return q.WorkshopCount(ctx, dbgen.WorkshopCountParams{FacilityID: s.actor.Facility, Now: s.now, Since: s.now.Add(-lately)})
	})
}

// startOf converts a local time to an instant in the facility's time zone. A time that daylight saving
// skips is refused.
func startOf(ctx context.Context, s *step, local string) (time.Time, string, error) {
	f, err := s.FacilityGet(ctx, s.actor.Facility)
	if err != nil {
		return time.Time{}, "", err
	}
	zone, err := time.LoadLocation(f.TimeZone)
	if err != nil {
		return time.Time{}, "", fmt.Errorf("load the facility's time zone: %w", err)
	}
	starts, err := time.ParseInLocation(wire.LocalTime, local, zone)
	if err != nil || starts.Format(wire.LocalTime) != local {
		return time.Time{}, "", errStartsTime
	}
	return starts, f.TimeZone, nil
}

// counselorsOf checks that every facilitator is an active counselor and staff of the cohort. An admin's
// choice makes somebody staff who is not in the cohort yet; nobody else's does, because that is a right
// over its people. Whoever is in the cohort as a participant or mentor stays that. An open meeting has no
// cohort.
func counselorsOf(ctx context.Context, s *step, cohort id.Cohort, people []id.Member) error {
	for _, who := range people {
		m, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: who})
		if err != nil || m.Status != "active" || !slices.Contains(m.Roles, string(roles.Counselor)) {
			return errCounselors.Because(err)
		}
		if cohort.IsZero() {
			continue
		}
		as, err := cohortRole(ctx, s, cohort, who)
		if err != nil {
			return err
		}
		if as != roles.AsStaff && (as != "" || !s.has(roles.Admin)) {
			return errNotStaff
		}
		if err := joinCohort(ctx, s, cohort, who, roles.AsStaff); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) takeRoomCode(ctx context.Context, s *step, w id.Workshop) (string, error) {
	for {
		code, err := account.NewCode(a.random, roomCodeLength)
		if err != nil {
			return "", err
		}
		if ok, err := s.RoomCodePut(ctx, code, s.actor.Facility, w); ok || err != nil {
			return code, err
		}
	}
}

// CancelWorkshop cancels a workshop whose room was not opened. Fault: workshop.under_way.
func (a *App) CancelWorkshop(ctx context.Context, which id.Workshop) error {
	return act(ctx, a, "cancelWorkshop", toWorkshop(which), func(ctx context.Context, s *step) error {
		n, err := s.WorkshopCancel(ctx, dbgen.WorkshopCancelParams{At: &s.now, FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return err
		}
		if n == 0 {
			return errUnderWay
		}
		s.record("workshop.cancel", "workshop", which.Bytes())
		return nil
	})
}

// RoomCode finds the workshop of a room code, for a person who may join it.
func (a *App) RoomCode(ctx context.Context, code string) (wire.RoomCode, error) {
	facility, which, err := a.db.WorkshopOfCode(ctx, code)
	if err != nil {
		return wire.RoomCode{}, err
	}
	relate := func(ctx context.Context, s *step) (roles.Relation, error) {
		if facility != s.actor.Facility {
			return roles.None, fault.ErrNotFound
		}
		return toWorkshop(which)(ctx, s)
	}
	return do(ctx, a, "readRoomCode", relate, func(context.Context, *step) (wire.RoomCode, error) {
		return wire.RoomCode{Workshop: which.String()}, nil
	})
}
