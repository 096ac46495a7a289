package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// agendas is a running server with an agenda started by the first counselor.
type agendas struct {
	*world
	*testing.T
	ctx context.Context
	id  string
}

func newAgendas(t *testing.T) *agendas {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	a := &agendas{world: newWorld(t), T: t, ctx: ctx}
	a.id = a.begin("counselor", wire.AgendaRequest{From: "step9-60", Language: "en", Title: "Evening group"})
	return a
}

func (a *agendas) begin(who string, in wire.AgendaRequest) string {
	a.Helper()
	var made wire.Created
	check(a.T, a.people[who].Do(a.ctx, "POST", "/agendas", in, &made))
	return made.ID
}

func (a *agendas) read(who, which string) wire.Agenda {
	a.Helper()
	var out wire.Agenda
	check(a.T, a.people[who].Do(a.ctx, "GET", "/agendas/"+which, nil, &out))
	return out
}

func (a *agendas) save(who string, in wire.AgendaDraftRequest) (wire.AgendaSaved, error) {
	var out wire.AgendaSaved
	err := a.people[who].Do(a.ctx, "PUT", "/agendas/"+a.id+"/draft", in, &out)
	return out, err
}

func (a *agendas) publish(who string, ver, rev int) error {
	return a.people[who].Do(a.ctx, "POST", "/agendas/"+a.id+"/publish", wire.AgendaPublishRequest{Ver: ver, Rev: rev}, nil)
}

func (a *agendas) archive(who string, away bool) error {
	return a.people[who].Do(a.ctx, "PUT", "/agendas/"+a.id+"/archived", wire.AgendaArchiveRequest{Archived: away}, nil)
}

// refusedAs fails unless the error is a refusal with this code; it returns the refusal.
func (a *agendas) refusedAs(err error, code string) *client.Refused {
	a.Helper()
	var refused *client.Refused
	if !errors.As(err, &refused) || refused.Code != code {
		a.Fatalf("%v, want %s", err, code)
	}
	return refused
}

// schedule plans a workshop from an agenda, as a person.
func (a *agendas) schedule(who, key, language string) (string, error) {
	var made wire.Created
	err := a.people[who].Do(a.ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: a.cohort, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: key,
		Language: language, Lead: a.people["counselor"].member, Capacity: 12}, &made)
	return made.ID, err
}

func TestAnAgendaFromDraftToWorkshop(t *testing.T) {
	t.Parallel()
	a := newAgendas(t)
	draft := a.read("counselor", a.id)
	if !draft.Draft || draft.Ver != 1 || draft.Rev != 1 || !draft.MayEdit || len(draft.Segments) != 10 || draft.Title != "Evening group" || len(draft.Versions) != 0 {
		t.Fatalf("the copy is %+v", draft)
	}
	// A draft is listed in the library, but no workshop can be planned from it.
	var list wire.Agendas
	check(t, a.people["counselor2"].Do(a.ctx, "GET", "/agendas", nil, &list))
	if len(list.Own) != 1 || !list.Own[0].Draft || list.Own[0].Published != 0 || list.Own[0].MayEdit || list.Own[0].MayArchive || len(list.Agendas) != 4 {
		t.Errorf("the library is %+v", list)
	}
	if _, err := a.schedule("counselor", a.id, "en"); a.refusedAs(err, "input.invalid").Fields[0].Name != "agenda" {
		t.Error("the field is not named")
	}

	draft.Segments[0].Title, draft.Segments[0].Points = "Come in", []string{"Tea is at the back."}
	saved, err := a.save("counselor", wire.AgendaDraftRequest{Ver: 1, Rev: 1, Title: "Evening group", TargetMin: 60, Segments: draft.Segments})
	check(t, err)
	if saved.Ver != 1 || saved.Rev != 2 || saved.SavedAt == 0 {
		t.Errorf("saved as %+v", saved)
	}
	check(t, a.publish("counselor", 1, 2))
	check(t, a.publish("counselor", 1, 2)) // Idempotent.
	first, err := a.schedule("counselor", a.id, "en")
	check(t, err)
	if _, err := a.schedule("admin", a.id, "es"); a.refusedAs(err, "input.invalid").Fields[0].Name != "agenda" {
		t.Error("an English agenda was planned in Spanish")
	}

	// A later edit makes a new version and does not change the planned workshop.
	draft.Segments[0].Title, draft.Segments[0].PlannedMin = "Something else", 9
	_, err = a.save("counselor", wire.AgendaDraftRequest{Ver: 1, Rev: 2, Title: "Late group", TargetMin: 60, Segments: draft.Segments})
	a.refusedAs(err, "agenda.moved_on")
	saved, err = a.save("counselor", wire.AgendaDraftRequest{Ver: 2, Rev: 0, Title: "Late group", TargetMin: 60, Segments: draft.Segments})
	check(t, err)
	check(t, a.publish("admin", saved.Ver, saved.Rev))
	second, err := a.schedule("counselor", a.id, "en")
	check(t, err)
	if titles := a.firstParts(first, second); titles[0] != "Come in" || titles[1] != "Something else" {
		t.Errorf("the workshops begin with %v", titles)
	}
	now := a.read("mentor", a.id)
	if now.MayEdit || now.Ver != 2 || now.Draft || len(now.Versions) != 2 || now.Versions[0].Ver != 2 || now.Versions[1].Title != "Evening group" {
		t.Errorf("the mentor reads %+v", now)
	}
	var old wire.Agenda
	check(t, a.people["counselor2"].Do(a.ctx, "GET", "/agendas/"+a.id+"/versions/1", nil, &old))
	if old.Segments[0].Title != "Come in" || old.Segments[0].Points[0] != "Tea is at the back." || old.Draft {
		t.Errorf("version 1 is %+v", old.Segments[0])
	}
	a.refusedAs(a.people["counselor"].Do(a.ctx, "GET", "/agendas/"+a.id+"/versions/9", nil, nil), "thing.not_found")
}

// firstParts returns the first part of two workshops, from their stored agendas.
func (a *agendas) firstParts(workshops ...string) []string {
	a.Helper()
	var out []string
	for _, w := range workshops {
		var stored []byte
		check(a.T, a.db.Conn(a.T, "postgres").QueryRow(a.ctx, "select segments from workshop where id = $1", w).Scan(&stored))
		var parts []wire.AgendaPart
		check(a.T, json.Unmarshal(stored, &parts))
		out = append(out, parts[0].Title)
	}
	return out
}

func TestTwoEditorsLoseNothing(t *testing.T) {
	t.Parallel()
	a := newAgendas(t)
	draft := a.read("counselor", a.id)
	mine := wire.AgendaDraftRequest{Ver: 1, Rev: 1, Title: "Mine", TargetMin: 60, Segments: draft.Segments}
	_, err := a.save("counselor", mine)
	check(t, err)
	adminDraft := wire.AgendaDraftRequest{Ver: 1, Rev: 1, Title: "Theirs", TargetMin: 60, Segments: draft.Segments}
	_, err = a.save("admin", adminDraft)
	a.refusedAs(err, "agenda.moved_on")
	if now := a.read("admin", a.id); now.Title != "Mine" || now.Rev != 2 || now.SavedBy != "Room counselor" {
		t.Errorf("after the refusal: %q, rev %d, by %s", now.Title, now.Rev, now.SavedBy)
	}
	// A retry after a lost answer is idempotent.
	again, err := a.save("counselor", mine)
	check(t, err)
	if again.Rev != 2 {
		t.Errorf("the repeat made rev %d", again.Rev)
	}
	a.refusedAs(a.publish("admin", 1, 1), "agenda.moved_on")
	// Of two concurrent saves one succeeds, the other gets a conflict.
	results := make(chan error, 2)
	for _, who := range []string{"counselor", "admin"} {
		go func() {
			_, err := a.save(who, wire.AgendaDraftRequest{Ver: 1, Rev: 2, Title: "By " + who, TargetMin: 60, Segments: draft.Segments})
			results <- err
		}()
	}
	one, other := <-results, <-results
	if (one == nil) == (other == nil) {
		t.Errorf("both at once: %v and %v", one, other)
	}
	for _, err := range []error{one, other} {
		if err != nil {
			a.refusedAs(err, "agenda.moved_on")
		}
	}
}

func TestWhoMayChangeAnAgenda(t *testing.T) {
	t.Parallel()
	a := newAgendas(t)
	parts := a.read("counselor", a.id).Segments
	in := wire.AgendaDraftRequest{Ver: 1, Rev: 1, Title: "x", TargetMin: 60, Segments: parts}
	codes := map[string]string{"counselor2": "access.refused", "mentor": "access.refused", "participant": "thing.not_found", "other admin": "thing.not_found", "other counselor": "thing.not_found"}
	for who, code := range codes {
		_, err := a.save(who, in)
		a.refusedAs(err, code)
		a.refusedAs(a.publish(who, 1, 1), code)
		a.refusedAs(a.archive(who, true), code)
	}
	for _, who := range []string{"participant", "other admin", "other counselor"} {
		a.refusedAs(a.people[who].Do(a.ctx, "GET", "/agendas/"+a.id, nil, nil), "thing.not_found")
		a.refusedAs(a.people[who].Do(a.ctx, "GET", "/agendas/"+a.id+"/versions/1", nil, nil), "thing.not_found")
	}
	if err := a.people["other admin"].Do(a.ctx, "POST", "/agendas", wire.AgendaRequest{From: a.id, Language: "en", Title: "Stolen"}, nil); a.refusedAs(err, "input.invalid").Fields[0].Name != "from" {
		t.Error("the source is not named")
	}
	a.refusedAs(a.archive("counselor", true), "access.refused")
	check(t, a.publish("counselor", 1, 1))
	check(t, a.archive("admin", true))
	check(t, a.archive("admin", true)) // Idempotent.
	_, err := a.save("counselor", wire.AgendaDraftRequest{Ver: 2, Rev: 0, Title: "x", TargetMin: 60, Segments: parts})
	a.refusedAs(err, "agenda.archived")
	a.refusedAs(a.publish("counselor", 1, 1), "agenda.archived")
	_, err = a.schedule("counselor", a.id, "en")
	a.refusedAs(err, "input.invalid")
	check(t, a.archive("admin", false))
	_, err = a.schedule("counselor", a.id, "en")
	check(t, err)
	var actions int
	check(t, a.db.Conn(t, "postgres").QueryRow(a.ctx, "select count(*) from audit_entry where object_kind = 'agenda' and object_id = $1", a.id).Scan(&actions))
	if actions != 4 {
		t.Errorf("%d audit entries, want created, published, archived, taken out", actions)
	}
}

func TestADraftNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	a := newAgendas(t)
	parts := a.read("counselor", a.id).Segments
	parts[3].Title, parts[4].Worksheet = strings.Repeat("Canary", 10), "diary"
	_, err := a.save("counselor", wire.AgendaDraftRequest{Ver: 1, Rev: 1, Title: "x", TargetMin: 60, Segments: parts})
	refused := a.refusedAs(err, "input.invalid")
	if len(refused.Fields) != 2 || refused.Fields[0].Name != "segments[3].title" || refused.Fields[1].Name != "segments[4].worksheet" {
		t.Errorf("named %+v", refused.Fields)
	}
	if strings.Contains(fmt.Sprintf("%+v", refused), "Canary") || strings.Contains(a.log.String(), "Canary") {
		t.Error("the error quotes the value")
	}
	// A missing field can be stored in a draft, but prevents publishing.
	parts[3].Title, parts[4].Worksheet = "", "entry"
	_, err = a.save("counselor", wire.AgendaDraftRequest{Ver: 1, Rev: 1, Title: "", TargetMin: 60, Segments: parts})
	check(t, err)
	refused = a.refusedAs(a.publish("counselor", 1, 2), "input.invalid")
	if len(refused.Fields) != 2 || refused.Fields[0].Name != "title" || refused.Fields[1].Name != "segments[3].title" {
		t.Errorf("named %+v", refused.Fields)
	}
	if now := a.read("counselor", a.id); !now.Draft || now.Rev != 2 {
		t.Errorf("a refused publishing changed the draft: %+v", now)
	}
}

func TestWhereAnAgendaCanBegin(t *testing.T) {
	t.Parallel()
	a := newAgendas(t)
	empty := a.read("admin", a.begin("admin", wire.AgendaRequest{Language: "es", Title: "Vacía"}))
	if len(empty.Segments) != 0 || empty.Language != "es" || !empty.MayEdit {
		t.Errorf("the empty one is %+v", empty)
	}
	copied := a.read("counselor2", a.begin("counselor2", wire.AgendaRequest{From: a.id, Language: "es", Title: "Copia"}))
	if len(copied.Segments) != 10 || copied.Language != "es" || copied.ID == a.id {
		t.Errorf("the copy is %+v", copied)
	}
	gone := id.New[id.Agenda]().String()
	a.refusedAs(a.people["admin"].Do(a.ctx, "POST", "/agendas", wire.AgendaRequest{From: gone, Language: "en", Title: "x"}, nil), "input.invalid")
	// The facility's wording track selects the built-in agenda.
	title := func() string { return a.read("mentor", "step9-90?language=en").Title }
	twelve := title()
	check(t, a.people["admin"].Do(a.ctx, "PUT", "/facility", wire.FacilitySettingsRequest{Track: "secular"}, nil))
	if secular := title(); secular == twelve {
		t.Errorf("both wordings are %q", secular)
	}
	a.refusedAs(a.people["mentor"].Do(a.ctx, "GET", "/agendas/step9-90?language=fr", nil, nil), "thing.not_found")
}
