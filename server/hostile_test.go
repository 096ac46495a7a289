package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// stages are the states of a workshop, each with the commands that lead to it from the one before.
var stages = []struct {
	name string
	then []string
}{
	{"scheduled", nil},
	{"open", []string{"open"}},
	{"running", []string{"start"}},
	{"paused", []string{"pause"}},
	{"calm", []string{"resume", "calm"}},
	{"locked", []string{"uncalm", "lock"}},
	{"ended", []string{"end"}},
}

// leads are the commands that change the stage; only the test itself sends them.
var leads = []string{"open", "start", "pause", "resume", "calm", "uncalm", "lock", "unlock", "end", "remove"}

// nonsense are arguments that parse but refer to nothing in any room: the examples of the table.
func nonsense(t *testing.T) map[string]string {
	t.Helper()
	with := map[string]string{}
	for do, spec := range wire.Commands() {
		if spec.With == nil {
			continue
		}
		text, err := json.Marshal(spec.With)
		check(t, err)
		with[do] = string(text)
	}
	return with
}

// Every command from every role in every stage, with arguments that refer to nothing and a stale
// expectation, twice under one id: each gets an answer, both the same; no connection is lost and the
// log has no error.
func TestEveryCommandFromEveryRoleInEveryStage(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.Unlimited = true })
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	workshop, code := w.planOpen(ctx, t, 20)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	seats := map[string]*client.Socket{}
	verbs := slices.Sorted(maps.Keys(wire.Commands()))
	with := nonsense(t)
	for _, stage := range stages {
		for _, verb := range stage.then {
			if got := do(ctx, t, dana, verb, "", -1); got != "" {
				t.Fatalf("%s before %s: %s", verb, stage.name, got)
			}
		}
		if stage.name == "open" {
			seats["participant"] = enter(ctx, t, w.people["participant"].Client, workshop)
			seats["guest"] = enter(ctx, t, w.guest(ctx, t, code, "Robin"), workshop)
			var made wire.StageCode
			check(t, w.people["counselor"].Do(ctx, "POST", "/workshops/"+workshop+"/stage-code", nil, &made))
			screen := client.New(w.base)
			check(t, screen.Do(ctx, "POST", "/stage/connect", wire.ConnectRequest{Code: made.Code}, nil))
			seats["stage"] = enter(ctx, t, screen, workshop)
		}
		for role, socket := range seats {
			for _, verb := range verbs {
				// An unknown argument is refused before the room is asked.
				bad := id.New[id.Command]().String()
				if got := answers(ctx, t, socket, bad, client.CommandFrame(bad, verb, `{"canary":"violet"}`, -1), 1); got == "" {
					t.Errorf("%s in a room that is %s: %s accepted an unknown argument", role, stage.name, verb)
				}
				command := id.New[id.Command]().String()
				frame := client.CommandFrame(command, verb, with[verb], 77)
				first := answers(ctx, t, socket, command, frame, 1)
				if again := answers(ctx, t, socket, command, frame, 2); first != again {
					t.Errorf("%s in a room that is %s, %s: first %q, then %q", role, stage.name, verb, first, again)
				}
				facilitates := string(wire.Commands()[verb].Needs) != "room.join"
				refused := "access.refused"
				if role == "guest" && stage.name == "ended" {
					refused = "signin.needed" // a guest's token ends with the meeting
				}
				if (facilitates || role == "stage") && verb != wire.CommandClock && first != refused {
					t.Errorf("%s in a room that is %s, %s: %q", role, stage.name, verb, first)
				}
				if over := stage.name == "ended"; role != "stage" && verb == "status" && (first == "room.ended") != over {
					t.Errorf("%s in a room that is %s tells what the page does: %q", role, stage.name, first)
				}
			}
		}
		if stage.name == "ended" {
			break
		}
		// The counselor sends nonsense too: arguments that refer to nothing are refused, the others
		// take effect.
		for _, verb := range verbs {
			if slices.Contains(leads, verb) {
				continue
			}
			command := id.New[id.Command]().String()
			frame := client.CommandFrame(command, verb, with[verb], 77)
			if first, again := answers(ctx, t, dana, command, frame, 1), answers(ctx, t, dana, command, frame, 2); first != again {
				t.Errorf("a counselor in a room that is %s, %s: first %q, then %q", stage.name, verb, first, again)
			} else if ofParticipants(verb) && first != "access.refused" {
				t.Errorf("a counselor in a room that is %s, %s: %q", stage.name, verb, first)
			} else if wire.Commands()[verb].Expects && first == "" {
				t.Errorf("%s was done in a room that is %s on a part that is not the present one", verb, stage.name)
			}
		}
	}
	if log := w.log.String(); strings.Contains(log, `"level":"ERROR"`) || strings.Contains(log, "violet") || strings.Contains(log, "panic") {
		t.Errorf("the log holds what it should not: %s", log)
	}
	for role, socket := range seats {
		for _, f := range socket.Frames() {
			if strings.Contains(string(f.Raw), "violet") {
				t.Errorf("a value came back to the %s: %s", role, f.Raw)
			}
		}
	}
}

// ofParticipants reports commands that only participants have; the clock is for all.
func ofParticipants(verb string) bool {
	return string(wire.Commands()[verb].Needs) == "room.join" && !wire.Commands()[verb].Both && verb != wire.CommandClock
}

// answers sends a frame and returns the code of the nth answer to its id; empty for success.
func answers(ctx context.Context, t *testing.T, s *client.Socket, command, frame string, nth int) string {
	t.Helper()
	check(t, s.Send(frame))
	return nthAnswer(ctx, t, s, command, nth)
}

// A client that sends a hundred times the allowed rate is disconnected, and the room goes on.
func TestAFloodingSocketIsClosedAndTheRoomGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	dana := enter(ctx, t, w.people["counselor"].Client, workshop)
	do(ctx, t, dana, "open", "", -1)
	sam, other := enter(ctx, t, w.people["participant"].Client, workshop), enter(ctx, t, w.people["participant2"].Client, workshop)
	for n := range 100 * wire.CommandsPerWindow {
		verb := []string{"raise", "lower", "help", "ready", "away", "back"}[n%6]
		if sam.Send(client.CommandFrame(id.New[id.Command]().String(), verb, "", -1)) != nil {
			break
		}
	}
	if code, err := sam.Closed(ctx); err != nil || code != int(wire.CloseTooMany) {
		t.Errorf("closed with %d %v", code, err)
	}
	for _, verb := range []string{"ready", "help"} {
		if code := do(ctx, t, other, verb, "", -1); code != "" {
			t.Errorf("somebody else may not %s: %s", verb, code)
		}
	}
	if code := do(ctx, t, dana, "start", "", -1); code != "" {
		t.Errorf("the room does not go on: %s", code)
	}
	awaitView(ctx, t, other, "state", "running")
	if refused := slices.ContainsFunc(sam.Frames(), func(f client.Frame) bool { return f.Error != nil && f.Error.Code == "too_many" }); !refused {
		t.Error("nothing was said before the end: " + fmt.Sprint(len(sam.Frames())))
	}
}
