package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

func TestTheAgendaOfARunningRoomIsChangedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, dana, sam, _ := w.started(ctx, t, "step9-60")
	order := func(parts ...int) string {
		return `{"order":` + strings.ReplaceAll(fmt.Sprint(parts), " ", ",") + `}`
	}
	for _, bad := range []struct {
		verb, with string
		expect     int
		code       string
	}{
		{"reorder", order(2, 1, 3, 4, 5, 6, 7, 8, 9), -1, "frame.invalid"},
		{"reorder", "", 0, "frame.invalid"},
		{"reorder", order(1, 1), 0, "frame.invalid"},
		{"reorder", order(1, 40), 0, "frame.invalid"},
		{"reorder", order(1, 2), 0, "room.order"},
		{"reorder", order(2, 1, 3, 4, 5, 6, 7, 8, 9), 1, "room.moved_on"},
		{"skip", `{"segment":4}`, -1, "frame.invalid"},
		{"skip", `{"segment":1}`, 0, "room.never_skipped"},
		{"skip", `{"segment":0}`, 0, "room.part_begun"},
		{"skip", `{"segment":25}`, 0, "room.no_such"},
		{"skip", `{"segment":4}`, 2, "room.moved_on"},
	} {
		if code := do(ctx, t, dana, bad.verb, bad.with, bad.expect); code != bad.code && !(bad.code == "frame.invalid" && strings.HasSuffix(code, ".invalid")) {
			t.Errorf("%s %s: %q, want %q", bad.verb, bad.with, code, bad.code)
		}
	}
	again := id.New[id.Command]().String()
	for range 2 {
		check(t, dana.Send(client.CommandFrame(again, "reorder", order(3, 1, 2, 4, 5, 6, 7, 8, 9), 0)))
	}
	if code := answer(ctx, t, dana, again); code != "" {
		t.Fatal(code)
	}
	if code := do(ctx, t, dana, "skip", `{"segment":3}`, 0); code != "" {
		t.Fatal(code)
	}
	// Next skips the parts that are left out, for everybody.
	if code := do(ctx, t, dana, "next", "", 0); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, sam, "segment", 2)
	check(t, sam.Await(ctx, func(f []client.Frame) bool {
		parts, _ := client.Fold(f)["segments"].([]any)
		second, _ := parts[1].(map[string]any)
		third, _ := parts[2].(map[string]any)
		return len(parts) == 10 && fmt.Sprint(second["part"]) == "3" && second["skipped"] == true && fmt.Sprint(third["part"]) == "1"
	}))
	if code := do(ctx, t, dana, "go", `{"segment":3}`, 2); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, sam, "segment", 1)
	if n := number(ctx, t, w.db.Conn(t, "postgres"), `select count(*) from room_event where kind = 'agenda.reordered'`); n != 1 {
		t.Errorf("reordered %d times", n)
	}
}

func TestTheDoorOfALockedRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	samPerson, anaPerson := w.people["participant"], w.people["participant2"]
	dana, ana := enter(ctx, t, w.people["counselor"].Client, workshop), enter(ctx, t, anaPerson.Client, workshop)
	for _, verb := range []string{"open", "lock", "start"} {
		if code := do(ctx, t, dana, verb, "", -1); code != "" {
			t.Fatal(verb, code)
		}
	}
	awaitView(ctx, t, ana, "segment", 0)
	before := len(ana.Frames())
	sam := enter(ctx, t, samPerson.Client, workshop)
	awaitView(ctx, t, sam, "state", "door")
	awaitMe(ctx, t, sam, "door", true)
	awaitSaid(ctx, t, dana, "door", samPerson.member, true)
	// A person at the door gets no frame of the room, and nobody in the room but the facilitators is
	// told of them.
	do(ctx, t, dana, "next", "", 0)
	awaitView(ctx, t, ana, "segment", 1)
	for _, f := range sam.Frames() {
		if f.Patch != nil || f.View != nil && len(f.View) != 3 {
			t.Errorf("at the door: %s", f.Raw)
		}
	}
	for _, f := range ana.Frames()[before:] {
		if strings.Contains(string(f.Raw), samPerson.member) || strings.Contains(string(f.Raw), "door") {
			t.Errorf("others are told: %s", f.Raw)
		}
	}
	if code := do(ctx, t, sam, "raise", "", -1); code != "room.not_here" {
		t.Errorf("a hand at the door: %q", code)
	}
	if code := do(ctx, t, sam, "status", `{"writing":true,"saved":false}`, -1); code != "room.not_here" {
		t.Errorf("somebody writes at the door: %q", code)
	}
	do(ctx, t, dana, "go", `{"segment":2}`, 1)
	awaitView(ctx, t, ana, "segment", 2)
	if code := do(ctx, t, ana, "word", `{"word":"canaryish"}`, -1); code != "" {
		t.Fatal(code)
	}
	if code := do(ctx, t, sam, "word", `{"word":"hopeful"}`, -1); code != "room.not_here" {
		t.Errorf("a word at the door: %q", code)
	}
	for _, f := range sam.Frames() {
		if strings.Contains(string(f.Raw), "canaryish") {
			t.Errorf("a word reached the door: %s", f.Raw)
		}
	}
	do(ctx, t, dana, "go", `{"segment":1}`, 2)
	super := w.db.Conn(t, "postgres")
	intervals := func() int {
		return number(ctx, t, super, `select count(*) from attendance_interval where workshop_id = $1 and member_id = $2 and left_at is null`, workshop, samPerson.member)
	}
	if intervals() != 0 {
		t.Error("time at the door is counted")
	}
	if code := do(ctx, t, dana, "admit", `{"member":"`+id.New[id.Member]().String()+`"}`, -1); code != "room.no_such" {
		t.Errorf("a stranger was let in: %q", code)
	}
	if code := do(ctx, t, dana, "admit", `{"member":"`+samPerson.member+`"}`, -1); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, sam, "segment", 1)
	awaitMe(ctx, t, sam, "in_room", true)
	awaitSaid(ctx, t, dana, "door", samPerson.member, false)
	if intervals() != 1 {
		t.Error("the time in the room is not counted")
	}

	check(t, samPerson.SaveFirst(ctx, samPerson.account, id.New[id.Worksheet]().String(), "Page", []client.Field{{Q: "did", A: "words"}}))
	worksheets := func() int {
		var list wire.SealedList
		check(t, samPerson.Do(ctx, "GET", "/worksheets", nil, &list))
		return len(list.Sealed)
	}

	// Removed: close code 4410, and the person cannot come back; their pages are not affected.
	for with, want := range map[string]string{`{"member":"` + samPerson.member + `","reason":"rude"}`: "with.reason", `{"member":"x","reason":"safety"}`: "with.member", `{"member":"` + samPerson.member + `"}`: "with.reason"} {
		command, err := dana.Do("remove", with, -1)
		check(t, err)
		answer(ctx, t, dana, command)
		if raw := lastRaw(dana, command); !strings.Contains(raw, want) || strings.Contains(raw, "rude") {
			t.Errorf("%s: %s", with, raw)
		}
	}
	if code := do(ctx, t, dana, "remove", `{"member":"`+samPerson.member+`","reason":"safety"}`, -1); code != "" {
		t.Fatal(code)
	}
	if code, err := sam.Closed(ctx); err != nil || code != 4410 {
		t.Errorf("closed with %d %v", code, err)
	}
	for range 2 {
		back, err := samPerson.Room(ctx, workshop)
		check(t, err)
		if code, err := back.Closed(ctx); err != nil || code != 4410 {
			t.Errorf("came back: %d %v", code, err)
		}
	}
	if intervals() != 0 {
		t.Error("the attendance of a removed person is still open")
	}
	if after := worksheets(); after != 1 {
		t.Errorf("%d pages are left", after)
	}
	if n := number(ctx, t, super, `select count(*) from audit_entry where action in ('door.admitted', 'person.removed.safety') and object_kind = 'member' and object_id = $1`, samPerson.member); n != 2 {
		t.Errorf("%d audit entries of the door", n)
	}
}

func lastRaw(s *client.Socket, command string) string {
	for _, f := range s.Frames() {
		if f.Error != nil && f.Error.ID == command {
			return string(f.Raw)
		}
	}
	return ""
}

func TestAnUnlockedDoorLetsPeopleIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	for _, verb := range []string{"open", "lock"} {
		do(ctx, t, dana, verb, "", -1)
	}
	sam := enter(ctx, t, w.people["participant"].Client, workshop)
	ana := enter(ctx, t, w.people["participant2"].Client, workshop)
	awaitView(ctx, t, ana, "state", "door")
	do(ctx, t, dana, "unlock", "", -1)
	awaitView(ctx, t, sam, "state", "open")
	awaitView(ctx, t, ana, "state", "open")
	awaitView(ctx, t, dana, "here", 2)
}

func TestARoomWithoutACounselorIsHeldAndTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	workshop, dana, sam, _ := w.started(ctx, t, "step9-60")
	stage := w.stage(ctx, t, workshop)
	danaPerson, kofiPerson := w.people["counselor"], w.people["counselor2"]
	kofi := enter(ctx, t, kofiPerson.Client, workshop)
	if code := do(ctx, t, kofi, "take_over", "", -1); code != "lead.here" {
		t.Errorf("taken from a lead who is here: %q", code)
	}
	if code := do(ctx, t, dana, "handover", `{"member":"`+w.people["participant"].member+`"}`, -1); code != "lead.not_named" {
		t.Errorf("handed over to a participant: %q", code)
	}
	if code := do(ctx, t, dana, "handover", `{"member":"`+kofiPerson.member+`"}`, -1); code != "" {
		t.Fatal(code)
	}
	if code := do(ctx, t, dana, "handover", `{"member":"`+kofiPerson.member+`"}`, -1); code != "lead.only" {
		t.Errorf("handed over by another than the lead: %q", code)
	}
	if code := do(ctx, t, dana, "take_over", "", -1); code != "" {
		t.Errorf("the first lead does not get it back: %q", code)
	}

	// Both counselors disconnect: after 20 s the room is on hold, for everybody.
	kofi.Close()
	dana.Close()
	began := time.Now()
	awaitView(ctx, t, sam, "holding", true)
	if took := time.Since(began); took < 19*time.Second || took > 26*time.Second {
		t.Errorf("held after %s", took)
	}
	awaitView(ctx, t, stage, "holding", true)
	timer, _ := sam.State()["timer"].(map[string]any)
	if timer["ends_at"] != nil || timer["left_ms"] == nil {
		t.Errorf("the timer runs on: %v", timer)
	}
	if code := do(ctx, t, sam, "help", "", -1); code != "" {
		t.Errorf("a help tap in a held room: %q", code)
	}
	if code := do(ctx, t, sam, "take_over", "", -1); code != "access.refused" {
		t.Errorf("a participant took over: %q", code)
	}
	kofi = enter(ctx, t, kofiPerson.Client, workshop)
	awaitView(ctx, t, kofi, "holding", true)
	if code := do(ctx, t, kofi, "take_over", "", -1); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, sam, "holding", false)
	if timer, _ := sam.State()["timer"].(map[string]any); timer["ends_at"] == nil {
		t.Errorf("the timer does not go on: %v", timer)
	}
	dana = enter(ctx, t, danaPerson.Client, workshop)
	if code := do(ctx, t, dana, "take_over", "", -1); code != "" {
		t.Errorf("the first lead does not get it back: %q", code)
	}
	for _, f := range append(sam.Frames(), stage.Frames()...) {
		if strings.Contains(string(f.Raw), `"team"`) || strings.Contains(string(f.Raw), `"course"`) || strings.Contains(string(f.Raw), danaPerson.member) {
			t.Errorf("told who holds the room: %s", f.Raw)
		}
	}
	do(ctx, t, dana, "end", "", -1)
	awaitView(ctx, t, sam, "state", "ended")
	super := w.db.Conn(t, "postgres")
	if n := number(ctx, t, super, `select count(*) from audit_entry where action in ('lead.handed_over', 'lead.taken_over')`); n != 4 {
		t.Errorf("%d audit entries of the lead", n)
	}
	if n := number(ctx, t, super, `select count(*) from room_seen`); n != 0 {
		t.Errorf("%d rows of who was connected outlive the workshop", n)
	}
}
