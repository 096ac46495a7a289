package server_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/wire"
)

// An open meeting in the other language, with a guest: every field that a guest gets is held to
// the same table, and so is what the others get of the guest.
func TestTheRecorderFindsNothingThatAGuestMayNotSee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, code := w.planOpenIn(ctx, t, "es")
	r := &recorder{w: w, workshop: workshop, open: map[string]*recorded{}, done: map[string]bool{}}
	for _, name := range []string{"counselor", "participant"} {
		r.enter(ctx, t, name)
	}
	give := func(s step) {
		t.Helper()
		got, seq := r.give(ctx, t, s)
		if got != s.code {
			t.Fatalf("%s by %s: %q, want %q", s.do, s.by, got, s.code)
		}
		if got == "" {
			r.screenAt(ctx, t, seq)
		}
	}
	give(asked("counselor", "open"))
	give(asked("counselor", "start"))
	r.enterGuest(ctx, t, code)
	r.enter(ctx, t, "stage")
	for _, s := range guestScript() {
		give(s)
	}
	for name, c := range r.open {
		if err := c.Await(ctx, func(f []client.Frame) bool { return fmt.Sprint(client.Fold(f)["state"]) == "ended" }); err != nil {
			t.Errorf("%s did not see the end: %v", name, err)
		}
	}
	table, frames := readFieldTable(t), map[string]int{}
	for _, c := range r.all {
		for _, f := range c.Frames() {
			frames[c.role]++
			r.judge(t, table, map[string]bool{}, c, f.Raw)
		}
	}
	for _, role := range []string{"facilitator", "participant", "guest", "stage"} {
		if frames[role] == 0 {
			t.Errorf("the %s got no frame", role)
		}
	}
}

func asked(by, do string) step { return step{by: by, do: do} }

// guestScript is what a guest does and sees in an evening.
func guestScript() []step {
	text := func(with string) func(map[string]any) string { return func(map[string]any) string { return with } }
	return []step{
		asked("robin", "ready"), asked("robin", "away"), asked("robin", "back"),
		{by: "counselor", do: "go", with: part("check_in")},
		{by: "robin", do: "word", with: text(`{"word":"hopeful"}`)},
		{by: "counselor", do: "go", with: part("share")},
		asked("robin", "raise"), asked("participant", "raise"),
		asked("counselor", "turn_start"), asked("counselor", "turn_pause"), asked("counselor", "turn_pause"),
		asked("robin", "pass"), asked("counselor", "turn_start"), asked("counselor", "turn_end"),
		{by: "counselor", do: "note", with: text(`{"text":"We meet in the garden"}`)},
		{by: "counselor", do: "pulse_open", with: text(`{"kind":"scale","tag":"start"}`)},
		{by: "robin", do: "pulse", with: func(screen map[string]any) string {
			open, _ := screen["pulse"].(map[string]any)
			return fmt.Sprintf(`{"pulse":%q,"value":1}`, open["pulse"])
		}},
		asked("counselor", "pulse_close"),
		{by: "counselor", do: "go", with: part("write")},
		{by: "robin", do: "status", with: text(`{"writing":true,"saved":false}`)},
		asked("robin", "help"),
		{by: "counselor", do: "help_take", with: func(screen map[string]any) string {
			return fmt.Sprintf(`{"call":%q}`, fieldOfFirst(screen, "help", "call"))
		}},
		{by: "robin", do: "next", code: "access.refused"},
		asked("counselor", "calm"), asked("counselor", "uncalm"), asked("counselor", "end"),
	}
}

// planOpenIn schedules an open meeting that starts now, in a language.
func (w *world) planOpenIn(ctx context.Context, t *testing.T, language string) (workshop, code string) {
	t.Helper()
	var made wire.Created
	check(t, w.people["admin"].Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Open evening", Kind: "open", Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60",
		Language: language, Lead: w.people["counselor"].member, Capacity: 12}, &made))
	super := w.db.Conn(t, "postgres")
	check(t, super.QueryRow(ctx, "select room_code from workshop where id = $1", made.ID).Scan(&code))
	return made.ID, code
}

// enterGuest brings the guest Robin in, whose name and id are known to the recorder from then on.
func (r *recorder) enterGuest(ctx context.Context, t *testing.T, code string) {
	t.Helper()
	c := r.w.guest(ctx, t, code, "Room robin")
	var me wire.GuestMe
	check(t, c.Do(ctx, "GET", "/guest", nil, &me))
	r.w.people["robin"] = &person{Client: c, member: me.Person}
	now := &recorded{Socket: enter(ctx, t, c, r.workshop), role: "guest", person: "robin"}
	r.open["robin"], r.all = now, append(r.all, now)
}
