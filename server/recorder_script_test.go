package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"amends/roles"
	"amends/server/client"
	"amends/server/wire"
)

// The script of the recorder: one workshop from the door to the thanks, with every command. A command
// that has no step of its own is sent as its row shows it, and must be accepted; one that means something
// in another part only, or whose arguments name something of this room, needs a step where it belongs.
// A step that must be refused names the code.

// cast maps who holds a connection to their role, the column of the table.
func cast() map[string]string {
	return map[string]string{"counselor": "facilitator", "counselor2": "facilitator", "participant": "participant", "participant2": "participant", "stage": "stage"}
}

// step is one command: who sends it, its argument, and the code if it must be refused. The argument and
// the expected segment are computed from the counselor's present screen.
type step struct {
	by, do string
	with   func(screen map[string]any) string
	code   string
	// then runs after the answer.
	then func(ctx context.Context, t *testing.T, r *recorder)
}

func script() []step {
	text := func(with string) func(map[string]any) string { return func(map[string]any) string { return with } }
	first := func(list, field, more string) func(map[string]any) string {
		return func(screen map[string]any) string {
			return fmt.Sprintf(`{%q:%q%s}`, field, fieldOfFirst(screen, list, field), more)
		}
	}
	return []step{
		{by: "participant", do: "raise", code: "room.not_here"},
		{by: "counselor", do: "start", code: "room.not_now"},
		{by: "counselor", do: "open"},
		{by: "counselor", do: "lock"},
		{by: "counselor", do: "unlock"},
		{by: "counselor", do: "start"},
		{by: "participant", do: "ready"},
		{by: "participant2", do: "ready", with: text(`{"on":true}`)},
		{by: "counselor", do: "ready_reset"},
		{by: "participant", do: "here", with: text(`{"whereabouts":"Kitchen at home"}`)},
		{by: "participant2", do: "here"},
		{by: "participant2", do: "away"},
		{by: "participant2", do: "back"},
		{by: "counselor", do: "next"},
		{by: "counselor2", do: "back"},
		{by: "counselor", do: "skip", with: part("break")},
		{by: "counselor", do: "reorder", with: lastTwoChanged},
		{by: "counselor", do: "go", with: part("check_in")},
		{by: "participant", do: "word", with: text(`{"word":"hopeful"}`), then: waits("counselor", "hopeful")},
		{by: "counselor", do: "word_show", with: theWord(""), then: showsWords("hopeful")},
		{by: "counselor2", do: "word_show", with: theWord(`,"on":false`), then: showsWords("")},
		{by: "counselor", do: "word_show", with: theWord(""), then: showsWords("hopeful")},
		{by: "counselor2", do: "word_mute", with: theAuthor(""), then: showsWords("")},
		{by: "counselor", do: "word_show", with: theWord(""), code: "room.no_such"},
		{by: "participant", do: "word_mute", with: theAuthor(""), code: "access.refused"},
		{by: "stage", do: "word_mute", with: theAuthor(""), code: "access.refused"},
		{by: "counselor", do: "word_mute", with: theAuthor(`,"on":false`)},
		{by: "participant", do: "word_show", with: theWord(""), code: "access.refused"},
		{by: "stage", do: "word_show", with: theWord(""), code: "access.refused"},
		{by: "counselor2", do: "word_close"},
		{by: "counselor", do: "word_open", then: waits("counselor2", "hopeful")},
		{by: "counselor", do: "handover"},
		{by: "counselor", do: "take_over"},
		{by: "counselor", do: "admit"},
		{by: "counselor", do: "extend", with: text(`{"seconds":60}`)},
		{by: "counselor", do: "pause"},
		{by: "counselor", do: "resume"},
		{by: "counselor2", do: "calm"},
		{by: "counselor2", do: "uncalm"},
		// The share part: a queue, two turns, a pass.
		{by: "counselor", do: "go", with: part("share")},
		{by: "counselor2", do: "queue_close"},
		{by: "participant", do: "raise", code: "queue.closed"},
		{by: "counselor2", do: "queue_open"},
		{by: "participant", do: "raise"},
		{by: "participant2", do: "raise"},
		{by: "participant2", do: "lower"},
		{by: "counselor2", do: "queue_add"},
		{by: "counselor2", do: "queue_move", with: first("queue", "turn", `,"to":2,"reason":"asked"`)},
		{by: "counselor", do: "turn_start"},
		{by: "counselor", do: "turn_pause"},
		{by: "counselor", do: "turn_pause"},
		{by: "counselor", do: "turn_close"},
		{by: "counselor", do: "turn_end"},
		{by: "counselor", do: "turn_undo"},
		{by: "counselor", do: "turn_end"},
		{by: "counselor", do: "turn_start"},
		{by: "participant", do: "pass"},
		{by: "participant", do: "raise", code: "queue.spoken"},
		{by: "counselor", do: "queue_round"},
		{by: "counselor", do: "note", with: text(`{"text":"We meet in the garden"}`)},
		{by: "counselor", do: "pulse_open", with: text(`{"kind":"words","words":["calm","tired"],"tag":"start"}`)},
		{by: "participant", do: "pulse", with: func(screen map[string]any) string {
			open, _ := screen["pulse"].(map[string]any)
			return fmt.Sprintf(`{"pulse":%q,"value":1}`, open["pulse"])
		}},
		{by: "counselor", do: "pulse_close"},
		{by: "counselor", do: "pulse_show", code: "pulse.few"},
		{by: "participant2", do: "talk_after", with: text(`{"on":true}`)},
		{by: "counselor2", do: "talk_done", with: first("talk", "member", "")},
		{by: "counselor2", do: "check_done", code: "room.no_such"},
		{by: "participant", do: "caught_up"},
		{do: theRest},
		// Practice groups.
		{by: "counselor2", do: "go", with: part("practice")},
		{by: "counselor2", do: "trios"},
		{by: "counselor", do: "pause"},
		{by: "counselor", do: "resume"},
		{by: "counselor2", do: "trio_round", with: text(`{"round":1}`)},
		// The writing part: pages are saved while the room runs.
		{by: "counselor2", do: "go", with: part("write"), then: func(ctx context.Context, t *testing.T, r *recorder) {
			r.write(ctx, t, "participant")
			r.write(ctx, t, "participant2")
		}},
		{by: "participant", do: "clock"},
		{by: "participant", do: "status", with: text(`{"writing":true,"saved":false}`)},
		{by: "participant2", do: "status", with: text(`{"writing":false,"saved":true}`)},
		{by: "participant2", do: "help"},
		{by: "counselor", do: "help_take", with: first("help", "tap", "")},
		{by: "counselor", do: "help_done", with: first("help", "tap", "")},
		// Commands that must be refused, from every role.
		{by: "participant", do: "next", code: "access.refused"},
		{by: "counselor", do: "raise", code: "access.refused"},
		{by: "stage", do: "next", code: "access.refused"},
		{by: "counselor2", do: "go", with: text(`{"segment":400}`), code: "input.invalid"},
		{by: "participant", do: "raise", with: text(`{"segment":4}`), code: "input.invalid"},
		{by: "counselor", do: "remove", then: func(_ context.Context, _ *testing.T, r *recorder) { delete(r.open, "participant2") }},
		{by: "counselor2", do: "readmit"},
		{by: "counselor", do: "admit_by_hand"},
		{by: "counselor", do: "admit_by_hand", with: text(`{"on":false}`)},
		{by: "counselor", do: "end"},
	}
}

// theRest stands in the script where the commands without a step are sent.
const theRest = "the rest"

// steps are the script with all commands in it.
func steps(t *testing.T) []step {
	t.Helper()
	all, rest, with := script(), wire.Commands(), nonsense(t)
	for _, s := range all {
		delete(rest, s.do)
	}
	var more []step
	for _, do := range slices.Sorted(maps.Keys(rest)) {
		s := step{by: "counselor", do: do, with: func(map[string]any) string { return with[do] }}
		if rest[do].Needs == roles.RoomJoin {
			s.by = "participant"
		}
		more = append(more, s)
	}
	at := slices.IndexFunc(all, func(s step) bool { return s.do == theRest })
	return slices.Replace(all, at, at+1, more...)
}

// theWord names the first check-in word on the counselors' list.
func theWord(more string) func(screen map[string]any) string {
	return func(screen map[string]any) string {
		return fmt.Sprintf(`{"said":[%q]%s}`, fieldOfFirst(screen, "said", "id"), more)
	}
}

// theAuthor names the author of the first check-in word on the counselors' list.
func theAuthor(more string) func(screen map[string]any) string {
	return func(screen map[string]any) string {
		return fmt.Sprintf(`{"member":%q%s}`, fieldOfFirst(screen, "said", "member"), more)
	}
}

// waits blocks the script until a word is on a counselor's list, which makes no event.
func waits(counselor, word string) func(context.Context, *testing.T, *recorder) {
	return func(ctx context.Context, t *testing.T, r *recorder) { inList(ctx, t, r.open[counselor].Socket, word) }
}

// showsWords blocks the script until every screen shows these words.
func showsWords(want string) func(context.Context, *testing.T, *recorder) {
	return func(ctx context.Context, t *testing.T, r *recorder) {
		for _, c := range r.open {
			awaitWords(ctx, t, c.Socket, want)
		}
	}
}

// lastTwoChanged is the order of the remaining parts with the last two swapped.
func lastTwoChanged(screen map[string]any) string {
	segments, _ := screen["segments"].([]any)
	at, _ := screen["segment"].(float64)
	parts := []int{}
	for _, s := range segments[int(at)+1:] {
		part, _ := s.(map[string]any)["part"].(float64)
		parts = append(parts, int(part))
	}
	n := len(parts)
	parts[n-1], parts[n-2] = parts[n-2], parts[n-1]
	order, _ := json.Marshal(parts)
	return fmt.Sprintf(`{"order":%s}`, order)
}

// part names the segment of a type.
func part(kind string) func(screen map[string]any) string {
	return func(screen map[string]any) string {
		segments, _ := screen["segments"].([]any)
		for i, s := range segments {
			if one, _ := s.(map[string]any); one["type"] == kind {
				return fmt.Sprintf(`{"segment":%d}`, i)
			}
		}
		return ""
	}
}

// fieldOfFirst returns a field of the first row of a list on the counselor's screen.
func fieldOfFirst(screen map[string]any, list, field string) string {
	rows, _ := screen[list].([]any)
	if len(rows) == 0 {
		return ""
	}
	row, _ := rows[0].(map[string]any)
	value, _ := row[field].(string)
	return value
}

// play runs the script step by step and waits until everybody saw the end.
func (r *recorder) play(ctx context.Context, t *testing.T) {
	t.Helper()
	for name := range cast() {
		if name != "stage" {
			r.enter(ctx, t, name)
		}
	}
	for i, s := range steps(t) {
		if s.do == "start" && s.code == "" {
			r.enter(ctx, t, "stage")
		}
		code, seq := r.give(ctx, t, s)
		if code != s.code {
			t.Fatalf("step %d, %s by %s: %q, want %q (a command that needs a moment of its own needs a step in server/recorder_script_test.go)", i, s.do, s.by, code, s.code)
		}
		r.done[s.do] = true
		if code == "" {
			r.screenAt(ctx, t, seq)
		}
		if s.then != nil {
			s.then(ctx, t, r)
		}
	}
	for name, c := range r.open {
		if err := c.Await(ctx, func(f []client.Frame) bool { return fmt.Sprint(client.Fold(f)["state"]) == "ended" }); err != nil {
			t.Errorf("%s did not see the end: %v", name, err)
		}
	}
}

// enter opens and records a connection for a person of the cast; their earlier connection stays in the
// record.
func (r *recorder) enter(ctx context.Context, t *testing.T, name string) *recorded {
	t.Helper()
	old := r.open[name]
	now := &recorded{Socket: enter(ctx, t, r.clientOf(ctx, t, name), r.workshop), role: cast()[name], person: name}
	r.open[name], r.all = now, append(r.all, now)
	if old != nil {
		old.Close()
	}
	return now
}

// clientOf returns the client of a person of the cast; each stage is connected again.
func (r *recorder) clientOf(ctx context.Context, t *testing.T, name string) *client.Client {
	t.Helper()
	if name != "stage" {
		return r.w.people[name].Client
	}
	var made wire.StageCode
	check(t, r.w.people["counselor"].Do(ctx, "POST", "/workshops/"+r.workshop+"/stage-code", nil, &made))
	c := client.New(r.w.base)
	check(t, c.Do(ctx, "POST", "/stage/connect", wire.ConnectRequest{Code: made.Code}, nil))
	return c
}

// windowKept is after how many commands a connection is made anew: what a new one is sent is recorded too.
const windowKept = 15

func (r *recorder) give(ctx context.Context, t *testing.T, s step) (code string, seq int64) {
	t.Helper()
	c := r.open[s.by]
	if c.commands++; c.commands > windowKept {
		c = r.enter(ctx, t, s.by)
		c.commands = 1
	}
	screen := r.open["counselor"].State()
	with := ""
	switch {
	case s.with != nil:
		with = s.with(screen)
	case slices.Contains([]string{"queue_add", "check_done", "admit", "readmit"}, s.do):
		with = fmt.Sprintf(`{"member":%q}`, r.w.people["participant2"].member)
	case s.do == "remove":
		with = fmt.Sprintf(`{"member":%q,"reason":"asked"}`, r.w.people["participant2"].member)
	case s.do == "handover":
		with = fmt.Sprintf(`{"member":%q}`, r.w.people["counselor2"].member)
	}
	expect := -1
	if wire.Commands()[s.do].Expects || wire.Commands()[s.do].Both && c.role == "facilitator" {
		segment, _ := screen["segment"].(float64)
		expect = int(segment)
	}
	command, err := c.Do(s.do, with, expect)
	check(t, err)
	code = answer(ctx, t, c.Socket, command)
	for _, f := range c.Frames() {
		if f.Ack == command {
			seq = f.Seq
		}
	}
	return code, seq
}

// screenPatience bounds the wait for the counselor's screen, because an event that changes nothing on
// it is not sent to it.
const screenPatience = 2 * time.Second

// screenAt waits until the counselor's screen has reached an event's number, so that the next step is
// based on it.
func (r *recorder) screenAt(ctx context.Context, t *testing.T, seq int64) {
	t.Helper()
	wait, cancel := context.WithTimeout(ctx, screenPatience)
	defer cancel()
	err := r.open["counselor"].Await(wait, func(frames []client.Frame) bool {
		for _, f := range frames {
			if f.Seq >= seq && (f.View != nil || f.Patch != nil || f.Ack != "") {
				return true
			}
		}
		return false
	})
	if err != nil && wait.Err() == nil {
		t.Fatal(err)
	}
}
