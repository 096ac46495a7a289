package app

import (
	"context"
	"slices"
	"time"

	"amends/roles"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// errLastAdmin prevents a facility from locking itself out.
var errLastAdmin = fault.New(fault.Conflict, "member.last_admin", "This is the last admin. Make another person admin first.")

// Members lists people: all for an admin, those of the cohorts that they are staff of for a counselor.
// Reading it is an entry of the audit log.
func (a *App) Members(ctx context.Context) (wire.Members, error) {
	return do(ctx, a, "listMembers", staffLists, func(ctx context.Context, s *step) (wire.Members, error) {
		rows, err := s.MemberList(ctx, s.actor.Facility)
		if err != nil {
			return wire.Members{}, err
		}
		s.record("member.list", "facility", s.actor.Facility.Bytes())
		mine := staffedBy(rows, s.actor.Member)
		shown := func(c wire.InCohort) bool { return s.has(roles.Admin) || slices.Contains(mine, c.ID) }
		out := wire.Members{Members: []wire.Member{}}
		for _, r := range rows {
			m := memberOf(r)
			// What else a person takes part in is not the business of this cohort's staff.
			if r.ID != s.actor.Member {
				m.Cohorts = slices.DeleteFunc(m.Cohorts, func(c wire.InCohort) bool { return !shown(c) })
			}
			if s.has(roles.Admin) || r.ID == s.actor.Member || len(m.Cohorts) > 0 {
				out.Members = append(out.Members, m)
			}
		}
		return out, nil
	})
}

// staffLists is the relation to a list itself: every counselor may ask for it, and the use case returns
// only what belongs to the cohorts that they are staff of.
func staffLists(_ context.Context, s *step) (roles.Relation, error) {
	if s.has(roles.Admin) || s.has(roles.Counselor) {
		return roles.Staff, nil
	}
	return roles.None, nil
}

// staffedBy are the cohorts of which a person is staff.
func staffedBy(rows []dbgen.MemberListRow, who id.Member) (all []string) {
	for _, r := range rows {
		if r.ID != who {
			continue
		}
		for _, c := range memberOf(r).Cohorts {
			if c.Role == string(roles.AsStaff) {
				all = append(all, c.ID)
			}
		}
	}
	return all
}

func memberOf(r dbgen.MemberListRow) wire.Member {
	m := wire.Member{ID: r.ID.String(), RoomName: r.RoomName, Roles: r.Roles, Cohorts: []wire.InCohort{}, Status: r.Status, JoinedOn: r.JoinedOn.Format(time.DateOnly)}
	for i, c := range r.Cohorts {
		m.Cohorts = append(m.Cohorts, wire.InCohort{ID: c.String(), Role: r.CohortRoles[i]})
	}
	if r.LastHere.Year() > 1970 {
		m.LastHere = r.LastHere.UTC().Format(time.DateOnly)
	}
	return m
}

func texts[T interface{ String() string }](ids []T) []string {
	out := make([]string, len(ids))
	for i, x := range ids {
		out[i] = x.String()
	}
	return out
}

// SetMemberStatus suspends a person or restores them. A suspended person is signed out everywhere at
// once. Fault: member.last_admin.
func (a *App) SetMemberStatus(ctx context.Context, who id.Member, status string) error {
	return act(ctx, a, "setMemberStatus", inFacility, func(ctx context.Context, s *step) error {
		key := dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: who}
		m, err := s.MemberGet(ctx, key)
		if err != nil {
			return err
		}
		if m.Status == status {
			return nil
		}
		// Who is let back in has their rights over others again. Suspending never waits for a password.
		if err := s.mustProve(status != "suspended" && slices.ContainsFunc(heldRoles(m.Roles), overOthers)); err != nil {
			return err
		}
		if _, err := s.MemberStatusSet(ctx, dbgen.MemberStatusSetParams{Status: status, FacilityID: s.actor.Facility, ID: who}); err != nil {
			return err
		}
		if err := keepAnAdmin(ctx, s); err != nil {
			return err
		}
		s.record("member."+status, "member", who.Bytes())
		if status != "suspended" {
			return nil
		}
		if err := a.closeGrantsOf(ctx, s, who); err != nil {
			return err
		}
		return a.endSignins(ctx, s, who)
	})
}

// closeGrantsOf closes every grant to and from a person. When they are restored they can share again;
// nothing reopens by itself.
func (a *App) closeGrantsOf(ctx context.Context, s *step, who id.Member) error {
	if err := s.GrantsLock(ctx, id.UUIDs(who)); err != nil {
		return err
	}
	readers, err := s.GrantsCloseOfMember(ctx, dbgen.GrantsCloseOfMemberParams{At: &s.now, FacilityID: s.actor.Facility, MemberID: who})
	if err != nil {
		return err
	}
	for _, r := range readers {
		s.then(func(ctx context.Context) { a.kick(ctx, s.actor.Facility, r) })
	}
	return nil
}

// closeGrantsTo closes the grants to a person who stops being a mentor.
func (a *App) closeGrantsTo(ctx context.Context, s *step, reader id.Member) error {
	if err := s.GrantsLock(ctx, id.UUIDs(reader)); err != nil {
		return err
	}
	return s.GrantsCloseTo(ctx, dbgen.GrantsCloseToParams{At: &s.now, FacilityID: s.actor.Facility, ReaderID: reader})
}

// SetMemberRoles replaces a person's roles. Fault: member.last_admin.
func (a *App) SetMemberRoles(ctx context.Context, who id.Member, held []roles.Role) error {
	return act(ctx, a, "setMemberRoles", inFacility, func(ctx context.Context, s *step) error {
		if _, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: who}); err != nil {
			return err
		}
		if err := s.MemberRoleClear(ctx, dbgen.MemberRoleClearParams{FacilityID: s.actor.Facility, MemberID: who}); err != nil {
			return err
		}
		for _, r := range held {
			if err := s.MemberRolePut(ctx, dbgen.MemberRolePutParams{FacilityID: s.actor.Facility, MemberID: who, Role: string(r)}); err != nil {
				return err
			}
		}
		if err := keepAnAdmin(ctx, s); err != nil {
			return err
		}
		if !slices.Contains(held, roles.Mentor) {
			if err := a.closeGrantsTo(ctx, s, who); err != nil {
				return err
			}
		}
		s.record("member.roles", "member", who.Bytes())
		s.then(func(ctx context.Context) { a.kick(ctx, s.actor.Facility, who) })
		return nil
	})
}

func keepAnAdmin(ctx context.Context, s *step) error {
	admins, err := s.MemberAdmins(ctx, s.actor.Facility)
	if err != nil {
		return err
	}
	if admins == 0 {
		return errLastAdmin
	}
	return nil
}
