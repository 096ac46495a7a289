package server_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/wire"
)

// Single cases of what relation_test.go walks at random.

// A person who was invited by a counselor may be put back by that counselor, as long as the counselor is
// staff of the cohort of the slip; a colleague has nothing to do with them, and neither has who is no
// staff there any more.
func TestASlipIsARelationToWhoJoinedByIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w := newWorld(t)
	admin, counselor := w.people["admin"], w.people["counselor"]
	var slips wire.NewSlips
	check(t, counselor.Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{"participant"}, Cohort: w.cohort, Count: 1, Language: "en", Days: 1}, &slips))
	w.join(ctx, t, "new", slips.Slips[0].Code)
	place := "/cohorts/" + w.cohort + "/members/" + w.people["new"].member
	put := func(who *person, role string) error {
		return who.Do(ctx, "PUT", place, wire.CohortRoleRequest{Role: role}, nil)
	}
	check(t, counselor.Do(ctx, "DELETE", place, nil, nil))
	refusedWith(t, put(w.people["counselor2"], ""), "access.refused")
	refusedWith(t, put(counselor, "mentor"), "access.refused")
	check(t, put(counselor, ""))
	check(t, counselor.Do(ctx, "DELETE", place, nil, nil))
	check(t, admin.Do(ctx, "DELETE", "/cohorts/"+w.cohort+"/members/"+counselor.member, nil, nil))
	refusedWith(t, put(counselor, ""), "access.refused")
	// Nobody is in a cohort as what they are not.
	refusedWith(t, put(admin, "staff"), "input.invalid")
	check(t, put(admin, "participant"))
}

// A counselor who takes part in a group is a participant there: not one who opens its room, sees its
// people or reads who came, even where they once led it.
func TestACounselorWhoTakesPartInAGroupIsNoStaffOfIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w := newWorld(t)
	admin, kofi := w.people["admin"], w.people["counselor2"]
	workshop := w.plan(ctx, t)
	screen := enter(ctx, t, kofi.Client, workshop)
	check(t, admin.Do(ctx, "PUT", "/members/"+kofi.member+"/roles", wire.MemberRolesRequest{Roles: []string{"counselor", "participant"}}, nil))
	check(t, admin.Do(ctx, "PUT", "/cohorts/"+w.cohort+"/members/"+kofi.member, wire.CohortRoleRequest{Role: "participant"}, nil))
	// The open screen asks nobody again before its next check: the command itself must be refused, where
	// the screen was not closed before.
	if command, err := screen.Do("open", "", -1); err == nil {
		_ = screen.Await(ctx, func(frames []client.Frame) bool {
			return slices.ContainsFunc(frames, func(f client.Frame) bool { return f.Ack == command || f.Error != nil && f.Error.ID == command })
		})
		if slices.ContainsFunc(screen.Frames(), func(f client.Frame) bool { return f.Ack == command }) {
			t.Error("who takes part in the group opened its room")
		}
	}
	refusedWith(t, kofi.Do(ctx, "GET", "/workshops/"+workshop+"/attendance", nil, nil), "thing.not_found")
	refusedWith(t, kofi.Do(ctx, "POST", "/workshops/"+workshop+"/stage-code", nil, nil), "thing.not_found")
	refusedWith(t, kofi.Do(ctx, "POST", "/workshops/"+workshop+"/cancel", nil, nil), "thing.not_found")
	var list wire.Workshops
	check(t, kofi.Do(ctx, "GET", "/workshops", nil, &list))
	if len(list.Workshops) != 1 || list.Workshops[0].Facilitates || list.Workshops[0].Manages {
		t.Errorf("what they are shown of it: %+v", list.Workshops)
	}
	var cohorts wire.Cohorts
	check(t, kofi.Do(ctx, "GET", "/cohorts", nil, &cohorts))
	if len(cohorts.Cohorts) != 1 || cohorts.Cohorts[0].Manages {
		t.Errorf("their cohorts: %+v", cohorts.Cohorts)
	}
	var people wire.Members
	check(t, kofi.Do(ctx, "GET", "/members", nil, &people))
	if len(people.Members) != 1 || people.Members[0].ID != kofi.member {
		t.Errorf("the people they are shown: %+v", people.Members)
	}
	// And an admin who plans with them does not make them staff of the group by the way.
	refusedWith(t, admin.Do(ctx, "POST", "/workshops", scheduleIn(w.cohort, kofi.member), nil), "input.invalid")
}

// What somebody is in a cohort is changed by an admin only, also where a counselor has to do with them in
// the other role elsewhere.
func TestStaffChangeNobodysRoleInACohort(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w := newWorld(t)
	admin, counselor, ana := w.people["admin"], w.people["counselor"], w.people["participant2"]
	var other wire.Created
	check(t, admin.Do(ctx, "POST", "/cohorts", cohortFacts(), &other))
	check(t, admin.Do(ctx, "PUT", "/members/"+ana.member+"/roles", wire.MemberRolesRequest{Roles: []string{"participant", "mentor"}}, nil))
	place := "/cohorts/" + other.ID + "/members/"
	check(t, admin.Do(ctx, "PUT", place+counselor.member, wire.CohortRoleRequest{}, nil))
	check(t, admin.Do(ctx, "PUT", place+ana.member, wire.CohortRoleRequest{Role: "mentor"}, nil))
	refusedWith(t, counselor.Do(ctx, "PUT", place+ana.member, wire.CohortRoleRequest{Role: "participant"}, nil), "access.refused")
	check(t, admin.Do(ctx, "PUT", place+ana.member, wire.CohortRoleRequest{Role: "participant"}, nil))
}
