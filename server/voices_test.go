package server_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"amends/server/client"
)

// A note reaches the phones, is in no event, and is deleted with the workshop.
func TestANoteToAllPhones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, dana, sam, _ := w.started(ctx, t, "step9-60")
	stage := w.stage(ctx, t, workshop)
	const note = "Canarynote: the door code is on the table"
	if code := do(ctx, t, dana, "note", `{"text":"`+note+`"}`, -1); code != "" {
		t.Fatal(code)
	}
	awaitView(ctx, t, sam, "note", note)
	for name, bad := range map[string]string{"too long": strings.Repeat("x", 241), "blank": "  ", "control": `a\u0007`} {
		if code := do(ctx, t, dana, "note", `{"text":"`+bad+`"}`, -1); code != "input.invalid" {
			t.Errorf("%s: %q", name, code)
		}
	}
	super := w.db.Conn(t, "postgres")
	if n := number(ctx, t, super, "select count(*) from room_event e where e::text like '%Canary%'"); n > 0 {
		t.Error("an event holds the note")
	}
	do(ctx, t, dana, "note", "", -1)
	awaitView(ctx, t, sam, "note", nil)
	if n := number(ctx, t, super, "select count(*) from room_note"); n != 0 {
		t.Error("a withdrawn note is kept")
	}
	do(ctx, t, dana, "note", `{"text":"second"}`, -1)
	awaitView(ctx, t, sam, "note", "second")
	do(ctx, t, dana, "end", "", -1)
	awaitView(ctx, t, sam, "state", "ended")
	if n := number(ctx, t, super, "select count(*) from room_note"); n != 0 {
		t.Error("a note outlived the workshop")
	}
	for _, f := range stage.Frames() {
		if strings.Contains(string(f.Raw), "Canary") {
			t.Errorf("the stage got the note: %s", f.Raw)
		}
	}
	if strings.Contains(w.log.String(), "Canary") {
		t.Error("the log holds the note")
	}
}

// A check-in word is in no table and no log, and is refused outside a check-in.
func TestACheckInWordIsInNoTableAndNoLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	stage := w.stage(ctx, t, workshop)
	if code := do(ctx, t, sam, "word", `{"word":"tired"}`, -1); code != "word.not_now" {
		t.Errorf("a word in the first part: %q", code)
	}
	do(ctx, t, dana, "go", `{"segment":2}`, 0)
	awaitView(ctx, t, sam, "segment", 2)
	for name, bad := range map[string]string{"long": strings.Repeat("x", 25), "number": "call 555", "none": "", "turned round": `tired\u202e`, "unseen": `\u3164`} {
		if code := do(ctx, t, sam, "word", `{"word":"`+bad+`"}`, -1); code != "input.invalid" {
			t.Errorf("%s: %q", name, code)
		}
	}
	if code := do(ctx, t, dana, "word", `{"word":"calm"}`, -1); code != "access.refused" {
		t.Errorf("a counselor's word: %q", code)
	}
	if code := do(ctx, t, sam, "word", `{"word":"canaryish"}`, -1); code != "" {
		t.Fatal(code)
	}
	if code := do(ctx, t, sam, "word", `{"word":"again"}`, -1); code != "word.waits" {
		t.Errorf("words one after the other: %q", code)
	}
	do(ctx, t, dana, "word_show", showing(true, inList(ctx, t, dana, "canaryish")), -1)
	for _, s := range []*client.Socket{dana, ana, stage} {
		awaitWords(ctx, t, s, "canaryish")
	}
	noneOf(t, "the stage", stage, w.people["participant"].member, "Room participant")
	noneOf(t, "another phone", ana, w.people["participant"].member, `Room participant"`)
	w.keptNowhere(ctx, t, "canaryish", "")
}

// With too few answers a pulse shows no counts; typed words reach the phones but no event.
func TestAPulseOverSockets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, dana, sam, ana := w.started(ctx, t, "step9-60")
	for name, bad := range map[string]string{"words for a scale": `{"kind":"scale","tag":"start","words":["a","b"]}`, "one word": `{"kind":"words","tag":"start","words":["a"]}`,
		"no words": `{"kind":"words","tag":"start"}`, "the same twice": `{"kind":"words","tag":"other","words":["a","a"]}`, "no tag": `{"kind":"scale"}`, "no kind": `{"kind":"x","tag":"end"}`} {
		if code := do(ctx, t, dana, "pulse_open", bad, -1); code != "input.invalid" {
			t.Errorf("%s: %q", name, code)
		}
	}
	if code := do(ctx, t, dana, "pulse_open", `{"kind":"words","tag":"start","words":["canarycalm","restless"]}`, -1); code != "" {
		t.Fatal(code)
	}
	awaitSaid(ctx, t, sam, "pulse", "canarycalm", true)
	pulse := sam.State()["pulse"].(map[string]any)["pulse"].(string)
	answer := func(s *client.Socket, value int) string {
		return do(ctx, t, s, "pulse", fmt.Sprintf(`{"pulse":"%s","value":%d}`, pulse, value), -1)
	}
	for _, code := range []string{answer(sam, 0), answer(sam, 1), answer(ana, 1)} {
		if code != "" {
			t.Error(code)
		}
	}
	if code := answer(sam, 2); code != "room.no_such" {
		t.Errorf("an option that is not there: %q", code)
	}
	if code := answer(dana, 1); code != "access.refused" {
		t.Errorf("a counselor answers: %q", code)
	}
	do(ctx, t, dana, "pulse_close", "", -1)
	awaitSaid(ctx, t, dana, "pulse", "result:few", true)
	awaitView(ctx, t, sam, "pulse", nil)
	if code := answer(ana, 0); code != "pulse.none" {
		t.Errorf("an answer after the close: %q", code)
	}
	super := w.db.Conn(t, "postgres")
	if n := number(ctx, t, super, "select count(*) from room_event e where e::text like '%canarycalm%' or kind like 'pulse%' and data ? 'counts'"); n > 0 {
		t.Error("an event holds a word, or counts of two answers")
	}
	if strings.Contains(w.log.String(), "canarycalm") {
		t.Error("the log holds a word")
	}
	if code := do(ctx, t, dana, "queue_add", `{"member":"`+w.people["other participant"].member+`"}`, -1); code != "room.no_such" {
		t.Errorf("a stranger was put into the queue: %q", code)
	}
}
