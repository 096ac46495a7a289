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

// An assignment pairs a mentor with a participant. It grants no access by itself: that takes the
// participant's consent, the comparison of keys, and a grant for each page.

var (
	errNotParticipant = fault.New(fault.Conflict, "assignment.not_participant", "This person is not a participant here.").With("participant", "is not a participant")
	errNotMentor      = fault.New(fault.Conflict, "assignment.not_mentor", "This person is not a mentor here.").With("mentor", "is not a mentor")
	errAssigned       = fault.New(fault.Conflict, "assignment.exists", "These two are paired already.")
	errAssignments    = fault.New(fault.Conflict, "assignment.too_many", "This person had as many pairings as one can.").With("participant", "had too many pairings")
	errAssignmentOver = fault.New(fault.Conflict, "assignment.ended", "This pairing has ended.")
)

// toPerson is a counselor's relation to a participant: staff where they are staff of a cohort in which
// the other takes part. Being in a cohort together is none, and neither is being its staff together: a
// counselor who takes part in another group is a participant there, not here.
func toPerson(who id.Member) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		over, err := s.CohortsOver(ctx, dbgen.CohortsOverParams{FacilityID: s.actor.Facility, Me: s.actor.Member, Other: who, Role: string(roles.AsParticipant)})
		if err != nil || !over {
			return roles.None, err
		}
		return roles.Staff, nil
	}
}

// toAssignment is the relation to one assignment: own for its participant, assigned for its mentor,
// staff for a counselor of the participant.
func toAssignment(which id.Assignment) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		row, err := s.AssignmentGet(ctx, dbgen.AssignmentGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return roles.None, err
		}
		if row.ParticipantID == s.actor.Member {
			return roles.Own, nil
		}
		stands, err := toPerson(row.ParticipantID)(ctx, s)
		if row.MentorID != nil && *row.MentorID == s.actor.Member {
			stands |= roles.Assigned
		}
		return stands, err
	}
}

// Assign pairs a mentor, who may only be invited yet, with a participant. Faults:
// assignment.not_participant, assignment.not_mentor, assignment.exists, assignment.too_many, slip.unknown.
func (a *App) Assign(ctx context.Context, in wire.Assign) (wire.Created, error) {
	return do(ctx, a, "assign", toPerson(in.Participant), func(ctx context.Context, s *step) (wire.Created, error) {
		if err := holds(ctx, s, in.Participant, roles.Participant, errNotParticipant); err != nil {
			return wire.Created{}, err
		}
		fresh := id.New[id.Assignment]()
		row := dbgen.AssignmentPutParams{FacilityID: s.actor.Facility, ID: fresh, ParticipantID: in.Participant, CreatedBy: s.actor.Member, CreatedAt: s.now}
		if in.Invitation.IsZero() {
			if err := holds(ctx, s, in.Mentor, roles.Mentor, errNotMentor); err != nil {
				return wire.Created{}, err
			}
			row.MentorID = &in.Mentor
		} else {
			if err := invitesMentor(ctx, s, in.Invitation); err != nil {
				return wire.Created{}, err
			}
			row.InvitationID = &in.Invitation
		}
		err := a.under(ctx, s, "assignment", in.Participant, 1, errAssignments, func(ctx context.Context, q *dbgen.Queries) (int64, error) {
			return q.AssignmentCount(ctx, dbgen.AssignmentCountParams{FacilityID: s.actor.Facility, ParticipantID: in.Participant})
		})
		if err != nil {
			return wire.Created{}, err
		}
		if err := s.AssignmentPut(ctx, row); err != nil {
			if postgres.Doubled(err) {
				err = errAssigned.Because(err)
			}
			return wire.Created{}, err
		}
		s.record("assignment.create", "assignment", fresh.Bytes())
		return wire.Created{ID: fresh.String()}, nil
	})
}

// holds returns refusal unless the person is active and has the role.
func holds(ctx context.Context, s *step, who id.Member, role roles.Role, refusal *fault.Fault) error {
	m, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: who})
	if err != nil {
		return err
	}
	for _, held := range heldRoles(m.Roles) {
		if held == role && m.Status == "active" {
			return nil
		}
	}
	return refusal
}

func invitesMentor(ctx context.Context, s *step, which id.Invitation) error {
	slip, err := usableSlip(ctx, s, which)
	if err != nil {
		return err
	}
	for _, held := range heldRoles(slip.Roles) {
		if held == roles.Mentor {
			return nil
		}
	}
	return errNotMentor
}

// Assignments lists assignments: all for an admin, those of their cohorts for a counselor, their own
// for participants and mentors.
func (a *App) Assignments(ctx context.Context) (wire.Assignments, error) {
	everyOwn := func(context.Context, *step) (roles.Relation, error) {
		return roles.Own | roles.Assigned | roles.Staff, nil
	}
	return do(ctx, a, "listAssignments", everyOwn, func(ctx context.Context, s *step) (wire.Assignments, error) {
		staff := s.has(roles.Admin) || s.has(roles.Counselor)
		rows, err := s.AssignmentList(ctx, dbgen.AssignmentListParams{FacilityID: s.actor.Facility, Everybody: staff, Me: s.actor.Member})
		if err != nil {
			return wire.Assignments{}, err
		}
		zone, err := facilityZone(ctx, s)
		if err != nil {
			return wire.Assignments{}, err
		}
		if staff {
			s.record("assignment.list", "facility", s.actor.Facility.Bytes())
		}
		out := wire.Assignments{Assignments: []wire.Assignment{}}
		for _, r := range rows {
			if visible, err := seesAssignment(ctx, s, r); err != nil {
				return wire.Assignments{}, err
			} else if visible {
				out.Assignments = append(out.Assignments, assignmentOf(s, r, zone))
			}
		}
		return out, nil
	})
}

func seesAssignment(ctx context.Context, s *step, r dbgen.AssignmentListRow) (bool, error) {
	side := r.ParticipantID == s.actor.Member || r.MentorID != nil && *r.MentorID == s.actor.Member
	if side || s.has(roles.Admin) {
		return true, nil
	}
	stands, err := toPerson(r.ParticipantID)(ctx, s)
	return s.has(roles.Counselor) && stands&roles.Staff != 0, err
}

// assignmentOf is an assignment as the actor sees it. To a mentor who is not of the house it names nobody
// until a consent is in force: an assignment alone shows nothing.
func assignmentOf(s *step, r dbgen.AssignmentListRow, zone *time.Location) wire.Assignment {
	out := wire.Assignment{ID: r.ID.String(), Since: day(r.CreatedAt, zone)}
	if r.MentorID != nil {
		mentor := side(*r.MentorID, r.MentorName)
		mentor.Inside = r.MentorInside
		out.Mentor = &mentor
	} else {
		out.Invited = r.InvitedName
	}
	if r.EndedAt != nil {
		out.Ended = day(*r.EndedAt, zone)
	}
	if r.SignedAt != nil && r.ExpiresAt != nil {
		c := consentOf(dbgen.ConsentsOfRow{ID: r.ConsentID, SignedAt: *r.SignedAt, ExpiresAt: *r.ExpiresAt, RevokedAt: r.RevokedAt}, s.now, zone)
		out.Consent = &c
	}
	outside := r.MentorID != nil && *r.MentorID == s.actor.Member && !r.MentorInside
	if agreed := r.EndedAt == nil && out.Consent != nil && out.Consent.State == "open"; !outside || agreed {
		participant := side(r.ParticipantID, r.ParticipantName)
		out.Participant = &participant
	}
	return out
}

func side(who id.Member, name string) wire.Side {
	return wire.Side{Member: who.String(), Acct: acct(who), RoomName: name}
}

// facilityZone returns the time zone in which dates are shown.
func facilityZone(ctx context.Context, s *step) (*time.Location, error) {
	f, err := s.FacilityGet(ctx, s.actor.Facility)
	if err != nil {
		return nil, err
	}
	return time.LoadLocation(f.TimeZone)
}

func day(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }

// EndAssignment ends an assignment and closes its grants in the same transaction. Fault:
// assignment.ended.
func (a *App) EndAssignment(ctx context.Context, which id.Assignment) error {
	return act(ctx, a, "endAssignment", toAssignment(which), func(ctx context.Context, s *step) error {
		row, err := s.AssignmentGet(ctx, dbgen.AssignmentGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return err
		}
		if err := s.GrantsLock(ctx, id.UUIDs(row.ParticipantID)); err != nil {
			return err
		}
		n, err := s.AssignmentEnd(ctx, dbgen.AssignmentEndParams{At: &s.now, ByID: &s.actor.Member, FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return err
		}
		if n == 0 {
			return errAssignmentOver
		}
		s.record("assignment.end", "assignment", which.Bytes())
		if row.MentorID == nil {
			return nil
		}
		return a.closeBetween(ctx, s, row.ParticipantID, *row.MentorID)
	})
}

// closeBetween closes every grant of an owner to a reader, and notifies the reader's open pages.
func (a *App) closeBetween(ctx context.Context, s *step, owner, reader id.Member) error {
	_, err := s.GrantsCloseBetween(ctx, dbgen.GrantsCloseBetweenParams{At: &s.now, FacilityID: s.actor.Facility, OwnerID: owner, ReaderID: reader})
	s.then(func(ctx context.Context) { a.kick(ctx, s.actor.Facility, reader) })
	return err
}

// Bundle returns the public keys of the other person of an open assignment.
func (a *App) Bundle(ctx context.Context, who id.Member) (wire.Bundle, error) {
	between := func(ctx context.Context, s *step) (roles.Relation, error) {
		paired, err := s.AssignmentBetween(ctx, dbgen.AssignmentBetweenParams{FacilityID: s.actor.Facility, Me: s.actor.Member, Other: who})
		if err != nil || !paired {
			return roles.None, err
		}
		return roles.Own | roles.Assigned, nil
	}
	return do(ctx, a, "readBundle", between, func(ctx context.Context, s *step) (wire.Bundle, error) {
		bundle, err := s.BundleGet(ctx, dbgen.BundleGetParams{FacilityID: s.actor.Facility, MemberID: who})
		return wire.Bundle{Bundle: b64(bundle)}, err
	})
}
