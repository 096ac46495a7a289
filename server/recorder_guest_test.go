package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/wire"
)

// An open meeting in Spanish with guests, a door and polling devices: every field that any of them gets
// is checked against the same table, and so is what others get of a guest.
func TestTheRecorderFindsNothingThatAGuestMayNotSee(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.Unlimited = true })
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop, code := w.planOpenIn(ctx, t, "es")
	r := &recorder{w: w, workshop: workshop, open: map[string]*recorded{}, done: map[string]bool{}}
	for _, name := range []string{"counselor", "participant"} {
		r.enter(ctx, t, name)
	}
	var polling []*pollingOne
	give := func(s step) {
		t.Helper()
		got, seq := r.give(ctx, t, s)
		if got != s.code {
			t.Fatalf("%s by %s: %q, want %q", s.do, s.by, got, s.code)
		}
		if got == "" {
			r.screenAt(ctx, t, seq)
		}
		if s.then != nil {
			s.then(ctx, t, r)
		}
		if s.do == "end" {
			return // after the end, this room's guest and stage cookies are not accepted
		}
		for _, p := range polling {
			p.ask(ctx, t)
		}
	}
	give(asked("counselor", "open"))
	give(asked("counselor", "start"))
	r.enterGuest(ctx, t, code, "robin")
	r.enter(ctx, t, "stage")
	// The next guest finds the door closed, is announced there, and is admitted.
	give(asked("counselor", "lock"))
	kim := r.enterGuest(ctx, t, code, "kim")
	awaitView(ctx, t, kim.Socket, "state", "door")
	check(t, r.open["counselor"].Await(ctx, func(f []client.Frame) bool { return fieldOfFirst(client.Fold(f), "door", "name") == "Room kim" }))
	give(step{by: "counselor", do: "admit", with: func(screen map[string]any) string {
		return fmt.Sprintf(`{"member":%q}`, fieldOfFirst(screen, "door", "member"))
	}})
	awaitView(ctx, t, kim.Socket, "state", "running")
	give(asked("counselor", "unlock"))
	// Guests are admitted by hand, only listen, and one is removed with all who came since.
	give(asked("counselor", "admit_by_hand"))
	awaitView(ctx, t, r.enterGuest(ctx, t, code, "max").Socket, "state", "door")
	check(t, r.open["counselor"].Await(ctx, func(f []client.Frame) bool { return fieldOfFirst(client.Fold(f), "door", "name") == "Room max" }))
	give(step{by: "counselor", do: "remove_since", with: func(screen map[string]any) string {
		door, _ := screen["door"].([]any)
		row, _ := door[0].(map[string]any)
		return fmt.Sprintf(`{"since":%.0f,"reason":"other"}`, row["at"])
	}})
	delete(r.open, "max")
	give(asked("counselor", "guests_listen"))
	awaitMe(ctx, t, kim.Socket, "listen", true)
	give(step{by: "robin", do: "raise", code: "guests.listen"})
	give(step{by: "counselor", do: "guests_listen", with: func(map[string]any) string { return `{"on":false}` }})
	give(step{by: "counselor", do: "admit_by_hand", with: func(map[string]any) string { return `{"on":false}` }})
	for name, role := range map[string]string{"counselor2": "facilitator", "participant2": "participant", "stage": "stage"} {
		polling = append(polling, &pollingOne{phone: dial(r.clientOf(ctx, t, name), workshop), role: role, person: name})
	}
	polling = append(polling, &pollingOne{phone: dial(r.guest(ctx, t, code, "lee"), workshop), role: "guest", person: "lee"})
	for _, s := range guestScript() {
		give(s)
	}
	for name, c := range r.open {
		if err := c.Await(ctx, func(f []client.Frame) bool { return fmt.Sprint(client.Fold(f)["state"]) == "ended" }); err != nil {
			t.Errorf("%s did not see the end: %v", name, err)
		}
	}
	table, frames, seen := readFieldTable(t), map[string]int{}, map[string]bool{}
	for _, c := range r.all {
		for _, f := range c.Frames() {
			frames[c.role]++
			r.judge(t, table, seen, c, f.Raw)
		}
	}
	for _, p := range polling {
		for _, raw := range p.answers {
			frames[p.role+" who polls"]++
			r.judge(t, table, seen, &recorded{role: p.role, person: p.person}, raw)
		}
	}
	for _, role := range []string{"facilitator", "participant", "guest", "stage"} {
		if frames[role] == 0 || frames[role+" who polls"] == 0 {
			t.Errorf("the %s got %d frames and %d answers", role, frames[role], frames[role+" who polls"])
		}
	}
	for _, path := range []string{"view.door[].name", "view.people[].guest", "view.words[].word", "view.said[].name", "view.muted[].name", "view.segments[].skipped", "me.door", "me.listen", "view.guests", "view.door[].guest", "view.people[].came_at", "view.arrivals[].at", "view.arrivals[].guests",
		"view.by_hand", "view.taken[].name", "view.swept", "mark"} {
		if !seen[path] {
			t.Errorf("nobody got %s: the script does not bring it about any more", path)
		}
	}
}

// pollingOne is a device without a socket, and every answer it got.
type pollingOne struct {
	*phone
	role, person string
	answers      []json.RawMessage
}

// ask polls without a position, which is answered at once.
func (p *pollingOne) ask(ctx context.Context, t *testing.T) {
	t.Helper()
	p.seen = polled{}
	if code := p.poll(ctx, t); code != "" {
		t.Fatalf("the poll of %s is refused: %s", p.person, code)
	}
	p.answers = append(p.answers, p.seen.Raw)
}

func asked(by, do string) step { return step{by: by, do: do} }

// guestScript is what a guest does and sees in a meeting.
func guestScript() []step {
	text := func(with string) func(map[string]any) string { return func(map[string]any) string { return with } }
	return []step{
		asked("robin", "ready"), asked("robin", "away"), asked("robin", "back"),
		{by: "counselor", do: "skip", with: part("teach")},
		{by: "counselor", do: "go", with: part("check_in")},
		{by: "robin", do: "word", with: text(`{"word":"c4ll me"}`), code: "input.invalid"},
		{by: "robin", do: "word", with: text(`{"word":"hopeful"}`), then: waits("counselor", "hopeful")},
		{by: "counselor", do: "word_show", with: theWord(""), then: showsWords("hopeful")},
		{by: "counselor", do: "word_mute", with: theAuthor(""), then: showsWords("")},
		{by: "counselor", do: "word_mute", with: theAuthor(`,"on":false`)},
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
			return fmt.Sprintf(`{"tap":%q}`, fieldOfFirst(screen, "help", "tap"))
		}},
		{by: "robin", do: "next", code: "access.refused"},
		asked("counselor", "calm"), asked("counselor", "uncalm"), asked("counselor", "end"),
	}
}

// planOpenIn schedules an open meeting in a language that starts now.
func (w *world) planOpenIn(ctx context.Context, t *testing.T, language string) (workshop, code string) {
	t.Helper()
	var made wire.Created
	check(t, w.people["admin"].Do(ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Open evening", Kind: "open", Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60",
		Language: language, Lead: w.people["counselor"].member, Counselors: []string{w.people["counselor2"].member}, Capacity: 12}, &made))
	super := w.db.Conn(t, "postgres")
	check(t, super.QueryRow(ctx, "select room_code from workshop where id = $1", made.ID).Scan(&code))
	return made.ID, code
}

// guest enters a guest and registers their name and id with the recorder.
func (r *recorder) guest(ctx context.Context, t *testing.T, code, name string) *client.Client {
	t.Helper()
	c := r.w.guest(ctx, t, code, "Room "+name)
	var me wire.GuestMe
	check(t, c.Do(ctx, "GET", "/guest", nil, &me))
	r.w.people[name] = &person{Client: c, member: me.Person}
	return c
}

// enterGuest connects a guest to the room.
func (r *recorder) enterGuest(ctx context.Context, t *testing.T, code, name string) *recorded {
	t.Helper()
	now := &recorded{Socket: enter(ctx, t, r.guest(ctx, t, code, name), r.workshop), role: "guest", person: name}
	r.open[name], r.all = now, append(r.all, now)
	return now
}
