package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// Bad input gets a clear error that names the field, never the value, and changes nothing.
func TestBadInputIsNamedAndNeverEchoed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	const canary = "Canaryvalue"
	acct := base64.RawURLEncoding.EncodeToString(w.people["participant"].account.Acct[:])
	sheet := "/worksheets/" + id.New[id.Worksheet]().String() + "/versions/"
	poll := "/rooms/" + id.New[id.Workshop]().String() + "/poll"
	post := strings.TrimSuffix(poll, "poll") + "commands"
	save := func(file string) string {
		return `{"typ":"worksheet","readers":["` + acct + `"],"replace":false,"file":"` + file + `"}`
	}
	junk := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte("x"), 6000))
	for name, c := range map[string]struct {
		who, method, path, kind, body string
		status                        int
		code, field                   string
	}{
		"unknown field":         {"admin", "POST", "/cohorts", "application/json", `{"` + canary + `":1}`, 400, "body.invalid", canary},
		"wrong type":            {"admin", "POST", "/cohorts", "application/json", `{"name":{"a":"` + canary + `"}}`, 400, "body.invalid", "name"},
		"two values":            {"admin", "POST", "/cohorts", "application/json", `{} {}`, 400, "body.invalid", "body"},
		"not JSON":              {"admin", "POST", "/cohorts", "application/json", canary, 400, "body.invalid", "body"},
		"empty body":            {"admin", "POST", "/cohorts", "application/json", ``, 400, "body.invalid", "body"},
		"form":                  {"admin", "POST", "/cohorts", "application/x-www-form-urlencoded", `name=` + canary, 415, "body.content_type", ""},
		"no content type":       {"admin", "POST", "/cohorts", "", `{}`, 415, "body.content_type", ""},
		"bad dates":             {"admin", "POST", "/cohorts", "application/json", `{"name":"x","starts_on":"` + canary + `","ends_on":"2026-02-30","capacity":0}`, 400, "input.invalid", "starts_on"},
		"control characters":    {"admin", "POST", "/cohorts", "application/json", `{"name":"a\u0000b","starts_on":"2026-01-01","ends_on":"2026-01-02","capacity":5}`, 400, "input.invalid", "name"},
		"too big":               {"admin", "POST", "/cohorts", "application/json", `{"name":"` + strings.Repeat("x", 300<<10) + `"}`, 413, "body.too_large", ""},
		"agenda of no source":   {"admin", "POST", "/agendas", "application/json", `{"from":"` + canary + `","language":"en","title":"x"}`, 400, "input.invalid", "from"},
		"agenda in no language": {"admin", "POST", "/agendas", "application/json", `{"from":"","language":"` + canary + `","title":""}`, 400, "input.invalid", "language"},
		"unknown agenda field":  {"admin", "PUT", "/agendas/" + id.New[id.Agenda]().String() + "/draft", "application/json", `{"ver":1,"rev":1,"title":"x","segments":[{"` + canary + `":1}]}`, 400, "body.invalid", canary},
		"version of an agenda":  {"admin", "PUT", "/agendas/" + id.New[id.Agenda]().String() + "/draft", "application/json", `{"ver":0,"rev":-1,"title":"` + canary + `","segments":[]}`, 400, "input.invalid", "rev"},
		"plan without agenda":   {"admin", "POST", "/workshops", "application/json", `{"title":"x","cohort":"` + w.cohort + `","starts":"2026-05-12T18:30","agenda":"` + canary + `","language":"en","lead":"` + w.people["counselor"].member + `","capacity":5}`, 400, "input.invalid", "agenda"},
		"bad id in a path":      {"admin", "GET", "/workshops/" + canary, "", ``, 400, "input.invalid", "workshop"},
		"poll of no room":       {"participant", "GET", "/rooms/" + canary + "/poll", "", ``, 400, "input.invalid", "workshop"},
		"poll past what":        {"participant", "GET", poll + "?seq=" + canary, "", ``, 400, "input.invalid", "seq"},
		"poll with a number":    {"participant", "GET", poll + "?seq=1&mark=" + canary, "", ``, 400, "input.invalid", "mark"},
		"poll of no device":     {"participant", "GET", poll + "?device=" + canary, "", ``, 400, "input.invalid", "device"},
		"command of nothing":    {"participant", "POST", post, "application/json", canary, 400, "frame.invalid", "frame"},
		"command as a form":     {"participant", "POST", post, "application/x-www-form-urlencoded", `do=` + canary, 415, "body.content_type", ""},
		"command too big":       {"participant", "POST", post, "application/json", `{"id":"` + strings.Repeat("x", 17<<10) + `"}`, 413, "body.too_large", ""},
		"command without id":    {"participant", "POST", post, "application/json", `{"do":"raise"}`, 400, "frame.invalid", "id"},
		"unknown command":       {"participant", "POST", post, "application/json", `{"id":"` + id.New[id.Command]().String() + `","do":"` + canary + `!"}`, 400, "command.unknown", "do"},
		"stray argument":        {"participant", "POST", post, "application/json", `{"id":"` + id.New[id.Command]().String() + `","do":"raise","with":{"reason":"` + canary + `"}}`, 400, "input.invalid", "with.reason"},
		"bad time":              {"admin", "GET", "/workshops?since=" + canary, "", ``, 400, "input.invalid", "since"},
		"unknown route":         {"admin", "GET", "/" + canary, "", ``, 404, "route.unknown", ""},
		"unknown role":          {"admin", "POST", "/invitations", "application/json", `{"roles":["` + canary + `"],"count":1,"language":"en","days":1}`, 400, "input.invalid", "roles"},
		"slip that is none":     {"stranger", "POST", "/auth/slip", "application/json", `{"invite":"CANARYVALUE12345"}`, 404, "slip.unknown", ""},
		"stage code of nobody":  {"stranger", "POST", "/stage/connect", "application/json", `{"code":"00000000"}`, 404, "stage_code.unknown", ""},
		"stage code letters":    {"stranger", "POST", "/stage/connect", "application/json", `{"code":"` + canary + `"}`, 400, "input.invalid", "code"},
		"work too long":         {"stranger", "POST", "/stage/connect", "application/json", `{"code":"00000000","work":"` + strings.Repeat(canary, 40) + `"}`, 400, "input.invalid", "work"},
		"guest work too long":   {"stranger", "POST", "/guest/enter", "application/json", `{"code":"ABCDEF","name":"Robin","work":"` + strings.Repeat(canary, 40) + `"}`, 400, "input.invalid", "work"},
		"key of wrong length":   {"stranger", "POST", "/auth/login", "application/json", `{"handle":"` + canary + `","apw":"AAAA","shared":false}`, 400, "input.invalid", "apw"},
		"sealed file is junk":   {"participant", "PUT", sheet + "1", "application/json", save(junk), 422, "worksheet.shape", "file"},
		"sealed file no b64":    {"participant", "PUT", sheet + "1", "application/json", save("!!" + canary), 400, "input.invalid", "file"},
		"version zero":          {"participant", "PUT", sheet + "0", "application/json", save(junk), 400, "input.invalid", "ver"},
		"confirm nobody":        {"counselor", "POST", "/workshops/" + id.New[id.Workshop]().String() + "/attendance/confirm", "application/json", `{"members":[]}`, 400, "input.invalid", "members"},
		"confirm no person":     {"counselor", "POST", "/workshops/" + id.New[id.Workshop]().String() + "/attendance/confirm", "application/json", `{"members":["` + canary + `"]}`, 400, "input.invalid", "members"},
		"correct, bad reason":   {"counselor", "POST", "/workshops/" + id.New[id.Workshop]().String() + "/attendance/" + id.New[id.Member]().String() + "/correct", "application/json", `{"minutes":5,"reason":"` + canary + `"}`, 400, "input.invalid", "reason"},
		"correct, too long":     {"counselor", "POST", "/workshops/" + id.New[id.Workshop]().String() + "/attendance/" + id.New[id.Member]().String() + "/correct", "application/json", `{"minutes":601,"reason":"other"}`, 400, "input.invalid", "minutes"},
		"correct, bad record":   {"counselor", "POST", "/workshops/" + id.New[id.Workshop]().String() + "/attendance/" + id.New[id.Member]().String() + "/correct", "application/json", `{"minutes":6,"reason":"other","replaces":"` + canary + `"}`, 400, "input.invalid", "replaces"},
		"correct, bad person":   {"counselor", "POST", "/workshops/" + id.New[id.Workshop]().String() + "/attendance/" + canary + "/correct", "application/json", `{"minutes":6,"reason":"other"}`, 400, "input.invalid", "member"},
		"vault without match":   {"participant", "PUT", "/vault", "application/json", `{"ctr":2,"file":"` + junk + `"}`, 400, "input.invalid", "If-Match"},
		"another type":          {"participant", "PUT", sheet + "1", "application/json", `{"typ":"note","readers":["` + acct + `"],"replace":false,"file":"` + junk + `"}`, 400, "input.invalid", "typ"},
	} {
		from := client.New(w.base)
		if p := w.people[c.who]; p != nil {
			from = p.Client
		}
		status, body := raw(ctx, t, from, c.method, c.path, c.kind, c.body)
		var problem client.Refused
		if err := json.Unmarshal(body, &problem); err != nil {
			t.Errorf("%s: no problem document: %s", name, body)
			continue
		}
		if status != c.status || problem.Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", name, status, problem.Code, c.status, c.code)
		}
		named := c.field == ""
		for _, f := range problem.Fields {
			named = named || f.Name == c.field
		}
		if !named {
			t.Errorf("%s: %v does not name %q", name, problem.Fields, c.field)
		}
		if c.field != canary && bytes.Contains(bytes.ToLower(body), []byte(strings.ToLower(canary))) {
			t.Errorf("%s: the value comes back: %s", name, body)
		}
	}
	if strings.Contains(w.log.String(), canary) {
		t.Error("the log holds a value")
	}
	var list wire.Cohorts
	check(t, w.people["admin"].Do(ctx, "GET", "/cohorts", nil, &list))
	if len(list.Cohorts) != 1 {
		t.Errorf("bad input made %d cohorts", len(list.Cohorts)-1)
	}
}

func raw(ctx context.Context, t *testing.T, c *client.Client, method, path, kind, body string) (int, []byte) {
	t.Helper()
	return rawWith(ctx, t, c, method, path, kind, body, nil)
}

func rawWith(ctx context.Context, t *testing.T, c *client.Client, method, path, kind, body string, header http.Header) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, c.Base+"/api/v1"+path, strings.NewReader(body))
	check(t, err)
	if method == http.MethodPost {
		req.Header.Set(wire.IdempotencyKey, id.New[id.Intent]().String())
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Origin", c.Origin)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.HTTP.Do(req)
	check(t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	check(t, err)
	return res.StatusCode, answer
}

// Unknown names and wrong passwords get the same answer, and guessing slows down.
func TestGuessingAtSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var real1, fake1, fake2 wire.Prelogin
	stranger := client.New(w.base)
	check(t, stranger.Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: "H-Participant"}, &real1))
	check(t, stranger.Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: "nobody-here"}, &fake1))
	check(t, stranger.Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: "nobody-here"}, &fake2))
	if fake1 != fake2 || len(fake1.Salt) != len(real1.Salt) || len(fake1.Acct) != len(real1.Acct) || fake1.Kdf != real1.Kdf {
		t.Errorf("a made-up answer differs: %+v %+v", real1, fake1)
	}
	// What is fixed in an account's id, its version and variant, is fixed alike in a made-up one.
	for _, p := range []wire.Prelogin{real1, fake1} {
		acct, err := base64.RawURLEncoding.DecodeString(p.Acct)
		if err != nil || acct[6]>>4 != 4 || acct[8]>>6 != 2 {
			t.Errorf("account %x is no random id, %v", acct, err)
		}
	}
	wrong := base64.RawURLEncoding.EncodeToString(make([]byte, 32))
	answers := map[string]string{}
	for _, handle := range []string{"h-participant", "nobody-here"} {
		status, body := raw(ctx, t, stranger, "POST", "/auth/login", "application/json", `{"handle":"`+handle+`","apw":"`+wrong+`","shared":false}`)
		var p client.Refused
		check(t, json.Unmarshal(body, &p))
		if status != 401 || p.Code != "signin.refused" {
			t.Errorf("%s: %d %s", handle, status, body)
		}
		answers[handle] = p.Title
	}
	if answers["h-participant"] != answers["nobody-here"] {
		t.Errorf("two texts: %v", answers)
	}
	slowed := false
	for range 8 {
		status, _ := raw(ctx, t, stranger, "POST", "/auth/login", "application/json", `{"handle":"nobody-here","apw":"`+wrong+`","shared":false}`)
		slowed = slowed || status == 429
	}
	if !slowed {
		t.Error("eight wrong passwords were never slowed down")
	}
}
