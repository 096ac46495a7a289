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

func TestARoomPassOpensOneRoomOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, other := w.plan(ctx, t), w.plan(ctx, t)
	sam, counselor := w.people["participant"], w.people["counselor"]
	dana := enter(ctx, t, counselor.Client, workshop)
	do(ctx, t, dana, "open", "", -1)
	var pass wire.Pass
	check(t, counselor.Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: sam.member}, &pass))
	if len(pass.Code) != 8 || time.Until(time.UnixMilli(pass.ExpiresAt)) > 10*time.Minute {
		t.Errorf("a pass is %+v", pass)
	}
	phone := client.New(w.base)
	check(t, phone.Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: strings.ToLower(pass.Code[:4] + " " + pass.Code[4:])}, nil))
	if err := client.New(w.base).Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: pass.Code}, nil); refusal(err) != "404 room_pass.unknown" {
		t.Errorf("a code that was used: %v", err)
	}
	var me wire.GuestMe
	check(t, phone.Do(ctx, "GET", "/guest", nil, &me))
	if me.Acct != b64(sam.account.Acct[:]) || me.Person != sam.member || me.Workshop != workshop || me.Name != "Room participant" {
		t.Errorf("the holder of a pass is %+v", me)
	}
	// In the room they appear under their own name, and their attendance counts.
	room := enter(ctx, t, phone, workshop)
	if got := room.Frames()[0].Me; got["member"] != sam.member || got["role"] != "participant" {
		t.Errorf("in the room: %v", got)
	}
	for _, verb := range []string{"ready", "help", "away", "back"} {
		if code := do(ctx, t, room, verb, "", -1); code != "" {
			t.Errorf("%s with a pass: %s", verb, code)
		}
	}
	for _, verb := range []string{"start", "end", "lock"} {
		if code := do(ctx, t, room, verb, "", -1); code != "access.refused" {
			t.Errorf("%s with a pass: %q", verb, code)
		}
	}
	super := w.db.Conn(t, "postgres")
	var intervals, clear int
	check(t, super.QueryRow(ctx, `select count(*) from attendance_interval where member_id = $1 and workshop_id = $2`, sam.member, workshop).Scan(&intervals))
	check(t, super.QueryRow(ctx, `select count(*) from audit_entry x where x::text ilike '%' || $1 || '%'`, pass.Code).Scan(&clear))
	if intervals != 1 || clear != 0 || strings.Contains(w.log.String(), pass.Code) {
		t.Errorf("%d intervals; the code is in the audit log %d times", intervals, clear)
	}
	// A pass opens no other room; access_test.go tries what it may do over HTTP.
	if s, err := phone.Room(ctx, other); err != nil {
		t.Error(err)
	} else if code, _ := s.Closed(ctx); code != 4404 {
		t.Errorf("another room of the same cohort: %d", code)
	}
	// Suspending the person ends the pass at once; the end of the workshop ends every pass.
	setStatus := func(status string) {
		check(t, w.people["admin"].Do(ctx, "PUT", "/members/"+sam.member+"/status", wire.MemberStatusRequest{Status: status}, nil))
	}
	setStatus("suspended")
	if code, err := room.Closed(ctx); err != nil || code != 4401 {
		t.Errorf("a suspended person was closed with %d %v", code, err)
	}
	setStatus("active")
	if err := phone.Do(ctx, "GET", "/guest", nil, nil); refusal(err) != "401 signin.needed" {
		t.Errorf("a pass outlived a suspension: %v", err)
	}
	check(t, counselor.Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: sam.member}, &pass))
	check(t, phone.Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: pass.Code}, nil))
	var late wire.Pass
	check(t, counselor.Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: sam.member}, &late))
	do(ctx, t, dana, "end", "", -1)
	if err := phone.Do(ctx, "GET", "/guest", nil, nil); refusal(err) != "401 signin.needed" {
		t.Errorf("a pass outlived the workshop: %v", err)
	}
	if err := phone.Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: late.Code}, nil); refusal(err) != "404 room_pass.unknown" {
		t.Errorf("a code was used after the end: %v", err)
	}
}

func TestWhoGetsARoomPassAndWhoGivesOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	give := func(who, member string) error {
		return w.people[who].Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: member}, nil)
	}
	for who, member := range map[string]string{"staff": w.people["counselor2"].member, "admin": w.people["admin"].member, "elsewhere": w.people["other participant"].member, "nobody": id.New[id.Member]().String()} {
		var refused *client.Refused
		if err := give("counselor", member); !errors.As(err, &refused) || refused.Code != "input.invalid" || len(refused.Fields) != 1 || refused.Fields[0].Name != "member" {
			t.Errorf("a pass for %s: %v", who, err)
		}
	}
	check(t, w.people["admin"].Do(ctx, "DELETE", "/cohorts/"+w.cohort+"/members/"+w.people["participant2"].member, nil, nil))
	if err := give("counselor", w.people["participant2"].member); refusal(err) != "400 input.invalid" {
		t.Errorf("a pass for a person of no cohort: %v", err)
	}
	// A counselor of the facility who does not facilitate this workshop cannot give a pass.
	open, _ := w.planOpen(ctx, t, 20)
	if err := w.people["counselor2"].Do(ctx, "POST", "/workshops/"+open+"/passes", wire.PassRequest{Member: w.people["participant"].member}, nil); refusal(err) != "404 thing.not_found" {
		t.Errorf("a pass by another counselor: %v", err)
	}
	for _, bad := range []string{"", "CANARY", "Canaryvalue"} {
		var refused *client.Refused
		err := client.New(w.base).Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: bad}, nil)
		if !errors.As(err, &refused) || refused.Status != 400 || refused.Fields[0].Name != "code" || strings.Contains(refused.Error(), "anary") {
			t.Errorf("code %q: %v", bad, err)
		}
	}
	slowed := false
	for range 30 {
		slowed = slowed || refusal(client.New(w.base).Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: "ZZZZZZZZ"}, nil)) == "429 too_many"
	}
	if !slowed {
		t.Error("thirty wrong codes were never slowed down")
	}
}

// An open meeting is for everybody, but a pass is for somebody whom the facilitator knows: of a cohort
// of theirs, or seen in this room. Otherwise any member's name could be used to be here as them.
func TestAPassForAnOpenMeetingIsForSomebodyWhoIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, _ := w.planOpen(ctx, t, 20)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	do(ctx, t, dana, "open", "", -1)
	sam, ana := w.people["participant"], w.people["participant2"]
	give := func(member string) (pass wire.Pass, err error) {
		return pass, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: member}, &pass)
	}
	take := func(pass wire.Pass) (*client.Client, error) {
		phone := client.New(w.base)
		return phone, phone.Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: pass.Code}, nil)
	}
	early, err := give(ana.member)
	check(t, err)
	// Ana leaves the cohort: the counselor has to do with her no more, and the code given before is void.
	check(t, w.people["admin"].Do(ctx, "DELETE", "/cohorts/"+w.cohort+"/members/"+ana.member, nil, nil))
	super := w.db.Conn(t, "postgres")
	_, err = super.Exec(ctx, "update invitation set created_by = null where used_by = $1", ana.member)
	check(t, err)
	if _, err := give(ana.member); refusal(err) != "400 input.invalid" {
		t.Errorf("a pass for a person of no cohort: %v", err)
	}
	if _, err := take(early); refusal(err) != "404 room_pass.unknown" {
		t.Errorf("a code for a person of no cohort: %v", err)
	}
	known, err := give(sam.member)
	check(t, err)
	_, err = take(known)
	check(t, err)
	// Whoever has been in this room is known here.
	enter(ctx, t, ana.Client, workshop)
	awaitView(ctx, t, dana, "here", 1)
	seen, err := give(ana.member)
	check(t, err)
	phone, err := take(seen)
	check(t, err)
	enter(ctx, t, phone, workshop)
}

// A person has one pass for a room, the newest, and passes are at most two for each seat.
func TestPassesAreAtMostWhatARoomHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, _ := w.planOpen(ctx, t, 1)
	do(ctx, t, enter(ctx, t, w.people["counselor"].Client, workshop), "open", "", -1)
	take := func(who string) (*client.Client, error) {
		t.Helper()
		var pass wire.Pass
		check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: w.people[who].member}, &pass))
		phone := client.New(w.base)
		return phone, phone.Do(ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: pass.Code}, nil)
	}
	is := func(phone *client.Client) string { return refusal(phone.Do(ctx, "GET", "/guest", nil, nil)) }
	first, err := take("participant")
	check(t, err)
	room := enter(ctx, t, first, workshop)
	again, err := take("participant")
	check(t, err)
	if code, err := room.Closed(ctx); err != nil || code != 4401 {
		t.Errorf("the phone with the older pass was closed with %d %v", code, err)
	}
	if is(first) != "401 signin.needed" || is(again) != "<nil>" {
		t.Errorf("the older pass: %s, the newer one: %s", is(first), is(again))
	}
	other, err := take("participant2")
	check(t, err)
	if _, err := take("mentor"); refusal(err) != "409 room.full" {
		t.Errorf("a third person's pass for one seat: %v", err)
	}
	// Whoever holds one already gets another in its place, and a goodbye makes room.
	again, err = take("participant")
	check(t, err)
	check(t, other.Do(ctx, "POST", "/guest/leave", nil, nil))
	_, err = take("mentor")
	check(t, err)
	if is(again) != "<nil>" {
		t.Errorf("a pass after another person's: %s", is(again))
	}
}
