package server_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// row is one request, and who may make it: everybody else is tried too, as a stranger, as a
// member of another facility and as every role that may not.
type row struct {
	method, path string
	body         any
	may          []string
	// own says that whoever asks is answered for their own things, in whatever facility.
	own bool
}

func rows(w *world, workshop, sheet, sealed string) []row {
	admin, staff, all := []string{"admin"}, []string{"admin", "counselor"}, []string{"admin", "counselor", "mentor", "participant", "participant2"}
	stranger := id.New[id.Member]().String()
	return []row{
		{"GET", "/me", nil, all, false},
		{"GET", "/facility", nil, all, false},
		{"GET", "/vault", nil, all, false},
		{"GET", "/keys/wraps", nil, all, false},
		{"GET", "/cohorts", nil, all, false},
		{"GET", "/workshops", nil, all, false},
		{"GET", "/members", nil, staff, false},
		{"GET", "/invitations", nil, staff, false},
		{"GET", "/agendas", nil, []string{"admin", "counselor", "mentor"}, false},
		{"POST", "/agendas", wire.AgendaRequest{Language: "en", Title: "Ours"}, staff, true},
		{"GET", "/agendas/step9-60?language=en", nil, []string{"admin", "counselor", "mentor"}, true},
		{"GET", "/agendas/" + stranger, nil, nil, false},
		{"GET", "/agendas/" + stranger + "/versions/1", nil, nil, false},
		{"PUT", "/agendas/" + stranger + "/draft", wire.AgendaDraftRequest{Ver: 1, Rev: 1}, nil, false},
		{"POST", "/agendas/" + stranger + "/publish", wire.AgendaPublishRequest{Ver: 1, Rev: 1}, nil, false},
		{"PUT", "/agendas/" + stranger + "/archived", wire.AgendaArchiveRequest{Archived: true}, nil, false},
		{"GET", "/workshops/" + workshop, nil, all, false},
		{"POST", "/cohorts", wire.CohortRequest{Name: "New", StartsOn: "2026-01-01", EndsOn: "2026-02-01", Capacity: 5}, admin, false},
		{"PUT", "/cohorts/" + w.cohort, wire.CohortRequest{Name: "Group", StartsOn: "2026-01-01", EndsOn: "2030-01-01", Capacity: 12}, staff, false},
		{"PUT", "/members/" + w.people["participant2"].member + "/status", wire.MemberStatusRequest{Status: "active"}, admin, false},
		{"PUT", "/members/" + w.people["mentor"].member + "/roles", wire.MemberRolesRequest{Roles: []string{"mentor"}}, admin, false},
		{"PUT", "/cohorts/" + w.cohort + "/members/" + w.people["mentor"].member, nil, staff, false},
		{"POST", "/invitations", wire.InviteRequest{Roles: []string{"participant"}, Cohort: w.cohort, Count: 1, Language: "en", Days: 1}, staff, false},
		{"POST", "/invitations", wire.InviteRequest{Roles: []string{"admin"}, Count: 1, Language: "en", Days: 1}, admin, false},
		{"POST", "/workshops/" + workshop + "/pairing", nil, []string{"counselor"}, false},
		{"PUT", "/facility", wire.FacilitySettingsRequest{Track: "secular"}, admin, true},
		{"GET", "/assignments", nil, all, false},
		{"POST", "/assignments", wire.AssignRequest{Participant: w.people["participant2"].member, Mentor: w.people["mentor"].member}, staff, false},
		{"POST", "/assignments/" + stranger + "/end", nil, nil, false},
		{"POST", "/assignments/" + stranger + "/consent", wire.SignRequest{TextVersion: "consent@1", Language: "en", Months: 6}, nil, false},
		{"GET", "/consents", nil, []string{"mentor", "participant", "participant2"}, false},
		{"POST", "/consents/" + stranger + "/revoke", nil, nil, false},
		{"GET", "/bundles/" + b64(w.people["participant"].account.Acct[:]), nil, nil, false},
		{"GET", "/grants", nil, []string{"participant", "participant2"}, false},
		{"PUT", "/grants/" + sheet + "/" + b64(w.people["mentor"].account.Acct[:]), nil, nil, false},
		{"DELETE", "/grants/" + sheet + "/" + b64(w.people["mentor"].account.Acct[:]), nil, []string{"participant", "participant2"}, true},
		{"GET", "/shared", nil, []string{"mentor"}, false},
		{"GET", "/shared/" + b64(w.people["participant"].account.Acct[:]) + "/" + sheet, nil, nil, false},
		{"GET", "/openings", nil, []string{"counselor", "mentor", "participant", "participant2", "admin"}, false},
		{"POST", "/calls", nil, []string{"participant", "participant2"}, false},
		{"GET", "/calls", nil, []string{"counselor"}, false},
		{"POST", "/calls/" + stranger + "/take", nil, nil, false},
		{"GET", "/workshops/" + workshop + "/attendance", nil, staff, false},
		{"POST", "/workshops/" + stranger + "/attendance/confirm", wire.ConfirmRequest{Members: []string{stranger}}, nil, false},
		{"POST", "/workshops/" + stranger + "/attendance/" + stranger + "/correct", wire.CorrectRequest{Minutes: 1, Reason: "other"}, nil, false},
		{"GET", "/attendance", nil, []string{"admin", "mentor", "participant", "participant2"}, false},
		{"GET", "/notes/" + workshop, nil, []string{"counselor"}, false},
		{"GET", "/guest", nil, nil, false},
		{"POST", "/workshops/" + workshop + "/passes", wire.PassRequest{Member: w.people["participant2"].member}, []string{"counselor"}, false},
		{"GET", "/worksheets", nil, []string{"participant", "participant2"}, false},
		{"GET", "/worksheets/" + sheet + "/versions", nil, []string{"participant"}, false},
		{"GET", "/sealed/" + sealed, nil, []string{"participant"}, false},
		{"DELETE", "/worksheets/" + id.New[id.Worksheet]().String(), nil, nil, false},
		{"PUT", "/members/" + stranger + "/status", wire.MemberStatusRequest{Status: "suspended"}, nil, false},
	}
}

func TestEveryRouteAsEveryoneWhoMayAndWhoMayNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	workshop := w.plan(ctx, t)
	sam := w.people["participant"]
	sheet := id.New[id.Worksheet]().String()
	check(t, sam.SaveFirst(ctx, sam.account, sheet, "Canarytitle", []client.Field{{Q: "did", A: "Canarysentence"}}))
	var list wire.SealedList
	check(t, sam.Do(ctx, "GET", "/worksheets", nil, &list))
	opened, err := sam.OpenSheet(ctx, sam.account, list.Sealed[0])
	if err != nil || !strings.Contains(string(opened.Body), "Canarysentence") {
		t.Fatalf("the owner cannot open the page: %v", err)
	}

	people := map[string]*client.Client{"stranger": client.New(w.base)}
	for name, p := range w.people {
		people[name] = p.Client
	}
	foreign := client.New(w.base)
	foreign.HTTP, foreign.Origin = w.people["admin"].HTTP, "https://evil.example"
	for _, r := range rows(w, workshop, sheet, list.Sealed[0].ID) {
		for name, c := range people {
			err := c.Do(ctx, r.method, r.path, r.body, nil)
			may := slices.Contains(r.may, name)
			// People of the other facility may ask about their own; the ids in paths are not theirs.
			if strings.HasPrefix(name, "other ") {
				may = r.own && slices.Contains(r.may, strings.TrimPrefix(name, "other ")) ||
					slices.Contains(r.may, strings.TrimPrefix(name, "other ")) && !strings.Contains(r.path[1:], "/") && r.body == nil ||
					r.path == "/keys/wraps" || name == "other admin" && slices.Contains(r.may, "admin") && r.method == "POST" && !strings.Contains(r.path[1:], "/") && !usesOurCohort(r.body)
			}
			if name == "counselor2" {
				may = slices.Contains(r.may, "counselor")
			}
			var refused *client.Refused
			switch {
			case may && err != nil && !(errors.As(err, &refused) && (refused.Code == "input.invalid" || refused.Code == "assignment.exists")):
				t.Errorf("%s %s as %s: %v", r.method, r.path, name, err)
			case !may && !errors.As(err, &refused):
				t.Errorf("%s %s went through as %s", r.method, r.path, name)
			case !may && name == "stranger" && refused.Status != http.StatusUnauthorized:
				t.Errorf("%s %s as a stranger: %v", r.method, r.path, refused)
			case !may && refused.Status != 401 && refused.Status != 403 && refused.Status != 404:
				t.Errorf("%s %s as %s: %v", r.method, r.path, name, refused)
			}
		}
		if r.method != "GET" {
			var refused *client.Refused
			if err := foreign.Do(ctx, r.method, r.path, r.body, nil); !errors.As(err, &refused) || refused.Code != "request.origin" {
				t.Errorf("%s %s from another site: %v", r.method, r.path, err)
			}
		}
	}
	w.nothingInClear(ctx, t)
}

func usesOurCohort(body any) bool {
	i, ok := body.(wire.InviteRequest)
	_, pairs := body.(wire.AssignRequest)
	return pairs || ok && i.Cohort != ""
}

// nothingInClear looks for the canaries in every row of every table and in the log.
func (w *world) nothingInClear(ctx context.Context, t *testing.T) {
	t.Helper()
	canaries := []string{"Canarytitle", "Canarysentence", password, w.people["participant"].account.Words}
	super := w.db.Conn(t, "postgres")
	var tables []string
	rows, err := super.Query(ctx, `select c.oid::regclass::text from pg_class c where relkind = 'r' and relnamespace in ('public'::regnamespace, 'lookup'::regnamespace)`)
	check(t, err)
	for rows.Next() {
		var name string
		check(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	check(t, rows.Err())
	for _, table := range tables {
		for _, canary := range canaries {
			var found bool
			check(t, super.QueryRow(ctx, "select exists (select 1 from "+table+" x where x::text ilike '%' || $1 || '%' or x::text ilike '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%')", canary).Scan(&found))
			if found {
				t.Errorf("table %s holds a canary", table)
			}
		}
	}
	for _, canary := range canaries {
		if strings.Contains(w.log.String(), canary) {
			t.Error("the log holds a canary")
		}
	}
}
