package server_test

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"amends/server/app"
	"amends/server/client"
)

// Every operation is tried as everybody: each role of the facility with its own and with another
// cohort, each role of another facility, and people without a sign-in. A row of app.Operations without
// an expectation fails, and so does an expectation without a row.

// askers are all who try each operation.
func askers() []string { return slices.Concat(house(), away(), strangers()) }

// house are the members of the facility that owns all objects; those with a 2 are in another cohort.
func house() []string {
	return []string{"admin", "counselor", "counselor2", "mentor", "mentor2", "participant", "participant2"}
}

// away are members of another facility.
func away() []string {
	return []string{"other admin", "other counselor", "other mentor", "other participant"}
}

// strangers have no sign-in. The guest of the open meeting, the holder of a pass to the group and the
// group's stage each have one narrow cookie.
func strangers() []string { return []string{"stranger", "guest", "pass", "stage"} }

// expected is what one operation answers to everybody.
//
// It repeats what the row says on purpose: a mark removed from a row must fail here.
type expected struct {
	// by is the cookie that the operation accepts; the default is a sign-in.
	by app.Who
	// hides says that a refusal must look like "not found".
	hides bool
	// is has the row's marks where they are not the usual ones of its method (usual). The first expectation
	// of an operation has them.
	is *app.Mark
	// limit is the maximum size of its body in bytes, unless it is the default for its cookie.
	limit int
	// may are those who pass authorization and reach the operation's own checks.
	may []string
	// answer is the result for them; "" means success.
	answer string
	// otherwise are single people with a different refusal.
	otherwise map[string]string
	// ask makes a valid request for this person, with objects that exist.
	ask func(s *scene, who string) ask
}

// ask is a request without method and path, which come from the row.
type ask struct {
	at     map[string]string
	query  url.Values
	header http.Header
	body   any
}

func TestEveryOperationAsEverybody(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	rows, left := app.Operations(), expectations()
	for _, o := range rows {
		if len(left[o.Name]) == 0 {
			t.Errorf("operation %s has no expectation", o.Name)
		}
		if !endsSeats(o.Name) {
			s.asEverybody(o, left[o.Name])
		}
	}
	// Operations that end everybody's sign-in come last.
	for _, o := range rows {
		if endsSeats(o.Name) {
			s.asEverybody(o, left[o.Name])
		}
		delete(left, o.Name)
	}
	for name := range left {
		t.Errorf("%s is expected of, and is no operation", name)
	}
	s.nothingInClear(s.ctx, t)
}

func endsSeats(name string) bool {
	return name == "signOut" || name == "quickExit" || name == "leaveAsGuest"
}

func (s *scene) asEverybody(o app.Operation, all []expected) {
	for i, e := range all {
		for _, who := range askers() {
			want := e.wanted(who)
			said := s.send(s.seat(who), o, e.ask(s, who))
			if !slices.Contains(want, said) {
				s.Errorf("%s (%d) as %s: %q, want %q", o.Name, i, who, said, want)
			}
		}
		if o.Method != http.MethodGet {
			foreign := s.seat("admin")
			foreign.Origin = "https://evil.example"
			if said := s.send(foreign, o, e.ask(s, "admin")); said != "403 request.origin" {
				s.Errorf("%s from another site: %q", o.Name, said)
			}
		}
	}
}

// wanted returns the answers that this person may get.
func (e expected) wanted(who string) []string {
	const unknown, refused, hidden = "401 signin.needed", "403 access.refused", "404 thing.not_found"
	said, named := e.otherwise[who]
	switch {
	case named:
		return []string{said}
	case slices.Contains(e.may, who):
		return []string{e.answer}
	case !holdsFor(e.cookie(), who):
		return []string{unknown}
	case e.hides:
		return []string{hidden}
	case slices.Contains(away(), who):
		return []string{refused, hidden}
	}
	return []string{refused}
}

func (e expected) cookie() app.Who { return cmp.Or(e.by, app.BySignIn) }

// holdsFor reports whether somebody has a cookie that an operation accepts.
func holdsFor(asks app.Who, who string) bool {
	switch {
	case asks == app.ByAnybody:
		return true
	case who == "stranger":
		return false
	case who == "stage":
		return asks == app.BySeat
	case who == "guest" || who == "pass":
		return asks != app.BySignIn
	}
	return asks != app.ByGuest
}

// send sends the request and returns the refusal, or "".
func (s *scene) send(c *client.Client, o app.Operation, a ask) string {
	err := c.Ask(s.ctx, o.Method, pathTo(o, a), a.header, a.body, nil)
	if err == nil {
		return ""
	}
	return refusal(err)
}

// pathTo fills the request's ids into the row's path.
func pathTo(o app.Operation, a ask) string {
	parts := strings.Split(o.Path, "/")
	for i, p := range parts {
		if name, is := strings.CutPrefix(p, ":"); is {
			parts[i] = url.PathEscape(a.at[name])
		}
	}
	path := strings.Join(parts, "/")
	if len(a.query) > 0 {
		path += "?" + a.query.Encode()
	}
	return path
}

// nothingInClear searches every row of every table, and the log, for the canaries.
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
