package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"amends/server/app"
)

// The layers (floors): a package imports only from lower ones. A new package needs a line here.
func floors() map[string]int {
	return map[string]int{
		"amends/roles": 0, "amends/server/fault": 0, "amends/server/id": 0, "amends/server/lookalike": 0, "amends/migrations": 0, "amends/frontend": 0, "amends/deploy": 0,
		"amends/server/wire": 1, "amends/server/actor": 1, "amends/server/bus": 1,
		"amends/server/inbound": 1, "amends/server/account": 2, "amends/server/puzzle": 2, "amends/server/agenda": 2, "amends/server/worksheet": 2, "amends/server/keys": 2, "amends/server/audit": 2, "amends/server/attendance": 2,
		"amends/server/bus/bustest": 2, "amends/server/socket": 2, "amends/server/live/conntest": 2, "amends/server/postgres/dbgen": 2,
		"amends/server/room":       3, // imports agenda
		"amends/server/checkpoint": 3, // imports audit
		"amends/server/postgres":   4, "amends/server/redisbus": 4, "amends/server/embedded": 4, "amends/server/client": 4,
		"amends/server/postgres/pgtest": 5, "amends/server/app": 5,
		"amends/server/live": 6, "amends/server/config": 6,
		"amends/server/httpapi": 7,
		"amends/server":         8, "amends/server/demo": 8, "amends/server/measure/bench": 8, "amends/server/measure/stand": 8,
		"amends/server/measure/faults": 9, "amends/server/measure/compare": 9, "amends/server/measure/stand/standtest": 9,
		"amends/cmd/amends": 10, "amends/cmd/compare": 10, "amends/cmd/faults": 10,
	}
}

// owners are the only packages that may import a library, by the prefix of its path.
func owners() map[string][]string {
	return map[string][]string{
		"github.com/gofiber/":           {"amends/server/httpapi"},
		"github.com/valyala/fasthttp":   {"amends/server/httpapi"},
		"github.com/jackc/pgx/":         {"amends/server/postgres", "amends/server/postgres/dbgen", "amends/server/postgres/pgtest"},
		"github.com/redis/":             {"amends/server/redisbus"},
		"github.com/casbin/":            {"amends/roles"},
		"github.com/pressly/goose":      {"amends/server/postgres"},
		"github.com/caarlos0/env":       {"amends/server/config"},
		"github.com/alicebob/miniredis": {"amends/server/embedded"},
		"filippo.io/age":                {"amends/server/client"},
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "amends/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestPackagesImportOnlyFromLowerFloors(t *testing.T) {
	t.Parallel()
	floor := floors()
	for _, p := range packages(t) {
		mine, known := floor[p.ImportPath]
		if !known {
			t.Errorf("%s has no floor", p.ImportPath)
		}
		for _, word := range []string{"util", "common", "helpers", "types", "models", "manager", "service"} {
			if strings.HasSuffix(p.ImportPath, "/"+word) {
				t.Errorf("%s has a name that says nothing", p.ImportPath)
			}
		}
		for _, i := range p.Imports {
			if imported, ours := floor[i]; ours && imported >= mine {
				t.Errorf("%s (floor %d) imports %s (floor %d)", p.ImportPath, mine, i, imported)
			}
			for library, may := range owners() {
				if strings.HasPrefix(i, library) && !slices.Contains(may, p.ImportPath) {
					t.Errorf("%s imports %s, which is for %v", p.ImportPath, i, may)
				}
			}
		}
	}
}

func TestOnlyConfigReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("git", "grep", "-lE", `os\.(Getenv|LookupEnv|Environ)\(`, "--", "*.go").CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, file := range strings.Fields(string(out)) {
		if file != "config/config.go" && !strings.HasSuffix(file, "_test.go") {
			t.Errorf("%s reads the environment", file)
		}
	}
}

// keepers are who may hold a database: the use cases and what puts them together. The tools that
// measure and make a database from nothing work beside them; no process for people has those.
func keepers() []string {
	return []string{"amends/server/postgres", "amends/server/postgres/dbgen", "amends/server/postgres/pgtest", "amends/server/app", "amends/server",
		"amends/server/measure/compare", "amends/server/measure/faults", "amends/server/measure/stand", "amends/server/demo", "amends/cmd/amends"}
}

// Nobody reaches the database past a use case: those above cannot name its type, nor get it from an
// App, which shows methods only, and none that takes or gives a thing of the database.
func TestTheDatabaseIsBehindTheUseCases(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, i := range p.Imports {
			if (i == "amends/server/postgres" || strings.HasPrefix(i, "amends/server/postgres/")) && !slices.Contains(keepers(), p.ImportPath) {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
	a := reflect.TypeFor[app.App]()
	for _, f := range reflect.VisibleFields(a) {
		if f.IsExported() {
			t.Errorf("App shows what it is made of: %s", f.Name)
		}
	}
	for i := range reflect.PointerTo(a).NumMethod() {
		m := reflect.PointerTo(a).Method(i)
		if strings.Contains(m.Type.String(), "postgres.") || strings.Contains(m.Type.String(), "dbgen.") {
			t.Errorf("App.%s is of the database: %s", m.Name, m.Type)
		}
	}
}

// A database itself is opened in three places: a process, and the two tools that measure it.
func TestWhoOpensADatabase(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("git", "grep", "-lE", `postgres\.(Open|OpenKeeping|DB)\b`, "--", ":(top)*.go", ":(top,exclude)*_test.go", ":(top,exclude)server/postgres").CombinedOutput()
	if err != nil {
		t.Fatalf("%v %s", err, out)
	}
	allowed := []string{"app/app.go", "server.go", "measure/compare/insert.go", "measure/faults/play.go"}
	if got := strings.Fields(string(out)); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(allowed))) {
		t.Errorf("a database is named in %v", got)
	}
}
