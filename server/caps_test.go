package server_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"amends/server"
	"amends/server/app"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// lowCaps are the caps of the world of this test: a few rows more than there are at its start.
var lowCaps = map[string]int{"invitation": 3, "cohort": 3, "assignment": 3, "consent": 3, "reader_grant": 2, "sealed": 4, "agenda": 2, "agenda_version": 2,
	"workshop": 5, "attendance_record": 2, "stage": 2, "signin": 3, "kept_act": 4}

// scarce is a world with low caps.
type scarce struct {
	*pairing
	ctx   context.Context
	t     *testing.T
	pages []string
}

// reached makes rows until one is refused: exactly `most` are made, and the refusal is the one that the
// list names, and says which field.
func (s *scarce) reached(table string, most int, field string, more func(n int) error) {
	s.t.Helper()
	for n := range most {
		if err := more(n); err != nil {
			s.t.Fatalf("%s: number %d of %d: %v", table, n+1, most, err)
		}
	}
	all := app.Tables()
	row := all[slices.IndexFunc(all, func(t app.Table) bool { return t.Name == table })]
	var refused *client.Refused
	if err := more(most); !errors.As(err, &refused) || refused.Code != row.Cap.Code || len(refused.Fields) != 1 || refused.Fields[0].Name != field {
		s.t.Errorf("%s: beyond the cap: %v, want %s naming %s", table, err, row.Cap.Code, field)
	}
}

func (s *scarce) rows(table, where string) int {
	s.t.Helper()
	return number(s.ctx, s.t, s.db.Conn(s.t, "postgres"), "select count(*) from "+table+" where "+where)
}

// left is how many more rows of a table there may be of these.
func (s *scarce) left(table, where string) int {
	s.t.Helper()
	return lowCaps[table] - s.rows(table, where)
}

// capCases reach the cap of every table that has one, through its use case. They run in this order of
// dependence: none needs what another used up.
func capCases() map[string]func(*scarce) {
	return map[string]func(*scarce){
		"invitation": func(s *scarce) {
			slips := wire.InviteRequest{Roles: []string{"participant"}, Cohort: s.cohort, Count: 1, Language: "en", Days: 1}
			s.reached("invitation", s.left("invitation", "used_at is null"), "count", func(int) error {
				return s.people["admin"].Do(s.ctx, "POST", "/invitations", slips, nil)
			})
			// Many at once are counted before they are made.
			slips.Count = 60
			refusedWith(s.t, s.people["other admin"].Do(s.ctx, "POST", "/invitations", withoutCohort(slips), nil), "invitation.full")
		},
		"cohort": func(s *scarce) {
			facility := "facility_id = (select facility_id from cohort where id = '" + s.cohort + "')"
			s.reached("cohort", s.left("cohort", facility), "name", func(int) error {
				return s.people["admin"].Do(s.ctx, "POST", "/cohorts", cohortFacts(), nil)
			})
		},
		"cohort_member": func(s *scarce) {
			admin, small := s.people["other admin"], cohortFacts()
			small.Capacity = 1
			var made wire.Created
			check(s.t, admin.Do(s.ctx, "POST", "/cohorts", small, &made))
			_, err := s.db.Conn(s.t, "postgres").Exec(s.ctx, `insert into member_role select facility_id, id, 'participant' from member where id = $1`, admin.member)
			check(s.t, err)
			s.reached("cohort_member", 1, "cohort", func(n int) error {
				who := []*person{s.people["other participant"], admin}[n]
				return admin.Do(s.ctx, "PUT", "/cohorts/"+made.ID+"/members/"+who.member, wire.CohortRoleRequest{}, nil)
			})
		},
		"assignment": func(s *scarce) {
			end := func(which string) error {
				return s.people["counselor"].Do(s.ctx, "POST", "/assignments/"+which+"/end", nil, nil)
			}
			ana := s.people["participant2"].member
			s.reached("assignment", lowCaps["assignment"], "participant", func(int) error {
				var made wire.Created
				err := s.people["counselor"].Do(s.ctx, "POST", "/assignments", wire.AssignRequest{Participant: ana, Mentor: s.maria.member}, &made)
				if err == nil {
					err = end(made.ID)
				}
				return err
			})
		},
		"consent": func(s *scarce) {
			s.reached("consent", s.left("consent", "subject_id = '"+s.sam.member+"'"), "assignment", func(int) error {
				return s.sam.Do(s.ctx, "POST", "/assignments/"+s.assignment+"/consent", wire.SignRequest{TextVersion: "consent@1", Language: "en", Months: 6}, nil)
			})
		},
		"reader_grant": func(s *scarce) {
			share := func(n int) error { return s.sam.Do(s.ctx, "PUT", s.grant(s.pages[n]), nil, nil) }
			s.reached("reader_grant", lowCaps["reader_grant"], "ws", share)
			// The same again is no more than before.
			check(s.t, share(0))
		},
		"sealed": func(s *scarce) {
			own := fmt.Sprintf("author_id = '%s'", s.sam.member)
			s.reached("sealed", s.left("sealed", own), "file", func(int) error { return s.save(s.ctx, s.t, id.New[id.Worksheet]().String(), 1, "x", false) })
		},
		"agenda": func(s *scarce) {
			s.reached("agenda", s.left("agenda", "true"), "title", func(int) error { return s.people["counselor"].Do(s.ctx, "POST", "/agendas", emptyAgenda(), nil) })
		},
		"agenda_version": func(s *scarce) {
			admin := s.people["other admin"]
			var made wire.Created
			check(s.t, admin.Do(s.ctx, "POST", "/agendas", wire.AgendaRequest{From: "step9-60", Language: "en", Title: "Ours"}, &made))
			var whole wire.Agenda
			check(s.t, admin.Do(s.ctx, "GET", "/agendas/"+made.ID, nil, &whole))
			s.reached("agenda_version", lowCaps["agenda_version"], "ver", func(n int) error {
				draft := wire.AgendaDraftRequest{Ver: n + 1, Title: fmt.Sprint("Ours ", n), TargetMin: 60, Segments: whole.Segments}
				if n == 0 {
					draft.Rev = 1
				}
				if err := admin.Do(s.ctx, "PUT", "/agendas/"+made.ID+"/draft", draft, nil); err != nil {
					return err
				}
				return admin.Do(s.ctx, "POST", "/agendas/"+made.ID+"/publish", wire.AgendaPublishRequest{Ver: n + 1, Rev: draft.Rev + 1}, nil)
			})
		},
		"workshop": func(s *scarce) {
			facility := "facility_id = (select facility_id from cohort where id = '" + s.cohort + "')"
			s.reached("workshop", s.left("workshop", facility), "starts", func(n int) error {
				// One that is planned to have been counts too, or a loop of them would have no end.
				starts := time.Now().UTC().AddDate(0, 0, 1-2*(n%2)).Format(wire.LocalTime)
				return s.people["admin"].Do(s.ctx, "POST", "/workshops", wire.ScheduleRequest{Title: "Group", Cohort: s.cohort, Starts: starts, Agenda: "step9-60", Language: "en",
					Lead: s.people["counselor"].member, Capacity: 12}, nil)
			})
		},
		"attendance_record": func(s *scarce) {
			workshop, dana, _, _ := s.started(s.ctx, s.t, "step9-60")
			do(s.ctx, s.t, dana, "end", "", -1)
			var last wire.Created
			s.reached("attendance_record", lowCaps["attendance_record"], "member", func(n int) error {
				return s.people["counselor"].Do(s.ctx, "POST", "/workshops/"+workshop+"/attendance/"+s.sam.member+"/correct", wire.CorrectRequest{Minutes: 10 + n, Reason: "signal", Replaces: last.ID}, &last)
			})
		},
		"guest": func(s *scarce) {
			_, code := s.planOpen(s.ctx, s.t, 1)
			s.reached("guest", 2, "code", func(n int) error {
				_, err := client.New(s.base).EnterAsGuest(s.ctx, code, fmt.Sprint("Robin ", n))
				return err
			})
		},
		"stage":    (*scarce).stagesEnd,
		"signin":   (*scarce).signinsEnd,
		"kept_act": (*scarce).keysGo,
	}
}

func withoutCohort(in wire.InviteRequest) wire.InviteRequest {
	in.Cohort = ""
	return in
}

func emptyAgenda() wire.AgendaRequest { return wire.AgendaRequest{Language: "en", Title: "Ours"} }

// The stage that was connected first shows nothing any more; the newer ones do.
func (s *scarce) stagesEnd() {
	workshop := s.plan(s.ctx, s.t)
	var screens []*client.Client
	for range lowCaps["stage"] + 1 {
		screens = append(screens, s.connected(s.ctx, s.t, workshop))
	}
	for n, screen := range screens {
		err := screen.Do(s.ctx, "GET", "/rooms/"+workshop+"/poll?seat=stage&device="+id.New[id.Node]().String(), nil, nil)
		if (err == nil) != (n > 0) {
			s.t.Errorf("stage %d of %d: %v", n+1, len(screens), err)
		}
	}
}

// The device that signed in first asks for the password again; the others go on. Room passes do not
// count, and have a cap of their own.
func (s *scarce) signinsEnd() {
	kofi := s.people["counselor2"]
	devices := []*client.Client{kofi.Client}
	for range lowCaps["signin"] {
		device := client.New(s.base)
		check(s.t, device.LogIn(s.ctx, kofi.account.Handle, password))
		devices = append(devices, device)
	}
	for n, device := range devices {
		err := device.Do(s.ctx, "GET", "/me", nil, nil)
		if n == 0 {
			refusedWith(s.t, err, "signin.needed")
		} else if err != nil {
			s.t.Errorf("sign-in %d of %d: %v", n+1, len(devices), err)
		}
	}
	open := "ended_at is null and member_id = '" + kofi.member + "'"
	if n := s.rows("signin", open); n != lowCaps["signin"] {
		s.t.Errorf("%d sign-ins are open", n)
	}
	if tokens := s.rows("lookup.signin_token", "member_id = '"+kofi.member+"'"); tokens != lowCaps["signin"] {
		s.t.Errorf("there are %d tokens", tokens)
	}
	s.passesEnd()
}

func (s *scarce) passesEnd() {
	ana := s.people["participant2"]
	var seats []*client.Client
	for range lowCaps["signin"] + 1 {
		workshop := s.plan(s.ctx, s.t) // a person has one pass for a room
		var pass wire.Pass
		check(s.t, s.people["counselor"].Do(s.ctx, "POST", "/workshops/"+workshop+"/passes", wire.PassRequest{Member: ana.member}, &pass))
		seat := client.New(s.base)
		check(s.t, seat.Do(s.ctx, "POST", "/guest/pass", wire.PassEntryRequest{Code: pass.Code}, nil))
		seats = append(seats, seat)
	}
	for n, seat := range seats {
		if err := seat.Do(s.ctx, "GET", "/guest", nil, nil); (err == nil) != (n > 0) {
			s.t.Errorf("pass %d of %d: %v", n+1, len(seats), err)
		}
	}
	check(s.t, ana.Do(s.ctx, "GET", "/me", nil, nil))
}

// The newest keys are kept (TestKeysAreForgotten has what that means for a repeat).
func (s *scarce) keysGo() {
	workshop := s.plan(s.ctx, s.t)
	for range lowCaps["kept_act"] + 2 {
		check(s.t, s.people["counselor"].Do(s.ctx, "POST", "/workshops/"+workshop+"/stage-code", nil, nil))
	}
	if n := s.rows("kept_act", "member_id = '"+s.people["counselor"].member+"'"); n != lowCaps["kept_act"] {
		s.t.Errorf("%d keys are kept of one person", n)
	}
}

func newScarce(t *testing.T) *scarce {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	s := &scarce{ctx: ctx, t: t, pairing: pairedIn(ctx, t, newWorldWith(t, func(c *server.Config) { c.Caps = lowCaps }))}
	s.sign(ctx, t)
	for range 3 {
		s.pages = append(s.pages, id.New[id.Worksheet]().String())
		check(t, s.save(ctx, t, s.pages[len(s.pages)-1], 1, "x", false))
	}
	return s
}

func TestEveryCapIsReached(t *testing.T) {
	t.Parallel()
	for table, reach := range capCases() {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			reach(newScarce(t))
		})
	}
}

// Requests at the same moment do not pass a cap together.
func TestACapHoldsForManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newScarce(t)
	const many = 12
	device := client.New(s.base)
	check(t, device.LogIn(s.ctx, s.sam.account.Handle, password))
	var wait sync.WaitGroup
	for range many {
		wait.Add(2)
		go func() {
			defer wait.Done()
			_ = s.people["admin"].Do(s.ctx, "POST", "/cohorts", cohortFacts(), nil)
		}()
		go func() {
			defer wait.Done()
			// Some are told to wait, since many guess at one name.
			if err := client.New(s.base).LogIn(s.ctx, s.sam.account.Handle, password); err != nil {
				refusedWith(t, err, "too_many")
			}
		}()
	}
	wait.Wait()
	facility := "facility_id = (select facility_id from cohort where id = '" + s.cohort + "')"
	if n := s.rows("cohort", facility); n != lowCaps["cohort"] {
		t.Errorf("there are %d cohorts", n)
	}
	if n := s.rows("signin", "ended_at is null and member_id = '"+s.sam.member+"'"); n != lowCaps["signin"] {
		t.Errorf("%d sign-ins are open", n)
	}
}

// A grant is for a page that is stored, and ends with it.
func TestGrantsAreOnlyForPagesThatExist(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p := pair(ctx, t)
	p.sign(ctx, t)
	ws := id.New[id.Worksheet]().String()
	var refused *client.Refused
	if err := p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil); !errors.As(err, &refused) || refused.Code != "grant.no_page" || len(refused.Fields) != 1 || refused.Fields[0].Name != "ws" {
		t.Errorf("a grant for no page: %v", err)
	}
	check(t, p.save(ctx, t, ws, 1, "x", false))
	check(t, p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil))
	check(t, p.sam.Do(ctx, "DELETE", "/worksheets/"+ws, nil, nil))
	var grants wire.Grants
	if check(t, p.sam.Do(ctx, "GET", "/grants", nil, &grants)); len(grants.Grants) != 0 {
		t.Errorf("a deleted page is still shared: %v", grants.Grants)
	}
	refusedWith(t, p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil), "grant.no_page")
}
