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

// Members lists people: all for an admin, those who share a cohort for a counselor.
func (a *App) Members(ctx context.Context) (wire.Members, error) {
	return do(ctx, a, "listMembers", sharedCohorts, func(ctx context.Context, s *step) (wire.Members, error) {
		rows, err := s.MemberList(ctx, s.actor.Facility)
		if err != nil {
			return wire.Members{}, err
		}
		visible := func(dbgen.MemberListRow) bool { return true }
		if !s.has(roles.Admin) {
			mine := cohortsOf(rows, s.actor.Member)
			visible = func(r dbgen.MemberListRow) bool {
				return r.ID == s.actor.Member || overlap(mine, id.Each[id.Cohort](r.Cohorts))
			}
		}
		out := wire.Members{Members: []wire.Member{}}
		for _, r := range rows {
			if visible(r) {
				out.Members = append(out.Members, memberOf(r))
			}
		}
		return out, nil
	})
}

// sharedCohorts is the relation to the list itself: everybody may list their own cohorts, and the query
// returns only those.
func sharedCohorts(_ context.Context, s *step) (roles.Relation, error) {
	if s.has(roles.Admin) || s.has(roles.Counselor) {
		return roles.Cohort, nil
	}
	return roles.None, nil
}

func cohortsOf(rows []dbgen.MemberListRow, who id.Member) []id.Cohort {
	for _, r := range rows {
		if r.ID == who {
			return id.Each[id.Cohort](r.Cohorts)
		}
	}
	return nil
}

func overlap(a, b []id.Cohort) bool {
	return slices.ContainsFunc(a, func(x id.Cohort) bool { return slices.Contains(b, x) })
}

func memberOf(r dbgen.MemberListRow) wire.Member {
	m := wire.Member{ID: r.ID.String(), RoomName: r.RoomName, Roles: r.Roles, Cohorts: texts(r.Cohorts), Status: r.Status, JoinedOn: r.JoinedOn.Format(time.DateOnly)}
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
