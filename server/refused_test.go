package server_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// verified recomputes the audit log of the first facility.
func (w *world) verified(ctx context.Context, t *testing.T) {
	t.Helper()
	facility := w.facility(ctx, t)
	if report, err := w.app.VerifyAudit(ctx, facility, nil); err != nil || report.Entries == 0 {
		t.Errorf("the audit log does not verify after %d entries: %v", report.Entries, err)
	}
}

// facility is the first facility's id.
func (w *world) facility(ctx context.Context, t *testing.T) id.Facility {
	t.Helper()
	var text string
	check(t, w.db.Conn(t, "postgres").QueryRow(ctx, "select facility_id::text from member where id = $1", w.people["admin"].member).Scan(&text))
	facility, err := id.Parse[id.Facility](text)
	check(t, err)
	return facility
}

// A failed sign-in is an entry of the person whose name was tried, and says neither the name nor who
// tried. A name that nobody has makes no entry.
func TestFailedSigninsAreInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super := w.db.Conn(t, "postgres")
	const failed = `select count(*) from audit_entry where action = 'signin.refused'`
	const ofSam = failed + ` and actor_kind = 'system' and actor_id is null and object_kind = 'member' and object_id = $1 and outcome = 'refused' and request_id is not null`
	try := func(handle, apw string) {
		t.Helper()
		refusedWith(t, w.people["other mentor"].Do(ctx, "POST", "/auth/login", wire.LoginRequest{Handle: handle, Apw: apw}, nil), "signin.refused")
	}
	sam := w.people["participant"]
	try("nobody-has-this", key())
	for n := range 2 {
		try(sam.account.Handle, key())
		check(t, eventually(ctx, func() bool { return number(ctx, t, super, ofSam, sam.member) == n+1 }))
	}
	// The right password of a suspended person fails like a wrong one.
	check(t, w.people["admin"].Do(ctx, "PUT", "/members/"+sam.member+"/status", wire.MemberStatusRequest{Status: "suspended"}, nil))
	refusedWith(t, sam.LogIn(ctx, sam.account.Handle, password), "signin.refused")
	check(t, eventually(ctx, func() bool { return number(ctx, t, super, ofSam, sam.member) == 3 }))
	if n := number(ctx, t, super, failed); n != 3 {
		t.Errorf("%d entries, want those of the three tries at a name that exists", n)
	}
	if n := number(ctx, t, super, `select count(*) from audit_entry e where e::text ilike '%' || $1 || '%'`, sam.account.Handle); n != 0 {
		t.Errorf("%d entries hold the name", n)
	}
	w.verified(ctx, t)
}

// What a signed-in person is refused is an entry: of them, one a minute for each use case, also where
// the answer hides that there is something to refuse.
func TestRefusalsOfSignedInPeopleAreInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super, sam, ana := w.db.Conn(t, "postgres"), w.people["participant"], w.people["participant2"]
	workshop := w.plan(ctx, t)
	// Entering a room asks what one is there; that is no refusal.
	room := enter(ctx, t, sam.Client, workshop)
	const refused = `select count(*) from audit_entry where outcome = 'refused'`
	if n := number(ctx, t, super, refused); n != 0 {
		t.Fatalf("%d refusals of somebody who was let in", n)
	}
	var flood sync.WaitGroup
	for range 20 {
		flood.Go(func() {
			if err := sam.Do(ctx, "GET", "/members", nil, nil); err == nil {
				t.Error("a participant listed the people")
			}
		})
	}
	flood.Wait()
	refusedWith(t, sam.Do(ctx, "POST", "/workshops/"+workshop+"/cancel", nil, nil), "thing.not_found")
	refusedWith(t, sam.Do(ctx, "GET", "/notes/"+workshop, nil, nil), "thing.not_found")
	refusedWith(t, ana.Do(ctx, "GET", "/members", nil, nil), "access.refused")
	for range 5 {
		if code := do(ctx, t, room, "end", "", -1); code != "access.refused" {
			t.Errorf("a participant ends the meeting: %q", code)
		}
	}
	const of = refused + ` and actor_kind = 'member' and actor_id = $1 and action = $2 and object_kind = 'use_case' and object_id is null`
	// What a room refuses is written behind its answer.
	check(t, eventually(ctx, func() bool { return number(ctx, t, super, of, sam.member, "commandRoom") > 0 }))
	for _, row := range []struct{ who, use string }{{sam.member, "listMembers"}, {sam.member, "cancelWorkshop"}, {sam.member, "readNote"}, {sam.member, "commandRoom"}, {ana.member, "listMembers"}} {
		if n := number(ctx, t, super, of, row.who, row.use); n != 1 {
			t.Errorf("%d entries of %s", n, row.use)
		}
	}
	if n := number(ctx, t, super, refused); n != 5 {
		t.Errorf("%d entries of refusals, want 5", n)
	}
	w.verified(ctx, t)
}

// Who reads the lists of people, the pairings of others or who came is in the log; who reads what is
// their own is not.
func TestReadingListsOfPeopleIsInTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	super, counselor, sam := w.db.Conn(t, "postgres"), w.people["counselor"], w.people["participant"]
	workshop := w.plan(ctx, t)
	before := number(ctx, t, super, `select count(*) from audit_entry`)
	for _, path := range []string{"/members", "/assignments", "/workshops/" + workshop + "/attendance"} {
		check(t, counselor.Do(ctx, "GET", path, nil, nil))
	}
	const of = `select count(*) from audit_entry where actor_id = $1 and action = $2 and outcome = 'done'`
	for _, action := range []string{"member.list", "assignment.list", "attendance.read"} {
		if n := number(ctx, t, super, of, counselor.member, action); n != 1 {
			t.Errorf("%d entries of %s", n, action)
		}
	}
	if n := number(ctx, t, super, `select count(*) from audit_entry where action = 'attendance.read' and object_kind = 'workshop' and object_id = $1`, workshop); n != 1 {
		t.Error("the entry does not say whose attendance was read")
	}
	for _, path := range []string{"/assignments", "/attendance", "/workshops", "/cohorts"} {
		check(t, sam.Do(ctx, "GET", path, nil, nil))
	}
	if n := number(ctx, t, super, `select count(*) from audit_entry`); n != before+3 {
		t.Errorf("%d entries were added, want 3", n-before)
	}
	w.verified(ctx, t)
}
