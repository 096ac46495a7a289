package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

func answeredWith(t *testing.T, err error, code, what string) {
	t.Helper()
	var refused *client.Refused
	if !errors.As(err, &refused) || refused.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// A workshop's attendance from joining to a confirmed and a corrected time.
func TestAttendanceIsConfirmedAndCorrectedAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, dana, sam, _ := w.started(ctx, t, "step9-60")
	counselor, member, member2 := w.people["counselor"].Client, w.people["participant"].member, w.people["participant2"].member
	path := "/workshops/" + workshop + "/attendance"
	confirm := wire.ConfirmRequest{Members: []string{member, member2, member}}
	correct := func(c *client.Client, minutes int, replaces string) (wire.Created, error) {
		var made wire.Created
		err := c.Do(ctx, "POST", path+"/"+member+"/correct", wire.CorrectRequest{Minutes: minutes, Reason: "phone_stayed", Replaces: replaces}, &made)
		return made, err
	}
	answeredWith(t, counselor.Do(ctx, "POST", path+"/confirm", confirm, nil), "attendance.not_over", "confirmed before the end")
	_, err := correct(counselor, 5, "")
	answeredWith(t, err, "attendance.not_over", "corrected before the end")

	super := w.db.Conn(t, "postgres")
	_, err = super.Exec(ctx, "update attendance_interval set joined_at = now() - interval '40 minutes'")
	check(t, err)
	// Reconnecting from another device continues the same stay.
	sam.Close()
	enter(ctx, t, w.people["participant"].Client, workshop)
	do(ctx, t, dana, "end", "", -1)
	if n := number(ctx, t, super, "select count(*) from attendance_interval where left_at is null"); n != 0 {
		t.Errorf("%d intervals are open after the end", n)
	}
	if n := number(ctx, t, super, "select count(*) from attendance_interval"); n != 2 {
		t.Errorf("two people have %d intervals", n)
	}

	read := func() map[string]wire.AttendanceRow {
		t.Helper()
		var sheet wire.AttendanceSheet
		check(t, counselor.Do(ctx, "GET", path, nil, &sheet))
		if !sheet.Ended {
			t.Error("the sheet says that the workshop goes on")
		}
		rows := map[string]wire.AttendanceRow{}
		for _, r := range sheet.Rows {
			rows[r.Member] = r
		}
		return rows
	}
	rows := read()
	if r := rows[member]; len(rows) != 2 || r.Minutes != 40 || len(r.Times) != 1 || r.Times[0].To == 0 || r.Record != nil || r.Name != "Room participant" {
		t.Errorf("before: %+v", rows)
	}
	answeredWith(t, counselor.Do(ctx, "POST", path+"/confirm", wire.ConfirmRequest{Members: []string{id.New[id.Member]().String()}}, nil), "room.no_such", "a person who was not there")
	for _, who := range []string{"participant", "mentor", "admin", "other counselor", "other admin"} {
		if err := w.people[who].Do(ctx, "POST", path+"/confirm", confirm, nil); err == nil {
			t.Errorf("%s confirmed", who)
		}
	}
	for _, who := range []string{"participant", "mentor", "other counselor", "other admin"} {
		if _, err := correct(w.people[who].Client, 5, ""); err == nil {
			t.Errorf("%s corrected", who)
		}
		if err := w.people[who].Do(ctx, "GET", path, nil, nil); err == nil {
			t.Errorf("%s read the sheet", who)
		}
	}
	for range 2 {
		check(t, counselor.Do(ctx, "POST", path+"/confirm", confirm, nil))
	}
	rows = read()
	first := rows[member].Record
	if first == nil || first.Minutes != 40 || first.Reason != "" || first.By != "Room counselor" || rows[member2].Record == nil {
		t.Fatalf("after the confirmation: %+v", rows)
	}
	if n := number(ctx, t, super, "select count(*) from audit_entry where action = 'attendance.confirm'"); n != 1 {
		t.Errorf("confirming twice is %d entries in the audit log", n)
	}

	// A correction voids the record it was based on and writes a new one; a correction based on an
	// older record gets a conflict.
	_, err = correct(counselor, 25, "")
	answeredWith(t, err, "attendance.moved_on", "corrected without having seen the record")
	made, err := correct(counselor, 25, first.ID)
	check(t, err)
	_, err = correct(w.people["counselor2"].Client, 30, first.ID)
	answeredWith(t, err, "attendance.moved_on", "corrected what is void")
	again, err := correct(w.people["admin"].Client, 26, made.ID)
	check(t, err)
	if r := read()[member].Record; r.ID != again.ID || r.Minutes != 26 || r.Reason != "phone_stayed" || r.By != "Room admin" {
		t.Errorf("after two corrections: %+v", r)
	}
	if n := number(ctx, t, super, "select count(*) from attendance_record where member_id = $1 and voided_at is not null", member); n != 2 {
		t.Errorf("%d records are void, want 2", n)
	}
	if n := number(ctx, t, super, "select count(*) from attendance_record where member_id = $1 and minutes = 40 and reason is null", member); n != 1 {
		t.Error("the first record was changed")
	}
	app := w.db.Conn(t, "app")
	if _, err := app.Exec(ctx, "update attendance_record set minutes = 1"); err == nil || !strings.Contains(err.Error(), "denied") {
		t.Errorf("a record can be changed: %v", err)
	}

	// Everybody sees only their own attendance.
	own := func(name string) []wire.OwnMeeting {
		t.Helper()
		var list wire.OwnAttendance
		check(t, w.people[name].Do(ctx, "GET", "/attendance", nil, &list))
		return list.Meetings
	}
	if got := own("participant"); len(got) != 1 || got[0].Minutes != 26 || !got[0].Confirmed || !got[0].Corrected || got[0].Workshop != workshop {
		t.Errorf("own attendance: %+v", got)
	}
	if got := own("participant2"); len(got) != 1 || got[0].Corrected || !got[0].Confirmed {
		t.Errorf("own attendance of the other: %+v", got)
	}
	if got := own("mentor"); len(got) != 0 {
		t.Errorf("a mentor who was not there: %+v", got)
	}
}
