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

// A consent is the participant's signature for one assignment: it makes sharing possible and shares
// nothing by itself. It can be revoked at any time, and expires at the end of its last day.

var (
	// errNoMentorYet: the mentor is only invited, so a consent has nobody to name.
	errNoMentorYet = fault.New(fault.Conflict, "consent.no_mentor", "Your mentor has not joined yet.")
	// Consents are never deleted, so their number has an end. Revoking has none.
	errConsents = fault.New(fault.Conflict, "consent.too_many", "You have signed as often as one can.").With("assignment", "was signed too often")
)

// SignConsent signs for one's own assignment. A new signature replaces the previous one, and open
// grants continue under it; grants that had expired stay closed. Faults: assignment.ended,
// consent.no_mentor, consent.too_many.
func (a *App) SignConsent(ctx context.Context, which id.Assignment, in wire.Sign) (wire.Created, error) {
	return do(ctx, a, "signConsent", toAssignment(which), func(ctx context.Context, s *step) (wire.Created, error) {
		if err := s.GrantsLock(ctx, id.UUIDs(s.actor.Member)); err != nil {
			return wire.Created{}, err
		}
		row, err := s.AssignmentGet(ctx, dbgen.AssignmentGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return wire.Created{}, err
		}
		if row.EndedAt != nil {
			return wire.Created{}, errAssignmentOver
		}
		if row.MentorID == nil {
			return wire.Created{}, errNoMentorYet
		}
		err = a.under(ctx, s, "consent", s.actor.Member, 1, errConsents, func(ctx context.Context, q *dbgen.Queries) (int64, error) {
			return q.ConsentCount(ctx, dbgen.ConsentCountParams{FacilityID: s.actor.Facility, SubjectID: s.actor.Member})
		})
		if err != nil {
			return wire.Created{}, err
		}
		zone, err := facilityZone(ctx, s)
		if err != nil {
			return wire.Created{}, err
		}
		me, fresh, until := s.actor.Member, id.New[id.Consent](), endOfDay(s.now.In(zone).AddDate(0, in.Months, 0))
		if err := s.ConsentReplace(ctx, dbgen.ConsentReplaceParams{At: &s.now, FacilityID: s.actor.Facility, AssignmentID: which, SubjectID: me}); err != nil {
			return wire.Created{}, err
		}
		err = s.ConsentPut(ctx, dbgen.ConsentPutParams{FacilityID: s.actor.Facility, ID: fresh, AssignmentID: which, SubjectID: me, RecipientID: *row.MentorID,
			What: "chosen_worksheets", Purpose: "step_nine_support", TextVersion: in.TextVersion, Language: in.Language, Method: "in_app", SignedAt: s.now, ExpiresAt: until})
		if err != nil {
			return wire.Created{}, err
		}
		err = s.GrantsCarry(ctx, dbgen.GrantsCarryParams{ConsentID: fresh, Until: until, FacilityID: s.actor.Facility, OwnerID: me, ReaderID: *row.MentorID, Now: s.now})
		s.record("consent.sign", "consent", fresh.Bytes())
		return wire.Created{ID: fresh.String()}, err
	})
}

// endOfDay returns the end of the day of t, in t's time zone.
func endOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
}

// RevokeConsent revokes a consent and closes every grant under it in the same transaction. What was
// read or kept before cannot be undone, and the page says so.
func (a *App) RevokeConsent(ctx context.Context, which id.Consent) error {
	relate := func(ctx context.Context, s *step) (roles.Relation, error) {
		row, err := s.ConsentGet(ctx, dbgen.ConsentGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return roles.None, err
		}
		if row.SubjectID != s.actor.Member {
			return roles.None, nil
		}
		return roles.Own, nil
	}
	return act(ctx, a, "revokeConsent", relate, func(ctx context.Context, s *step) error {
		if err := s.GrantsLock(ctx, id.UUIDs(s.actor.Member)); err != nil {
			return err
		}
		row, err := s.ConsentGet(ctx, dbgen.ConsentGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return err
		}
		n, err := s.ConsentRevoke(ctx, dbgen.ConsentRevokeParams{At: &s.now, FacilityID: s.actor.Facility, ID: which, SubjectID: s.actor.Member})
		if err != nil || n == 0 {
			return err
		}
		s.record("consent.revoke", "consent", which.Bytes())
		return a.closeBetween(ctx, s, s.actor.Member, row.RecipientID)
	})
}

// Consents lists every consent the person has signed.
func (a *App) Consents(ctx context.Context) (wire.Consents, error) {
	return do(ctx, a, "listConsents", myself, func(ctx context.Context, s *step) (wire.Consents, error) {
		rows, err := s.ConsentsOf(ctx, dbgen.ConsentsOfParams{FacilityID: s.actor.Facility, SubjectID: s.actor.Member})
		if err != nil {
			return wire.Consents{}, err
		}
		zone, err := facilityZone(ctx, s)
		if err != nil {
			return wire.Consents{}, err
		}
		out := wire.Consents{Consents: []wire.Consent{}}
		for _, r := range rows {
			out.Consents = append(out.Consents, consentOf(r, s.now, zone))
		}
		return out, nil
	})
}

func consentOf(r dbgen.ConsentsOfRow, now time.Time, zone *time.Location) wire.Consent {
	c := wire.Consent{ID: r.ID.String(), Recipient: r.RecipientName, TextVersion: r.TextVersion, Language: r.Language,
		SignedOn: day(r.SignedAt, zone), ExpiresOn: day(r.ExpiresAt.Add(-time.Second), zone), State: "open"}
	switch {
	case r.RevokedAt != nil:
		c.State, c.RevokedOn = "revoked", day(*r.RevokedAt, zone)
	case !now.Before(r.ExpiresAt):
		c.State = "expired"
	}
	return c
}
