package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"amends/server/postgres/pgtest"

	"github.com/rogpeppe/go-internal/testscript"
)

// The command line as an operator uses it, one txtar file per task, with a real Postgres and a real
// redis-server. In a script, `amends` is this program.

func TestMain(m *testing.M) {
	testscript.Main(withPostgres{m}, map[string]func(){"amends": main})
}

// withPostgres stops the test database before the program exits.
type withPostgres struct{ m *testing.M }

func (w withPostgres) Run() int { return pgtest.Run(w.m) }

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"database": database, "redis": redis, "sql": sql, "keep": keep, "lines": awaitLines,
		},
		Setup: func(e *testscript.Env) error {
			e.Values[theTest{}] = e.T().(testing.TB)
			e.Values[theDatabase{}] = new(*pgtest.Database)
			e.Setenv("LISTEN", "127.0.0.1:0")
			e.Setenv("PUBLIC_URL", "http://localhost:8080")
			e.Setenv("SECRETS_DIR", filepath.Join(e.WorkDir, "secrets"))
			e.Setenv("CHECKPOINT_DIR", filepath.Join(e.WorkDir, "checkpoints"))
			return nil
		},
	})
}

type (
	theTest     struct{}
	theDatabase struct{}
)

// database [empty] creates a database and sets DATABASE_URL and MIGRATE_DATABASE_URL; an empty one has
// roles but no schema.
func database(s *testscript.TestScript, _ bool, args []string) {
	t := s.Value(theTest{}).(testing.TB)
	d := pgtest.New
	if len(args) == 1 && args[0] == "empty" {
		d = pgtest.NewEmpty
	}
	made := d(t)
	*s.Value(theDatabase{}).(**pgtest.Database) = made
	s.Setenv("DATABASE_URL", made.URL("app"))
	s.Setenv("MIGRATE_DATABASE_URL", made.URL("migrator"))
}

// redis starts a redis-server and sets REDIS_URL.
func redis(s *testscript.TestScript, _ bool, _ []string) {
	s.Setenv("REDIS_URL", redisServer(s.Value(theTest{}).(testing.TB)))
}

// sql runs a statement as superuser, for what the program's own roles may not do.
func sql(s *testscript.TestScript, _ bool, args []string) {
	d := *s.Value(theDatabase{}).(**pgtest.Database)
	_, err := d.Conn(s.Value(theTest{}).(testing.TB), "postgres").Exec(context.Background(), strings.Join(args, " "))
	s.Check(err)
}

// lines FILE NUMBER waits until a file has that many lines.
func awaitLines(s *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	s.Check(err)
	await(s.Value(theTest{}).(testing.TB), args[0], func() bool {
		text, err := os.ReadFile(s.MkAbs(args[0]))
		return err == nil && strings.Count(string(text), "\n") >= want
	})
}

// keep VARIABLE PREFIX sets a variable to the rest of the first stdout line that starts with PREFIX.
func keep(s *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(s.ReadFile("stdout")) {
		if rest, ok := strings.CutPrefix(line, args[1]); ok {
			s.Setenv(args[0], strings.TrimSpace(rest))
			return
		}
	}
	s.Fatalf("no line of stdout begins with %q", args[1])
}
