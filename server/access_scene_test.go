package server_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"amends/server/app"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// scene is a world in which every object that an operation names exists and belongs to the cohort of
// counselor, mentor and participant.
type scene struct {
	*pairing
	*testing.T
	ctx   context.Context
	rows  map[string]app.Operation
	seats map[string]*client.Client

	cohort2, workshop, open, openCode, ended string
	agenda, slip, sheet, sealed              string
	// one and two are files sealed for one and for two readers.
	one, two string
	n        int
}

func newScene(t *testing.T) *scene {
	t.Helper()
	return newSceneIn(t, newWorld(t))
}

func newSceneIn(t *testing.T, w *world) *scene {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	s := &scene{T: t, ctx: ctx, pairing: pairedIn(ctx, t, w), rows: map[string]app.Operation{}, seats: map[string]*client.Client{"stranger": nil}}
	for _, o := range app.Operations() {
		s.rows[o.Name] = o
	}
	s.settleCohorts()
	s.workshop, s.ended = s.plan("counselor"), s.plan("counselor")
	s.open, s.openCode = s.planOpen(ctx, t, 100)
	super := s.db.Conn(t, "postgres")
	_, err := super.Exec(ctx, "update workshop set room_state = 'ended' where id = $1", s.ended)
	check(t, err)
	s.agenda = s.made("counselor", "createAgenda", ask{body: wire.AgendaRequest{From: "step9-60", Language: "en", Title: "Ours"}})
	s.slip = s.slipFor("participant")
	s.sealPages()
	s.takeSeats()
	for _, workshop := range []string{s.workshop, s.open} {
		counselor := dial(s.people["counselor"].Client, workshop)
		if code := counselor.do(ctx, t, "open", "", -1); code != "" {
			t.Fatalf("the room does not open: %s", code)
		}
	}
	return s
}

// settleCohorts moves the second people into another cohort.
func (s *scene) settleCohorts() {
	s.Helper()
	s.cohort2 = s.made("admin", "createCohort", ask{body: cohortFacts()})
	var slips wire.NewSlips
	s.must("admin", "makeSlips", ask{body: wire.InviteRequest{Roles: []string{"mentor"}, Cohort: s.cohort2, Count: 1, Language: "en", Days: 1}}, &slips)
	s.join(s.ctx, s.T, "mentor2", slips.Slips[0].Code)
	for _, who := range []string{"counselor2", "participant2"} {
		at := map[string]string{"cohort": s.cohort, "member": s.people[who].member}
		s.must("admin", "removeFromCohort", ask{at: at}, nil)
		s.must("admin", "addToCohort", ask{at: map[string]string{"cohort": s.cohort2, "member": at["member"]}, body: wire.CohortRoleRequest{}}, nil)
	}
}

// sealPages saves one page for its owner alone, and one that the mentor may read.
func (s *scene) sealPages() {
	s.Helper()
	s.sign(s.ctx, s.T)
	s.sheet = id.New[id.Worksheet]().String()
	check(s.T, s.save(s.ctx, s.T, s.sheet, 1, "Canarysentence", false))
	s.must("participant", "share", ask{at: map[string]string{"ws": s.sheet, "reader": s.acct("mentor")}}, nil)
	var own wire.SealedList
	s.must("participant", "listVersions", ask{at: map[string]string{"ws": s.sheet}}, &own)
	raw, err := s.sam.Raw(s.ctx, "GET", "/sealed/"+own.Sealed[0].ID)
	check(s.T, err)
	s.one = b64(raw)
	check(s.T, s.save(s.ctx, s.T, s.sheet, 2, "Canarysentence", false, s.mariaKeys))
	s.sealed = s.shared(s.ctx, s.T)[0].ID
	raw, err = s.sam.Raw(s.ctx, "GET", "/sealed/"+s.sealed)
	check(s.T, err)
	s.two = b64(raw)
}

// takeSeats gets the guest, pass and stage cookies.
func (s *scene) takeSeats() {
	s.Helper()
	s.seats["guest"] = s.guest(s.ctx, s.T, s.openCode, "Robin")
	for who, enter := range map[string]ask{"pass": {body: wire.PassEntryRequest{Code: s.passCode("participant")}}, "stage": {body: wire.ConnectRequest{Code: s.stageCode()}}} {
		s.seats[who] = client.New(s.base)
		o := s.rows[map[string]string{"pass": "enterByPass", "stage": "connectStage"}[who]]
		check(s.T, s.seats[who].Do(s.ctx, o.Method, o.Path, enter.body, nil))
	}
}

// seat is a separate client with a copy of somebody's cookies, so that tests do not affect each
// other's.
func (s *scene) seat(who string) *client.Client {
	s.Helper()
	from := s.seats[who]
	if p := s.people[who]; p != nil {
		from = p.Client
	}
	if from == nil {
		return client.New(s.base)
	}
	c, err := from.At(s.base)
	check(s.T, err)
	return c
}

// must performs an operation as a member who may.
func (s *scene) must(who, name string, a ask, out any) {
	s.Helper()
	o := s.rows[name]
	if err := s.people[who].Ask(s.ctx, o.Method, pathTo(o, a), a.header, a.body, out); err != nil {
		s.Fatalf("%s as %s: %v", name, who, err)
	}
}

// made is must for operations that return an id.
func (s *scene) made(who, name string, a ask) string {
	s.Helper()
	var out wire.Created
	s.must(who, name, a, &out)
	return out.ID
}

// fresh returns a number that was not used before.
func (s *scene) fresh() string {
	s.n++
	return strconv.Itoa(s.n)
}

func (s *scene) acct(who string) string {
	if p := s.people[who]; p != nil {
		return b64(p.account.Acct[:])
	}
	return b64(s.sam.account.Acct[:])
}

func cohortFacts() wire.CohortRequest {
	return wire.CohortRequest{Name: "Second", StartsOn: "2026-01-01", EndsOn: "2030-01-01", Capacity: 12}
}

func scheduleIn(cohort, lead string) wire.ScheduleRequest {
	return wire.ScheduleRequest{Title: "Group", Kind: "group", Cohort: cohort, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60", Language: "en", Lead: lead, Capacity: 12}
}

func (s *scene) plan(who string) string {
	s.Helper()
	return s.made(who, "scheduleWorkshop", ask{body: scheduleIn(s.cohort, s.people["counselor"].member)})
}

// slipFor returns the code of a new slip.
func (s *scene) slipFor(role string) string {
	s.Helper()
	return s.newSlip(role).Code
}

func (s *scene) newSlip(role string) wire.NewSlip {
	s.Helper()
	var out wire.NewSlips
	s.must("admin", "makeSlips", ask{body: wire.InviteRequest{Roles: []string{role}, Cohort: s.cohort, Count: 1, Language: "en", Days: 1}}, &out)
	return out.Slips[0]
}

// passCode is a code for a person, whose next pass ends the one before.
func (s *scene) passCode(who string) string {
	s.Helper()
	var out wire.Pass
	s.must("counselor", "makePass", ask{at: map[string]string{"workshop": s.workshop}, body: wire.PassRequest{Member: s.people[who].member}}, &out)
	return out.Code
}

func (s *scene) stageCode() string {
	s.Helper()
	var out wire.StageCode
	s.must("counselor", "makeStageCode", ask{at: map[string]string{"workshop": s.workshop}}, &out)
	return out.Code
}

// freshAgenda returns a new draft of the counselor's.
func (s *scene) freshAgenda() string {
	s.Helper()
	return s.made("counselor", "createAgenda", ask{body: wire.AgendaRequest{From: "step9-60", Language: "en", Title: "Ours"}})
}

// freshCohort returns a new cohort with counselor and participant.
func (s *scene) freshCohort() string {
	s.Helper()
	c := s.made("admin", "createCohort", ask{body: cohortFacts()})
	for _, who := range []string{"counselor", "participant"} {
		s.must("admin", "addToCohort", ask{at: map[string]string{"cohort": c, "member": s.people[who].member}, body: wire.CohortRoleRequest{}}, nil)
	}
	return c
}

// addedBy puts one person into a fresh cohort as the admin, and another as everybody else.
func (s *scene) addedBy(who, admins, others, role string) ask {
	s.Helper()
	member := s.people[others].member
	if who == "admin" {
		member = s.people[admins].member
	}
	return ask{at: map[string]string{"cohort": s.freshCohort(), "member": member}, body: wire.CohortRoleRequest{Role: role}}
}

// freshSheet returns a new page of the participant's.
func (s *scene) freshSheet() string {
	s.Helper()
	ws := id.New[id.Worksheet]().String()
	s.must("participant", "saveWorksheet", ask{at: map[string]string{"ws": ws, "ver": "1"}, body: wire.SaveRequest{Typ: "worksheet", Readers: []string{s.acct("participant")}, File: s.one}}, nil)
	return ws
}

// freshAssignment returns an assignment to a mentor who is only invited.
func (s *scene) freshAssignment() string {
	s.Helper()
	return s.made("admin", "assign", ask{body: wire.AssignRequest{Participant: s.sam.member, Invitation: s.newSlip("mentor").ID}})
}

// freshTalkRequest returns a new talk request of the participant's.
func (s *scene) freshTalkRequest() string {
	s.Helper()
	s.must("participant", "requestTalk", ask{}, nil)
	var out wire.TalkRequests
	s.must("counselor", "listTalkRequests", ask{}, &out)
	return out.Requests[0].ID
}

// recordOf returns the participant's attendance record of the ended workshop, "" for none.
func (s *scene) recordOf(workshop string) string {
	s.Helper()
	var out wire.AttendanceSheet
	s.must("counselor", "readAttendance", ask{at: map[string]string{"workshop": workshop}}, &out)
	for _, r := range out.Rows {
		if r.Member == s.sam.member && r.Record != nil {
			return r.Record.ID
		}
	}
	return ""
}

// inRoom connects somebody's device to a room and returns its query parameter.
func (s *scene) inRoom(who, workshop string) url.Values {
	s.Helper()
	phone := dial(s.seat(who), workshop)
	for phone.poll(s.ctx, s.T) == "" && phone.seen.Me["in_room"] != true {
	}
	return url.Values{"device": {phone.device}}
}

func (s *scene) roomCode(workshop string) (code string) {
	s.Helper()
	check(s.T, s.db.Conn(s.T, "postgres").QueryRow(s.ctx, "select room_code from workshop where id = $1", workshop).Scan(&code))
	return code
}

// nextVault returns a person's vault with the next counter, and the If-Match value that goes with it.
func (s *scene) nextVault(who string) (wire.VaultFile, string) {
	s.Helper()
	if s.people[who] == nil {
		return wire.VaultFile{Ctr: 2, File: s.one}, "1"
	}
	var v wire.VaultFile
	s.must(who, "readVault", ask{}, &v)
	before := v.Ctr
	v.Ctr++
	return v, fmt.Sprint(before)
}

// key returns 32 zero bytes in base64.
func key() string { return base64.RawURLEncoding.EncodeToString(make([]byte, 32)) }
