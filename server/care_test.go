package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/wire"

	"github.com/jackc/pgx/v5"
)

// awaitMe waits until a field of a person's own part has a value.
func awaitMe(ctx context.Context, t *testing.T, s *client.Socket, field string, want any) {
	t.Helper()
	last := any(nil)
	err := s.Await(ctx, func(frames []client.Frame) bool {
		last = meNow(frames)[field]
		return fmt.Sprint(last) == fmt.Sprint(want)
	})
	if err != nil {
		t.Fatalf("%s of the person never was %v but %v: %v", field, want, last, err)
	}
}

// meNow folds a person's own part as their phone does.
func meNow(frames []client.Frame) map[string]any {
	var own []client.Frame
	for _, f := range frames {
		if f.View != nil {
			own = append(own, client.Frame{View: f.Me})
		} else if f.Me != nil {
			own = append(own, client.Frame{Patch: f.Me})
		}
	}
	return client.Fold(own)
}

func awaitSaid(ctx context.Context, t *testing.T, s *client.Socket, field, want string, there bool) {
	t.Helper()
	err := s.Await(ctx, func(f []client.Frame) bool {
		return strings.Contains(fmt.Sprint(client.Fold(f)[field]), want) == there
	})
	if err != nil {
		t.Fatalf("%s with %q is not %v: %v: %v", field, want, there, s.State()[field], err)
	}
}

// started is a running room with the sockets of a counselor and both participants.
func (w *world) started(ctx context.Context, t *testing.T, agenda string) (workshop string, dana, sam, ana *client.Socket) {
	t.Helper()
	workshop = w.planned(ctx, t, agenda)
	dana = enter(ctx, t, w.people["counselor"].Client, workshop)
	for _, verb := range []string{"open", "start"} {
		if code := do(ctx, t, dana, verb, "", -1); code != "" {
			t.Fatal(code)
		}
	}
	return workshop, dana, enter(ctx, t, w.people["participant"].Client, workshop), enter(ctx, t, w.people["participant2"].Client, workshop)
}

func (w *world) planned(ctx context.Context, t *testing.T, agenda string) string {
	t.Helper()
	var made wire.Created
	check(t, w.people["admin"].Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: w.cohort, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: agenda,
		Language: "en", Lead: w.people["counselor"].member, Counselors: []string{w.people["counselor2"].member}, Capacity: 12}, &made))
	return made.ID
}

func (w *world) stage(ctx context.Context, t *testing.T, workshop string) *client.Socket {
	t.Helper()
	return enter(ctx, t, w.connected(ctx, t, workshop), workshop)
}

// connected returns a client that was connected as the stage of a workshop.
func (w *world) connected(ctx context.Context, t *testing.T, workshop string) *client.Client {
	t.Helper()
	var made wire.StageCode
	check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/stage-code", nil, &made))
	screen := client.New(w.base)
	check(t, screen.Do(ctx, "POST", "/stage/connect", wire.ConnectRequest{Code: made.Code}, nil))
	return screen
}

func number(ctx context.Context, t *testing.T, super *pgx.Conn, query string, args ...any) (n int) {
	t.Helper()
	check(t, super.QueryRow(ctx, query, args...).Scan(&n))
	return n
}

// A person's answer to "where are you" reaches the facilitators only, is in no event, and is deleted
// after a day.
func TestWhereAreYouNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	stage := w.stage(ctx, t, workshop)
	const whereabouts = "Canaryplace, 12 Elm Street"
	if code := do(ctx, t, sam, "here", `{"whereabouts":"  `+whereabouts+` "}`, -1); code != "" {
		t.Fatal(code)
	}
	awaitMe(ctx, t, sam, "told", "told")
	awaitSaid(ctx, t, dana, "people", whereabouts, true)
	if code := do(ctx, t, ana, "here", "", -1); code != "" {
		t.Fatal(code)
	}
	awaitMe(ctx, t, ana, "told", "skipped")
	do(ctx, t, sam, "help", "", -1)
	awaitSaid(ctx, t, dana, "help", whereabouts, true)
	// A counselor who connects later sees it too.
	kofi := enter(ctx, t, w.people["counselor2"].Client, workshop)
	awaitSaid(ctx, t, kofi, "people", whereabouts, true)
	for name, bad := range map[string]string{"too long": strings.Repeat("é", 81), "only blanks": "   ", "a control character": `a\u0007b`} {
		command, err := sam.Do("here", `{"whereabouts":"`+bad+`"}`, -1)
		check(t, err)
		check(t, sam.Await(ctx, func(frames []client.Frame) bool {
			for _, f := range frames {
				if f.Error != nil && f.Error.ID == command {
					return len(f.Error.Fields) == 1 && f.Error.Fields[0].Name == "with.whereabouts"
				}
			}
			return false
		}))
		if t.Failed() {
			t.Fatal(name)
		}
	}
	if code := do(ctx, t, dana, "here", `{"whereabouts":"x"}`, -1); code != "access.refused" {
		t.Errorf("a counselor answers where they are: %q", code)
	}
	for who, s := range map[string]*client.Socket{"sam": sam, "ana": ana, "the stage": stage} {
		for _, f := range s.Frames() {
			if strings.Contains(string(f.Raw), "Canary") {
				t.Errorf("%s got the whereabouts: %s", who, f.Raw)
			}
		}
	}
	super := w.db.Conn(t, "postgres")
	for _, table := range []string{"room_event", "room_command", "audit_entry"} {
		if n := number(ctx, t, super, "select count(*) from "+table+" x where x::text like '%Canary%'"); n > 0 {
			t.Errorf("%s holds the whereabouts", table)
		}
	}
	if strings.Contains(w.log.String(), "Canary") {
		t.Error("the log holds the whereabouts")
	}
	if n := number(ctx, t, super, "select count(*) from room_here"); n != 1 {
		t.Errorf("%d whereabouts are kept, want Sam's", n)
	}

	// After a day it is not shown any more, and the next sweep deletes it.
	_, err := super.Exec(ctx, "update room_here set at = now() - interval '24 hours 1 minute'")
	check(t, err)
	do(ctx, t, ana, "here", `{"whereabouts":"the kitchen"}`, -1)
	awaitSaid(ctx, t, dana, "people", "the kitchen", true)
	awaitSaid(ctx, t, dana, "people", "Canary", false)
	w.sweep(ctx, t)
	if n := number(ctx, t, super, "select count(*) from room_here"); n != 1 {
		t.Errorf("%d whereabouts are left after the sweep, want the new one", n)
	}
	if n := number(ctx, t, super, "select count(*) from room_here where whereabouts = 'the kitchen'"); n != 1 {
		t.Error("the sweep deleted the new answer")
	}
	// Skipping the question deletes the earlier answer.
	do(ctx, t, ana, "here", "", -1)
	awaitSaid(ctx, t, dana, "people", "kitchen", false)
	if n := number(ctx, t, super, "select count(*) from room_here"); n != 0 {
		t.Error("a skip left the whereabouts behind")
	}
}

// The whereabouts are visible inside its room only: not in another room, not to staff outside the room, not to
// another facility; the sweeper deletes without reading.
func TestWhereaboutsAreUnderRowLevelSecurity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, _, sam, _ := w.started(ctx, t, "step9-60")
	other := w.plan(ctx, t)
	do(ctx, t, sam, "here", `{"whereabouts":"home"}`, -1)
	super, app, sweeper := w.db.Conn(t, "postgres"), w.db.Conn(t, "app"), w.db.Conn(t, "postgres")
	_, err := sweeper.Exec(ctx, "set role sweeper")
	check(t, err)
	var facility, foreign string
	check(t, super.QueryRow(ctx, `select facility_id from workshop where id = $1`, workshop).Scan(&facility))
	check(t, super.QueryRow(ctx, `select id from facility where id <> $1`, facility).Scan(&foreign))
	for what, c := range map[string]struct {
		facility, member, workshop string
		want                       int
	}{
		"the room":               {facility, "", workshop, 1},
		"another room":           {facility, "", other, 0},
		"no room":                {facility, "", "", 0},
		"a counselor outside it": {facility, w.people["counselor"].member, "", 0},
		"the admin":              {facility, w.people["admin"].member, "", 0},
		"another facility":       {foreign, "", workshop, 0},
	} {
		tx, err := app.Begin(ctx)
		check(t, err)
		_, err = tx.Exec(ctx, `select set_config('app.facility_id', $1, true), set_config('app.member_id', $2, true), set_config('app.workshop_id', $3, true)`, c.facility, c.member, c.workshop)
		check(t, err)
		var n int
		check(t, tx.QueryRow(ctx, "select count(*) from room_here").Scan(&n))
		check(t, tx.Rollback(ctx))
		if n != c.want {
			t.Errorf("%s sees %d whereabouts, want %d", what, n, c.want)
		}
	}
	if _, err := sweeper.Exec(ctx, "select whereabouts from room_here"); err == nil {
		t.Error("the sweeper can read whereabouts")
	}
	_, err = sweeper.Exec(ctx, "delete from room_here where at < now()")
	check(t, err)
	if n := number(ctx, t, super, "select count(*) from room_here"); n != 1 {
		t.Error("the sweeper deleted fresh whereabouts")
	}
	_, err = super.Exec(ctx, "update room_here set at = now() - interval '25 hours'")
	check(t, err)
	_, err = sweeper.Exec(ctx, "delete from room_here where at < now() - interval '24 hours'")
	check(t, err)
	if n := number(ctx, t, super, "select count(*) from room_here"); n != 0 {
		t.Error("the sweeper left old whereabouts")
	}
}

// A wish to talk stays on the counselor's list until it is done, over reconnects and after the end.
func TestAWishToTalkAfterTheMeeting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	if code := do(ctx, t, sam, "talk_after", "", -1); code != "" {
		t.Fatal(code)
	}
	awaitSaid(ctx, t, dana, "talk", "Room participant", true)
	sam.Close()
	sam = enter(ctx, t, w.people["participant"].Client, workshop)
	if got := sam.Frames()[0].Me["talk"]; got != "asked" {
		t.Errorf("after a dropped line the wish is %v", got)
	}
	if code := do(ctx, t, sam, "talk_after", `{"on":false}`, -1); code != "" {
		t.Error(code)
	}
	awaitSaid(ctx, t, dana, "talk", "Room participant", false)
	do(ctx, t, sam, "talk_after", `{"on":true}`, -1)
	do(ctx, t, dana, "end", "", -1)
	awaitView(ctx, t, sam, "state", "ended")
	member := w.people["participant"].member
	if code := do(ctx, t, dana, "talk_done", `{"member":"`+member+`"}`, -1); code != "" {
		t.Error(code)
	}
	awaitMe(ctx, t, sam, "talk", "done")
	if code := do(ctx, t, dana, "talk_done", `{"member":"`+w.people["participant2"].member+`"}`, -1); code != "room.no_such" {
		t.Errorf("done for one who did not ask: %q", code)
	}
	if code := do(ctx, t, dana, "talk_done", `{"member":"x"}`, -1); code != "input.invalid" {
		t.Errorf("done for nobody: %q", code)
	}
	for _, f := range ana.Frames() {
		if strings.Contains(string(f.Raw), member) {
			t.Errorf("another participant got to know of it: %s", f.Raw)
		}
	}
}

// Practice groups: the two people see each other and a story, the counselor sees the group, the stage a
// count; a person who joins later is added to a group and told what the room is doing.
func TestPracticeGroupsOverSockets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-90")
	stage := w.stage(ctx, t, workshop)
	if code := do(ctx, t, dana, "trios", "", -1); code != "trio.not_now" {
		t.Errorf("groups in the first part: %q", code)
	}
	do(ctx, t, dana, "go", `{"segment":6}`, 0)
	if code := do(ctx, t, dana, "trio_round", "", -1); code != "trio.none" {
		t.Errorf("a round without groups: %q", code)
	}
	if code := do(ctx, t, dana, "trios", "", 0); code != "room.moved_on" {
		t.Errorf("groups for a part that is over: %q", code)
	}
	if code := do(ctx, t, dana, "trios", "", 6); code != "" {
		t.Fatal(code)
	}
	check(t, stage.Await(ctx, func(f []client.Frame) bool {
		trios, _ := client.Fold(f)["trios"].(map[string]any)
		return fmt.Sprint(trios["groups"], trios["round"], trios["rounds"]) == "1 1 3"
	}))
	trio := func(s *client.Socket) map[string]any {
		t.Helper()
		var mine map[string]any
		check(t, s.Await(ctx, func(f []client.Frame) bool { mine, _ = meNow(f)["trio"].(map[string]any); return mine != nil }))
		return mine
	}
	one, two := trio(sam), trio(ana)
	if one["case"] != two["case"] || one["role"] == two["role"] || !strings.Contains(fmt.Sprint(one["partners"]), "Room participant2") {
		t.Errorf("two partners: %v, %v", one, two)
	}
	// The cohort's mentor joins later, as one more person in the room.
	maria := enter(ctx, t, w.people["mentor"].Client, workshop)
	if mine := trio(maria); mine["role"] != "watcher" || len(mine["partners"].([]any)) != 2 {
		t.Errorf("the newcomer's group: %v", mine)
	}
	if caught := fmt.Sprint(maria.Frames()[0].Me["catch_up"]); !strings.Contains(caught, "part:7") {
		t.Errorf("the newcomer is not told where the room is: %v", caught)
	}
	do(ctx, t, maria, "caught_up", "", -1)
	awaitMe(ctx, t, maria, "catch_up", nil)
	if code := do(ctx, t, dana, "trio_round", `{"round":1}`, -1); code != "" {
		t.Error(code)
	}
	if code := do(ctx, t, dana, "trio_round", `{"round":1}`, -1); code != "room.moved_on" {
		t.Errorf("the same round twice: %q", code)
	}
	if code := do(ctx, t, dana, "trio_round", `{"round":9}`, -1); code != "input.invalid" {
		t.Errorf("round nine: %q", code)
	}
	check(t, sam.Await(ctx, func(f []client.Frame) bool {
		mine, _ := meNow(f)["trio"].(map[string]any)
		return mine != nil && fmt.Sprint(mine["round"]) == "2" && mine["role"] != one["role"]
	}))
	awaitSaid(ctx, t, dana, "trios", "Room mentor", true)
	for _, f := range append(stage.Frames(), sam.Frames()...) {
		for _, secret := range []string{`"groups":[`, w.people["participant2"].member} {
			if strings.Contains(string(f.Raw), secret) {
				t.Errorf("%s in %s", secret, f.Raw)
			}
		}
		if strings.Contains(string(f.Raw), "Room participant2") && f.Me == nil {
			t.Errorf("a partner's name in a shared frame: %s", f.Raw)
		}
	}
	do(ctx, t, dana, "next", "", 6)
	awaitMe(ctx, t, sam, "trio", nil)
}

// A phone without a connection for a minute after a help tap raises one card, which is removed when the
// person is back.
func TestCheckOnThisPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	kofi := enter(ctx, t, w.people["counselor2"].Client, workshop)
	do(ctx, t, sam, "help", "", -1)
	began := time.Now()
	sam.Close()
	awaitSaid(ctx, t, dana, "checks", "Room participant", true)
	awaitSaid(ctx, t, kofi, "checks", "Room participant", true)
	if took := time.Since(began); took < 59*time.Second || took > 75*time.Second {
		t.Errorf("the card came after %s, want a minute", took)
	}
	if n := number(ctx, t, w.db.Conn(t, "postgres"), "select count(*) from room_event where kind = 'check.raised'"); n != 1 {
		t.Errorf("the card was raised %d times", n)
	}
	if code := do(ctx, t, ana, "check_done", `{"member":"`+w.people["participant"].member+`"}`, -1); code != "access.refused" {
		t.Errorf("a participant may clear a card: %q", code)
	}
	sam = enter(ctx, t, w.people["participant"].Client, workshop)
	awaitSaid(ctx, t, dana, "checks", "Room participant", false)
	if code := do(ctx, t, dana, "check_done", `{"member":"`+w.people["participant"].member+`"}`, -1); code != "room.no_such" {
		t.Errorf("a card that is gone: %q", code)
	}
	for _, f := range append(ana.Frames(), sam.Frames()...) {
		if strings.Contains(string(f.Raw), `"checks"`) {
			t.Errorf("a participant got a card: %s", f.Raw)
		}
	}
}
