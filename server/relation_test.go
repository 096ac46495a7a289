package server_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"amends/roles"
	"amends/server"
	"amends/server/client"
	"amends/server/wire"
)

// No sequence of acts gives a counselor a right over a person that no admin, no slip and not the person
// gave. The test walks at random through what three counselors of two groups, an admin and two
// participants can ask for, and keeps its own account of who was put where by whom. After each act it
// looks at what each counselor is shown.
//
// The rule, in the account: an admin may put anybody anywhere. A counselor hands on only what they were
// given: a participant of a cohort of which an admin made them staff may be put into another such cohort.

// walk is one random sequence.
type walk struct {
	*world
	*testing.T
	ctx  context.Context
	dice *rand.Rand
	// in is the account: for each cohort, what each person was given to be in it.
	in map[string]map[string]roles.CohortRole
	// leads names for each workshop its cohort, "" for an open meeting, and its facilitators.
	leads map[string]meeting
	pairs map[string]string
	// done are the acts so far, and granted how often counselors got what.
	done    []string
	granted map[string]int
}

type meeting struct {
	cohort string
	by     []string
}

// counselors: one of the first and the third cohort, one of the second and the third, and one who only
// takes part in the first, is staff of the second and mentor in the third: the mentor of the settled
// world, who is given more roles.
func counselorsOfWalk() []string { return []string{"counselor", "counselor2", "mentor"} }

func peopleOfWalk() []string {
	return append(counselorsOfWalk(), "participant", "participant2", "admin")
}

func newWalk(ctx context.Context, t *testing.T, seed uint64) *walk {
	t.Helper()
	w := &walk{T: t, ctx: ctx, world: newWorldWith(t, func(c *server.Config) { c.Unlimited = true }), dice: rand.New(rand.NewPCG(seed, 9)),
		in: map[string]map[string]roles.CohortRole{}, leads: map[string]meeting{}, pairs: map[string]string{}, granted: map[string]int{}}
	for range 2 {
		w.in[w.answered("admin", "POST", "/cohorts", cohortFacts())] = map[string]roles.CohortRole{}
	}
	others := w.cohorts()
	w.in[w.cohort] = map[string]roles.CohortRole{"counselor": roles.AsStaff, "counselor2": roles.AsStaff, "mentor": roles.AsMentor, "participant": roles.AsParticipant, "participant2": roles.AsParticipant}
	w.must("admin", "PUT", "/members/"+w.people["mentor"].member+"/roles", wire.MemberRolesRequest{Roles: []string{"counselor", "mentor", "participant"}})
	w.remove("admin", w.cohort, "counselor2")
	w.remove("admin", w.cohort, "participant2")
	w.add("admin", w.cohort, "mentor", roles.AsParticipant)
	w.add("admin", others[0], "counselor2", roles.AsStaff)
	w.add("admin", others[0], "participant2", roles.AsParticipant)
	w.add("admin", others[1], "counselor", roles.AsStaff)
	w.add("admin", others[1], "counselor2", roles.AsStaff)
	// One person who is something else in each cohort: what they are in one is nothing in the others.
	w.add("admin", others[0], "mentor", roles.AsStaff)
	w.add("admin", others[1], "mentor", roles.AsMentor)
	w.pair("admin", "mentor")
	return w
}

func (w *walk) cohorts() []string {
	var all []string
	for c := range w.in {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

// asked performs a request and reports whether it was granted.
func (w *walk) asked(who, method, path string, body, out any) bool {
	w.Helper()
	err := w.people[who].Do(w.ctx, method, path, body, out)
	var refused *client.Refused
	if err != nil && (!errors.As(err, &refused) || refused.Status >= 500 || refused.Status == 400 && refused.Code != "input.invalid") {
		w.Fatalf("%s %s as %s: %v", method, path, who, err)
	}
	return err == nil
}

func (w *walk) must(who, method, path string, body any) {
	w.Helper()
	check(w.T, w.people[who].Do(w.ctx, method, path, body, nil))
}

func (w *walk) answered(who, method, path string, body any) string {
	w.Helper()
	var made wire.Created
	check(w.T, w.people[who].Do(w.ctx, method, path, body, &made))
	return made.ID
}

func pick[T any](w *walk, of []T) T { return of[w.dice.IntN(len(of))] }

// staff are the cohorts of which a counselor was made staff.
func (w *walk) staff(who string) (all []string) {
	for c, people := range w.in {
		if people[who] == roles.AsStaff {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return all
}

// given reports whether a counselor was given a right over a person in this role.
func (w *walk) given(who, other string, as roles.CohortRole) bool {
	return slices.ContainsFunc(w.staff(who), func(c string) bool { return w.in[c][other] == as })
}

func (w *walk) add(by, cohort, who string, as roles.CohortRole) {
	w.Helper()
	if !w.asked(by, "PUT", "/cohorts/"+cohort+"/members/"+w.people[who].member, wire.CohortRoleRequest{Role: string(as)}, nil) {
		return
	}
	if as == "" {
		as = narrowest(who)
	}
	w.count("add", by)
	// Somebody who is put there without a right to it is not in the account.
	if by == "admin" || as != roles.AsStaff && w.in[cohort][by] == roles.AsStaff && w.given(by, who, as) && (w.in[cohort][who] == "" || w.in[cohort][who] == as) {
		w.in[cohort][who] = as
	}
}

// narrowest is what somebody is in a cohort when nobody says it.
func narrowest(who string) roles.CohortRole {
	if slices.Contains([]string{"participant", "participant2", "mentor"}, who) {
		return roles.AsParticipant
	}
	return roles.AsStaff
}

func (w *walk) count(what, by string) {
	if by != "admin" {
		w.granted[what]++
	}
}

func (w *walk) remove(by, cohort, who string) {
	w.Helper()
	if w.asked(by, "DELETE", "/cohorts/"+cohort+"/members/"+w.people[who].member, nil, nil) {
		delete(w.in[cohort], who)
		w.count("remove", by)
	}
}

func (w *walk) schedule(by, cohort, lead string) {
	w.Helper()
	plan := scheduleIn(cohort, w.people[lead].member)
	if cohort == "" {
		plan.Kind = "open"
	}
	var made wire.Created
	if !w.asked(by, "POST", "/workshops", plan, &made) {
		return
	}
	w.leads[made.ID] = meeting{cohort, []string{lead}}
	w.count("schedule", by)
	if by == "admin" && cohort != "" && w.in[cohort][lead] == "" {
		w.in[cohort][lead] = roles.AsStaff
	}
}

// come is a person's own act: they come to a meeting that is for them.
func (w *walk) come(who, workshop string) {
	w.Helper()
	if m := w.leads[workshop]; m.cohort != "" && w.in[m.cohort][who] != roles.AsParticipant {
		return
	}
	_, err := w.db.Conn(w.T, "postgres").Exec(w.ctx, `insert into attendance_interval select w.facility_id, gen_random_uuid(), w.id, $2, gen_random_uuid(), now(), now() from workshop w where w.id = $1`,
		workshop, w.people[who].member)
	check(w.T, err)
}

// pair has a person paired with a mentor who is only invited.
func (w *walk) pair(by, who string) {
	w.Helper()
	var slips wire.NewSlips
	check(w.T, w.people["admin"].Do(w.ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{"mentor"}, Count: 1, Language: "en", Days: 1}, &slips))
	before := w.given(by, who, roles.AsParticipant)
	var made wire.Created
	if !w.asked(by, "POST", "/assignments", wire.AssignRequest{Participant: w.people[who].member, Invitation: slips.Slips[0].ID}, &made) {
		return
	}
	if by != "admin" && !before {
		w.broken("%s paired %s", by, who)
	}
	w.pairs[made.ID] = who
	w.count("pair", by)
}

func (w *walk) end(by, pair string) {
	w.Helper()
	if !w.asked(by, "POST", "/assignments/"+pair+"/end", nil, nil) {
		return
	}
	if w.count("end", by); by != "admin" && !w.given(by, w.pairs[pair], roles.AsParticipant) {
		w.broken("%s ended the pairing of %s", by, w.pairs[pair])
	}
}

func (w *walk) broken(format string, args ...any) {
	w.Helper()
	w.Fatalf("%s, and nobody gave that, after:\n%s", fmt.Sprintf(format, args...), strings.Join(w.done, "\n"))
}

// step is one act. Counselors try everything with everybody; an admin changes something now and then.
func (w *walk) step() {
	w.Helper()
	by := pick(w, append(counselorsOfWalk(), counselorsOfWalk()...))
	if w.dice.IntN(8) == 0 {
		by = "admin"
	}
	cohort, who := pick(w, w.cohorts()), pick(w, peopleOfWalk())
	if own := w.staff(by); len(own) > 0 && w.dice.IntN(3) > 0 {
		cohort = pick(w, own)
	}
	as := pick(w, append(roles.CohortRoles(), "", roles.AsParticipant))
	act := w.dice.IntN(10)
	w.done = append(w.done, fmt.Sprintf("%d: %s, cohort %s, %s as %q", act, by, cohort, who, as))
	switch act {
	case 0, 1, 2, 3:
		w.add(by, cohort, who, as)
	case 4:
		w.remove(by, cohort, who)
	case 5:
		w.schedule(by, pick(w, []string{"", cohort, cohort}), pick(w, counselorsOfWalk()))
	case 6, 7:
		if all := w.workshops(); len(all) > 0 {
			w.come(pick(w, []string{"participant", "participant2", "mentor"}), pick(w, all))
		}
	case 8:
		w.pair(by, pick(w, []string{"participant", "participant2", "mentor"}))
	case 9:
		for _, pair := range w.open() {
			w.end(pick(w, counselorsOfWalk()), pair)
		}
	}
	if w.dice.IntN(3) == 0 {
		w.must(pick(w, []string{"participant", "participant2", "mentor"}), "POST", "/talk-requests", nil)
	}
}

func (w *walk) workshops() (all []string) {
	for id := range w.leads {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

func (w *walk) open() (all []string) {
	for id := range w.pairs {
		all = append(all, id)
	}
	slices.Sort(all)
	return all[max(0, len(all)-3):]
}

// look compares what a counselor is shown with the account.
func (w *walk) look(who string) {
	w.Helper()
	names := map[string]string{}
	for _, p := range peopleOfWalk() {
		names[w.people[p].member] = p
	}
	var people wire.Members
	check(w.T, w.people[who].Do(w.ctx, "GET", "/members", nil, &people))
	for _, m := range people.Members {
		other := names[m.ID]
		if other != who && !w.given(who, other, roles.AsParticipant) && !w.given(who, other, roles.AsMentor) && !w.given(who, other, roles.AsStaff) {
			w.broken("%s is shown %s", who, other)
		}
		for _, c := range m.Cohorts {
			if other != who && !slices.Contains(w.staff(who), c.ID) {
				w.broken("%s is shown that %s is in another cohort", who, other)
			}
		}
	}
	var pairs wire.Assignments
	check(w.T, w.people[who].Do(w.ctx, "GET", "/assignments", nil, &pairs))
	for _, a := range pairs.Assignments {
		if other := names[a.Participant.Member]; other != who && !w.given(who, other, roles.AsParticipant) {
			w.broken("%s is shown the pairing of %s", who, other)
		}
	}
	var talks wire.TalkRequests
	check(w.T, w.people[who].Do(w.ctx, "GET", "/talk-requests", nil, &talks))
	for _, r := range talks.Requests {
		w.count("talk", who)
		if other := strings.TrimPrefix(r.RoomName, "Room "); !w.given(who, other, roles.AsParticipant) {
			w.broken("%s is shown that %s asked for a talk", who, other)
		}
	}
	all := w.workshops()
	for _, id := range all[max(0, len(all)-3):] {
		m := w.leads[id]
		mine := m.cohort == "" && slices.Contains(m.by, who) || m.cohort != "" && w.in[m.cohort][who] == roles.AsStaff
		read := w.asked(who, "GET", "/workshops/"+id+"/attendance", nil, nil)
		if read && !mine {
			w.broken("%s reads who came to a meeting of %q", who, m.cohort)
		}
		if read {
			w.count("attendance", who)
		}
	}
}

func TestNoSequenceOfActsGivesARightThatNobodyGave(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	granted := map[string]int{}
	t.Run("walks", func(t *testing.T) {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
				defer cancel()
				w := newWalk(ctx, t, seed)
				for range 80 {
					w.step()
					for _, who := range counselorsOfWalk() {
						w.look(who)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				for what, n := range w.granted {
					granted[what] += n
				}
			})
		}
	})
	// Walks on which everything is refused would show nothing.
	for _, what := range []string{"add", "remove", "schedule", "pair", "end", "attendance", "talk"} {
		if granted[what] == 0 && !t.Failed() {
			t.Errorf("counselors were never granted %q, too little was tried: %v", what, granted)
		}
	}
}
