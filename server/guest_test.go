package server_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// planOpen schedules an open meeting that starts now, and returns its id and room code.
func (w *world) planOpen(ctx context.Context, t *testing.T, capacity int) (workshop, code string) {
	t.Helper()
	var made wire.Created
	check(t, w.people["admin"].Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Open evening", Kind: "open", Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60",
		Language: "en", Lead: w.people["counselor"].member, Capacity: capacity}, &made))
	super := w.db.Conn(t, "postgres")
	check(t, super.QueryRow(ctx, "select room_code from workshop where id = $1", made.ID).Scan(&code))
	return made.ID, code
}

func (w *world) guest(ctx context.Context, t *testing.T, code, name string) *client.Client {
	t.Helper()
	c := client.New(w.base)
	_, err := c.EnterAsGuest(ctx, code, name)
	check(t, err)
	return c
}

func refusal(err error) string {
	var refused *client.Refused
	if errors.As(err, &refused) {
		return fmt.Sprint(refused.Status, " ", refused.Code)
	}
	return fmt.Sprint(err)
}

func TestAnOpenMeetingWithGuestsFromCodeToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 4)
	dana, sam := enter(ctx, t, w.people["counselor"].Client, workshop), enter(ctx, t, w.people["participant"].Client, workshop)
	do(ctx, t, dana, "open", "", -1)
	do(ctx, t, dana, "start", "", -1)

	var in wire.GuestIn
	robin := client.New(w.base)
	check(t, robin.Do(ctx, "POST", "/guest/enter", wire.GuestEntryRequest{Code: strings.ToLower(code[:3] + " " + code[3:]), Name: "Robin"}, &in))
	second := w.guest(ctx, t, code, "robin")
	// The phone stores the guest's words under an id that is the same at the door and in the room.
	var me, first wire.GuestMe
	if check(t, robin.Do(ctx, "GET", "/guest", nil, &first)); first.Person != in.Person || in.Person == "" || in.Workshop != workshop {
		t.Errorf("entered as %+v, is %+v", in, first)
	}
	check(t, second.Do(ctx, "GET", "/guest", nil, &me))
	if me.Name != "robin 2" || me.Person == first.Person || me.Workshop != workshop || me.Acct != "" {
		t.Errorf("the second Robin is %+v", me)
	}
	// "room COUNSELOR" with a second space, a Cyrillic letter, and marks that cannot be seen; an admin
	// who is not in the room; and somebody who is.
	for name, want := range map[string]string{
		"room  C\u041eUNSELOR": "room C\u041eUNSELOR (guest)", "\u202eRoom counselor2": "Room counselor2 (guest)", "room admin": "room admin (guest)",
		"Room Participant": "Room Participant 2", "Room mentor": "Room mentor",
	} {
		troll := w.guest(ctx, t, code, name)
		if check(t, troll.Do(ctx, "GET", "/guest", nil, &me)); me.Name != want {
			t.Errorf("%+q entered as %+q, want %+q", name, me.Name, want)
		}
		check(t, troll.Do(ctx, "POST", "/guest/leave", nil, nil))
	}
	var f wire.Facility
	if check(t, robin.Do(ctx, "GET", "/facility", nil, &f)); len(f.Crisis) == 0 {
		t.Error("a guest has no crisis lines")
	}

	guest := enter(ctx, t, robin, workshop)
	awaitView(ctx, t, dana, "here", 2)
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	for _, verb := range []string{"raise", "ready", "away", "back", "help"} {
		if code := do(ctx, t, guest, verb, "", -1); code != "" {
			t.Errorf("a guest may not %s: %s", verb, code)
		}
	}
	do(ctx, t, dana, "turn_start", "", -1)
	awaitView(ctx, t, sam, "speaker", "Robin")
	check(t, dana.Await(ctx, func(f []client.Frame) bool { return strings.Contains(fmt.Sprint(client.Fold(f)["people"]), "Robin") }))
	for _, f := range guest.Frames() {
		for _, secret := range []string{`"people"`, `"help":[`, `"queue":[`, `"summary"`, w.people["participant"].member} {
			if strings.Contains(string(f.Raw), secret) {
				t.Errorf("a guest got %s: %s", secret, f.Raw)
			}
		}
	}
	// A reconnect keeps the guest's seat: the same cookie is the same person.
	guest.Close()
	guest = enter(ctx, t, robin, workshop)
	if id := guest.Frames()[0].Me["member"]; id != first.Person {
		t.Errorf("in the room the guest is %v, at the door %s", id, first.Person)
	}
	if hand := guest.Frames()[0].Me["hand"]; hand != "speaking" {
		t.Errorf("after a dropped line the guest's hand is %v", hand)
	}
	super := w.db.Conn(t, "postgres")
	var guests, members, named int
	check(t, super.QueryRow(ctx, `select count(*) filter (where member_id in (select id from guest)), count(*) filter (where member_id in (select id from member)) from attendance_interval`).Scan(&guests, &members))
	if guests != 0 || members != 1 {
		t.Errorf("attendance has %d guests and %d members", guests, members)
	}
	check(t, super.QueryRow(ctx, `select count(*) from room_event where data::text ilike '%robin%'`).Scan(&named))
	var audited int
	check(t, super.QueryRow(ctx, `select count(*) from audit_entry x where x::text ilike '%robin%'`).Scan(&audited))
	if named+audited != 0 || strings.Contains(w.log.String(), "obin") || strings.Contains(w.log.String(), code) {
		t.Error("the name of a guest or a code is in the events, the audit log or the log")
	}

	// A guest who leaves is not counted from that moment: there is no grace period, as after a lost
	// connection.
	leaver := w.guest(ctx, t, code, "Leaver")
	enter(ctx, t, leaver, workshop)
	awaitView(ctx, t, dana, "here", 3)
	left := time.Now()
	check(t, leaver.Do(ctx, "POST", "/guest/leave", nil, nil))
	awaitView(ctx, t, dana, "here", 2)
	if took := time.Since(left); took > 5*time.Second {
		t.Errorf("a guest who left is counted for %s", took)
	}

	// A guest who leaves during their turn leaves no turn behind.
	do(ctx, t, dana, "turn_end", "", -1)
	speaker := w.guest(ctx, t, code, "Speaker")
	do(ctx, t, enter(ctx, t, speaker, workshop), "raise", "", -1)
	do(ctx, t, dana, "turn_start", "", -1)
	awaitView(ctx, t, sam, "speaker", "Speaker")
	check(t, speaker.Do(ctx, "POST", "/guest/leave", nil, nil))
	awaitView(ctx, t, sam, "speaker", nil)
	awaitView(ctx, t, dana, "here", 2)

	// Quick exit ends a guest's token, as it ends a sign-in.
	gone := w.guest(ctx, t, code, "Gone")
	check(t, gone.Do(ctx, "POST", "/auth/quick-exit", nil, nil))
	if err := gone.Do(ctx, "GET", "/guest", nil, nil); refusal(err) != "401 signin.needed" {
		t.Errorf("a guest's token outlived quick exit: %v", err)
	}

	// The end of the meeting ends every guest's token; the thanks stay on the phone.
	do(ctx, t, dana, "end", "", -1)
	awaitView(ctx, t, guest, "state", "ended")
	for _, c := range []*client.Client{robin, second} {
		if err := c.Do(ctx, "GET", "/guest", nil, nil); refusal(err) != "401 signin.needed" {
			t.Errorf("a guest's token outlived the meeting: %v", err)
		}
	}
	if _, err := client.New(w.base).EnterAsGuest(ctx, code, "Late"); refusal(err) != "404 room_code.unknown" {
		t.Errorf("the code of an ended meeting: %v", err)
	}
}

// access_test.go tries what a guest may do over HTTP.
func TestAGuestMayDoNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.Unlimited = true })
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	open, code := w.planOpen(ctx, t, 100)
	other, _ := w.planOpen(ctx, t, 100)
	group := w.plan(ctx, t)
	robin := w.guest(ctx, t, code, "Robin")
	for which, want := range map[string]int{other: 4404, group: 4404, id.New[id.Workshop]().String(): 4404} {
		s, err := robin.Room(ctx, which)
		check(t, err)
		if code, err := s.Closed(ctx); err != nil || code != want {
			t.Errorf("a guest in another room: closed with %d (%v), want %d", code, err, want)
		}
	}
	dana := enter(ctx, t, w.people["counselor"].Client, open)
	do(ctx, t, dana, "open", "", -1)
	with := nonsense(t)
	guest, tried := enter(ctx, t, robin, open), 0
	for verb, spec := range wire.Commands() {
		if spec.Needs == "room.join" {
			continue
		}
		if tried++; tried%15 == 0 {
			guest = enter(ctx, t, robin, open)
		}
		if code := do(ctx, t, guest, verb, with[verb], 0); code != "access.refused" {
			t.Errorf("a guest may %s: %q", verb, code)
		}
	}
	// The guest cookie is not accepted as a sign-in.
	var cookie *http.Cookie
	for _, k := range robin.HTTP.Jar.Cookies(must(http.NewRequest("GET", w.base, nil)).URL) {
		if k.Name == "guest" {
			cookie = k
		}
	}
	if cookie == nil {
		t.Fatal("there is no cookie named guest")
	}
	for _, name := range []string{"signin", "stage"} {
		thief := client.New(w.base)
		thief.HTTP.Jar.SetCookies(must(http.NewRequest("GET", w.base, nil)).URL, []*http.Cookie{{Name: name, Value: cookie.Value}})
		if err := thief.Do(ctx, "GET", "/me", nil, nil); refusal(err) != "401 signin.needed" {
			t.Errorf("a guest's secret as a %s cookie: %v", name, err)
		}
	}
	// Leaving deletes the name at once, and ends the token for the open socket too.
	check(t, robin.Do(ctx, "POST", "/guest/leave", nil, nil))
	if code, err := guest.Closed(ctx); err != nil || code != 4401 {
		t.Errorf("a guest who left was closed with %d %v", code, err)
	}
	check(t, robin.Do(ctx, "POST", "/guest/leave", nil, nil))
	var named int
	check(t, w.db.Conn(t, "postgres").QueryRow(ctx, `select count(*) from guest where name <> ''`).Scan(&named))
	if named != 0 {
		t.Error("the name of a guest who left is still there")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRoomCodesThatAreNotValidAreAnsweredAlikeAndSlowedDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	open, code := w.planOpen(ctx, t, 100)
	group := w.plan(ctx, t)
	super := w.db.Conn(t, "postgres")
	var groupCode string
	check(t, super.QueryRow(ctx, "select room_code from workshop where id = $1", group).Scan(&groupCode))
	_, cancelled := w.planOpen(ctx, t, 100)
	if _, err := super.Exec(ctx, "update workshop set cancelled_at = now() where room_code = $1", cancelled); err != nil {
		t.Fatal(err)
	}
	_, early := w.planOpen(ctx, t, 100)
	if _, err := super.Exec(ctx, "update workshop set starts_at = now() + interval '2 days' where room_code = $1", early); err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for what, tried := range map[string]string{"unknown": "ZZZZZZ", "of a group": groupCode, "called off": cancelled, "too early": early} {
		_, err := client.New(w.base).EnterAsGuest(ctx, tried, "Robin")
		var refused *client.Refused
		if !errors.As(err, &refused) || refused.Status != 404 || refused.Code != "room_code.unknown" || strings.Contains(refused.Title, tried) {
			t.Errorf("a code that is %s: %v", what, err)
		}
		texts[fmt.Sprint(refused)] = true
	}
	if len(texts) != 1 {
		t.Errorf("codes are told apart: %v", texts)
	}
	for field, in := range map[string]wire.GuestEntryRequest{"code": {Code: "Canaryvalue", Name: "Robin"}, "name": {Code: code, Name: strings.Repeat("x", 31)}} {
		var refused *client.Refused
		err := client.New(w.base).Do(ctx, "POST", "/guest/enter", in, nil)
		if !errors.As(err, &refused) || refused.Status != 400 || len(refused.Fields) != 1 || refused.Fields[0].Name != field || strings.Contains(fmt.Sprint(refused), "anaryvalue") {
			t.Errorf("bad %s: %v", field, err)
		}
	}
	foreign := client.New(w.base)
	foreign.Origin = "https://evil.example"
	if _, err := foreign.EnterAsGuest(ctx, code, "Robin"); refusal(err) != "403 request.origin" {
		t.Errorf("from another site: %v", err)
	}
	slowed := false
	for range 30 {
		err := client.New(w.base).Do(ctx, "POST", "/guest/enter", wire.GuestEntryRequest{Code: "ZZZZZZ", Name: "Robin"}, nil)
		slowed = slowed || refusal(err) == "429 door.work"
	}
	if !slowed {
		t.Error("thirty wrong codes were never slowed down")
	}
	_ = open
}

func TestTheSizeOfRoomsIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	starts, lead := time.Now().UTC().Format(wire.LocalTime), w.people["counselor"].member
	base := wire.ScheduleRequest{Title: "X", Starts: starts, Agenda: "step9-60", Language: "en", Lead: lead, Capacity: 12}
	for field, change := range map[string]func(*wire.ScheduleRequest){
		"capacity": func(r *wire.ScheduleRequest) { r.Cohort, r.Capacity = w.cohort, 16 },
		"cohort":   func(r *wire.ScheduleRequest) { r.Kind, r.Cohort = "open", w.cohort },
		"kind":     func(r *wire.ScheduleRequest) { r.Kind = "party" },
	} {
		in := base
		change(&in)
		var refused *client.Refused
		if err := w.people["admin"].Do(ctx, "POST", "/workshops", in, nil); !errors.As(err, &refused) || refused.Status != 400 || !strings.Contains(fmt.Sprint(refused.Fields), field) {
			t.Errorf("bad %s: %v", field, err)
		}
	}
	in := base
	in.Kind, in.Capacity = "open", 5001
	if err := w.people["admin"].Do(ctx, "POST", "/workshops", in, nil); refusal(err) != "400 input.invalid" {
		t.Errorf("an open meeting for 5,001: %v", err)
	}
	in.Capacity = 5000
	for who, want := range map[string]string{"counselor": "<nil>", "participant": "403 access.refused", "mentor": "403 access.refused"} {
		if err := w.people[who].Do(ctx, "POST", "/workshops", in, nil); refusal(err) != want {
			t.Errorf("an open meeting planned by a %s: %v", who, err)
		}
	}
	// Every member of the facility has the meeting on their list, and nobody of another one.
	for who, want := range map[string]bool{"participant2": true, "mentor": true, "other participant": false, "other admin": false} {
		var list wire.Workshops
		check(t, w.people[who].Do(ctx, "GET", "/workshops", nil, &list))
		if got := len(list.Workshops) == 1 && list.Workshops[0].Kind == "open" && list.Workshops[0].Cohort == ""; got != want {
			t.Errorf("%s has %+v on the list", who, list.Workshops)
		}
	}
}

func TestNamesOfGuestsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 1)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	do(ctx, t, dana, "open", "", -1)
	robin := w.guest(ctx, t, code, "Robin")
	w.guest(ctx, t, code, "Kim")
	if _, err := client.New(w.base).EnterAsGuest(ctx, code, "Third"); refusal(err) != "409 room.full" {
		t.Errorf("a third token for one seat: %v", err)
	}
	enter(ctx, t, robin, workshop)
	do(ctx, t, dana, "end", "", -1)
	super := w.db.Conn(t, "postgres")
	named := func() (n int) {
		check(t, super.QueryRow(ctx, `select count(*) from guest where name <> ''`).Scan(&n))
		return n
	}
	check(t, w.app.ForgetGuests(ctx))
	if named() != 2 {
		t.Errorf("right after the end %d names are there", named())
	}
	if _, err := super.Exec(ctx, `update guest set ended_at = ended_at - interval '23 hours 1 minute'`); err != nil {
		t.Fatal(err)
	}
	check(t, w.app.ForgetGuests(ctx))
	if named() != 0 {
		t.Errorf("a day after the end %d names are there", named())
	}
}
