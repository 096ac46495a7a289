package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"amends/server/app"
	"amends/server/client"
	"amends/server/wire"
)

// Bad input to every operation, derived from its row: each path value, each query number and each body
// field. Cases of single operations are in input_test.go.

const canaryValue = "Canaryvalue"

// mistake is one bad request and its expected answer.
type mistake struct {
	what, kind, body string
	a                ask
	code             string
	// field must be named in the answer; "" for any or none.
	field string
}

func TestBadInputToEveryOperation(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	for _, o := range app.Operations() {
		all := expectations()[o.Name]
		if len(all) == 0 {
			continue // the access test reports that
		}
		e := all[0]
		// Operations for anybody are tried by a stranger, so that nobody loses their cookie.
		who := "stranger"
		if o.Who != app.ByAnybody {
			who = e.may[0]
		}
		for _, m := range mistakes(o, e, e.ask(s, who)) {
			status, said := s.wrong(s.seat(who), o, m)
			s.judgeMistake(o, m, status, said)
		}
	}
	if strings.Contains(s.log.String(), canaryValue) {
		t.Error("the log holds a value")
	}
}

func mistakes(o app.Operation, e expected, good ask) (all []mistake) {
	for _, p := range o.Takes() {
		switch {
		case p.In == app.InPath:
			at := map[string]string{}
			for name, value := range good.at {
				at[name] = value
			}
			at[p.Name] = strings.Repeat(canaryValue, 5)
			body := mustJSON(good.body)
			all = append(all, mistake{"a bad " + p.Name + " in the path", "application/json", body, ask{at: at, query: good.query, header: good.header}, "input.invalid", p.Name})
		case p.In == app.InQuery && p.Number:
			all = append(all, mistake{"no number for " + p.Name, "", "", ask{at: good.at, query: url.Values{p.Name: {canaryValue}}}, "input.invalid", p.Name})
		case p.Name == wire.IdempotencyKey:
			all = append(all,
				mistake{"a bad key", "application/json", mustJSON(good.body), ask{at: good.at, header: http.Header{p.Name: {canaryValue}}}, "input.invalid", p.Name},
				mistake{"no key", "application/json", mustJSON(good.body), ask{at: good.at, header: http.Header{p.Name: nil}}, "input.invalid", p.Name})
		case p.In == app.InHeader:
			all = append(all, mistake{"a bad " + p.Name, "application/json", mustJSON(good.body), ask{at: good.at, header: http.Header{p.Name: {canaryValue}}}, "input.invalid", p.Name})
		case p.In == app.InBody:
			all = append(all, badBodies(o, e, p.Type, good)...)
		}
	}
	return all
}

func badBodies(o app.Operation, e expected, body reflect.Type, good ask) []mistake {
	invalid, field := "body.invalid", canaryValue
	if o.Name == "commandRoom" { // its body is a frame, which the room parses
		invalid, field = "frame.invalid", ""
	}
	whole := mustJSON(good.body)
	all := []mistake{
		{"an unknown field", "application/json", `{"` + canaryValue + `":1}`, good, invalid, field},
		{"no JSON", "application/json", canaryValue, good, invalid, ""},
		{"a list", "application/json", `["` + canaryValue + `"]`, good, invalid, ""},
		{"two values", "application/json", whole + ` {}`, good, invalid, ""},
		{"an empty body", "application/json", ``, good, invalid, ""},
		{"a form", "application/x-www-form-urlencoded", `a=` + canaryValue, good, "body.content_type", ""},
		{"no content type", "", whole, good, "body.content_type", ""},
		{"one byte too many", "application/json", strings.Repeat(" ", e.most()-len(whole)+1) + whole, good, "body.too_large", ""},
	}
	if o.Name == "commandRoom" {
		return all
	}
	for i := range body.NumField() {
		name, _, _ := strings.Cut(body.Field(i).Tag.Get("json"), ",")
		all = append(all, mistake{name + " of the wrong type", "application/json", `{"` + name + `":{"` + canaryValue + `":[]}}`, good, invalid, ""})
	}
	return all
}

// wrong sends a mistake and returns status and body of the answer.
func (s *scene) wrong(c *client.Client, o app.Operation, m mistake) (int, []byte) {
	s.Helper()
	return rawWith(s.ctx, s.T, c, o.Method, pathTo(o, m.a), m.kind, m.body, m.a.header)
}

func (s *scene) judgeMistake(o app.Operation, m mistake, status int, said []byte) {
	s.Helper()
	var problem client.Refused
	if err := json.Unmarshal(said, &problem); err != nil || status < 400 || status >= 500 || problem.Code != m.code {
		s.Errorf("%s, %s: %d %s, want %s", o.Name, m.what, status, said, m.code)
		return
	}
	if m.field != "" && !slices.ContainsFunc(problem.Fields, func(f struct{ Name, Problem string }) bool { return f.Name == m.field }) {
		s.Errorf("%s, %s: %v does not name %q", o.Name, m.what, problem.Fields, m.field)
	}
	// The answer may quote the name of an unknown field, but never a value.
	if m.what != "an unknown field" && !strings.HasSuffix(m.what, "of the wrong type") && bytes.Contains(bytes.ToLower(said), []byte(strings.ToLower(canaryValue))) {
		s.Errorf("%s, %s: the answer quotes the value: %s", o.Name, m.what, said)
	}
}

func mustJSON(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprint("write a body: ", err))
	}
	return string(text)
}
