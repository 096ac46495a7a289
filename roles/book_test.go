package roles

import "testing"

func open(t *testing.T) *Book {
	t.Helper()
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// For every role x permission of the policy x set of relations x {same tenant, other tenant, both
// empty}, the table answers as casbin does, and no access crosses tenants.
func TestTableEqualsCasbinAndNothingCrossesTenants(t *testing.T) {
	t.Parallel()
	b := open(t)
	rows, err := Policy()
	if err != nil {
		t.Fatal(err)
	}
	needs := map[Permission]bool{"thing.unknown": true}
	for _, r := range rows {
		needs[Permission(r.Object+"."+r.Action)] = true
	}
	tenants := []struct{ domain, object string }{{"a", "a"}, {"a", "b"}, {"", ""}, {"a", ""}, {"", "a"}}
	for _, role := range append(Members(), Guest, Operator, "nobody", "") {
		for need := range needs {
			for relation := None; relation < Staff<<1; relation++ {
				for _, tenant := range tenants {
					asked := Asked{Held: []Role{role}, Domain: tenant.domain, Object: tenant.object, Needs: need, Relation: relation}
					want, err := b.Allows(asked)
					if err != nil {
						t.Fatal(err)
					}
					if got := b.AllowsFast(asked); got != want {
						t.Fatalf("%+v: table says %v, casbin %v", asked, got, want)
					}
					if want && (tenant.domain != "a" || tenant.object != "a") {
						t.Fatalf("%+v allowed across tenants", asked)
					}
				}
			}
		}
	}
}

func TestNobodyButTheOwnerOrAReaderMayReadAWorksheet(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, role := range append(Members(), Guest, Operator) {
		for relation := None; relation < Staff<<1; relation++ {
			got := b.AllowsFast(Asked{Held: []Role{role}, Domain: "a", Object: "a", Needs: WorksheetRead, Relation: relation})
			want := role == Participant && relation&Own != 0 || role == Mentor && relation&Shared != 0
			if got != want {
				t.Errorf("%s with relation %b: %v, want %v", role, relation, got, want)
			}
		}
	}
}

func TestAdminHasNoRoomPermission(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, need := range []Permission{RoomOpen, RoomFacilitate, RoomEnd, RoomJoin} {
		if b.AllowsFast(Asked{Held: []Role{Admin}, Domain: "a", Object: "a", Needs: need, Relation: Own | Cohort | Assigned | Shared | Staff}) {
			t.Errorf("admin may %s", need)
		}
	}
}

func TestEachHeldRoleIsCheckedOnItsOwn(t *testing.T) {
	t.Parallel()
	b := open(t)
	both := Asked{Held: []Role{Mentor, Counselor}, Domain: "a", Object: "a", Needs: RoomOpen, Relation: Staff}
	if ok, err := b.Allows(both); err != nil || !ok {
		t.Fatalf("mentor and counselor may open a room: %v %v", ok, err)
	}
	both.Held = nil
	if ok, _ := b.Allows(both); ok {
		t.Fatal("a membership without roles was allowed")
	}
}

// A counselor who is only in a group, as a participant or a mentor is, has no right over anybody in it.
func TestBeingInACohortGivesACounselorNothingOverItsPeople(t *testing.T) {
	t.Parallel()
	rows, err := Policy()
	if err != nil {
		t.Fatal(err)
	}
	reading := map[Permission]bool{CohortRead: true, WorkshopRead: true}
	for _, r := range rows {
		need := Permission(r.Object + "." + r.Action)
		if r.Role == Counselor && r.Relation == "cohort" && !reading[need] {
			t.Errorf("a counselor may %s in a cohort that they are not staff of", need)
		}
	}
}

func TestTheNarrowestCohortRoleGivesNothingOverOthers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		held []Role
		want CohortRole
	}{
		{nil, AsParticipant},
		{[]Role{Counselor}, AsStaff},
		{[]Role{Counselor, Admin}, AsStaff},
		{[]Role{Counselor, Mentor}, AsMentor},
		{[]Role{Counselor, Participant, Mentor}, AsParticipant},
	} {
		if got := NarrowestCohortRole(row.held); got != row.want {
			t.Errorf("%v: %s, want %s", row.held, got, row.want)
		}
	}
}
