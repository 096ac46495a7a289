package server_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"amends/server"
	"amends/server/app"
	"amends/server/keys"
	"amends/server/postgres/pgtest"
	"amends/server/wire"
)

// settlement is the initial state of every world: two facilities whose people signed up over HTTP, once
// per test binary, because each sign-up derives keys slowly. A world gets a clone of the database, and
// clients with those cookies; no test affects another.
type settlement struct {
	template pgtest.Template
	secrets  keys.Secrets
	files    map[string][]byte
	people   map[string]*person
	cohort   string
	// log is the server's log of that time: searched too for what no log may contain.
	log []byte
}

var settled = newSettlement()

func newSettlement() *settlement {
	s := &settlement{}
	s.template.Fill = s.fill
	return s
}

func (s *settlement) fill(t testing.TB, d *pgtest.Database) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var err error
	s.files, err = keys.NewSecrets(nil, time.Now())
	check(t, err)
	s.secrets, err = keys.ParseSecrets(s.files)
	check(t, err)
	w := &world{db: d, log: &lockedBuffer{}, people: map[string]*person{}}
	w.cfg.Secrets = s.secrets
	stop := w.serve(ctx, t, func(*server.Config) {})
	w.settle(ctx, t)
	stop()
	s.people, s.cohort, s.log = w.people, w.cohort, []byte(w.log.String())
}

// settle creates facility one with all roles and facility two with one person of each role.
func (w *world) settle(ctx context.Context, t testing.TB) {
	t.Helper()
	for _, f := range []string{"", "other "} {
		_, slip, err := w.app.CreateFacility(ctx, app.NewFacility{Name: f + "House", TimeZone: "UTC", Language: "en", NeutralURL: "https://example.org"})
		check(t, err)
		w.join(ctx, t, f+"admin", slip.Code)
		admin := w.people[f+"admin"]
		var cohort wire.Created
		check(t, admin.Do(ctx, "POST", "/cohorts", wire.CohortRequest{Name: "Group", StartsOn: "2026-01-01", EndsOn: "2030-01-01", Capacity: 12}, &cohort))
		roles := []string{"counselor", "mentor", "participant"}
		if f == "" {
			w.cohort = cohort.ID
			roles = []string{"counselor", "counselor", "mentor", "participant", "participant"}
		}
		seen := map[string]int{}
		for _, role := range roles {
			name := f + role
			if seen[role]++; seen[role] > 1 {
				name = fmt.Sprintf("%s%s%d", f, role, seen[role])
			}
			var slips wire.NewSlips
			check(t, admin.Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{role}, Cohort: cohort.ID, Count: 1, Language: "en", Days: 1}, &slips))
			w.join(ctx, t, name, slips.Slips[0].Code)
		}
	}
}
