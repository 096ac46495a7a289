// Package pgtest gives tests a real Postgres: one throwaway server per test binary, and for each test a
// fresh database cloned from a template that was migrated once.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amends/server/embedded"
	"amends/server/postgres"

	"github.com/jackc/pgx/v5"
)

// Cluster is the throwaway server of one test binary.
type Cluster struct {
	server *embedded.Postgres
	folder string
	// cloning serialises CREATE DATABASE: Postgres refuses to clone a template in use.
	cloning sync.Mutex
	count   atomic.Int64
}

var current atomic.Pointer[Cluster]

const template = "amends_template"

// password is every role's on the throwaway server, which listens on a private unix socket.
const password = "throwaway-password"

// Main runs the tests with a cluster; call it from TestMain. Without Postgres it fails and names the
// package to install: tests are never skipped.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main for a TestMain with work to do afterwards: it returns the exit code.
func Run(m *testing.M) int {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		return 1
	}
	return code
}

func run(m *testing.M) (int, error) {
	folder, err := os.MkdirTemp("", "amends-pgtest-")
	if err != nil {
		return 1, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(folder)
	if err := os.Chmod(folder, 0o711); err != nil {
		return 1, fmt.Errorf("open the folder to the database user: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	server, err := embedded.StartPostgres(ctx, embedded.PostgresOptions{DataDir: folder, Throwaway: true})
	if err != nil {
		return 1, err
	}
	defer func() { _ = server.Stop(context.Background()) }()
	c := &Cluster{server: server, folder: folder}
	if err := c.makeTemplate(ctx); err != nil {
		return 1, err
	}
	current.Store(c)
	return m.Run(), nil
}

func (c *Cluster) makeTemplate(ctx context.Context) error {
	if err := c.provision(ctx, template); err != nil {
		return err
	}
	_, err := postgres.Migrate(ctx, c.url("migrator", template))
	return err
}

func (c *Cluster) provision(ctx context.Context, database string) error {
	passwords := map[string]string{}
	for _, role := range postgres.Roles() {
		passwords[role] = password
	}
	return postgres.Provision(ctx, c.url("postgres", "postgres"), database, passwords)
}

func (c *Cluster) url(role, database string) string {
	folder, super, superPassword := c.server.Superuser()
	if role == super {
		return postgres.SocketURL(folder, super, superPassword, database)
	}
	return postgres.SocketURL(folder, role, password, database)
}

// Database is one test's fresh, migrated database.
type Database struct {
	cluster *Cluster
	name    string
}

// New clones the template; the database is dropped when the test ends.
func New(t testing.TB) *Database {
	t.Helper()
	return running(t).clone(t, template)
}

// NewEmpty creates a database with roles but no schema.
func NewEmpty(t testing.TB) *Database {
	t.Helper()
	c := running(t)
	d := c.next()
	c.cloning.Lock()
	defer c.cloning.Unlock()
	if err := c.provision(context.Background(), d.name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.admin(t, "drop database "+d.name+" with (force)") })
	return d
}

func running(t testing.TB) *Cluster {
	t.Helper()
	c := current.Load()
	if c == nil {
		t.Fatal("this package's TestMain must call pgtest.Main")
	}
	return c
}

func (c *Cluster) next() *Database {
	return &Database{cluster: c, name: fmt.Sprintf("t%d", c.count.Add(1))}
}

func (c *Cluster) clone(t testing.TB, of string) *Database {
	t.Helper()
	d := c.next()
	c.admin(t, "create database "+d.name+" template "+of)
	t.Cleanup(func() { c.admin(t, "drop database "+d.name+" with (force)") })
	return d
}

func (c *Cluster) admin(t testing.TB, statement string) {
	t.Helper()
	c.cloning.Lock()
	defer c.cloning.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.url("postgres", "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(statement, err)
	}
}

// URL is the database's URL for a role: app, migrator, sweeper, backup or postgres.
func (d *Database) URL(role string) string { return d.cluster.url(role, d.name) }

// Open connects as the role `app`.
func (d *Database) Open(t testing.TB) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), d.URL("app"), 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// Conn is a raw connection as a role, for tests of the policies themselves.
func (d *Database) Conn(t testing.TB, role string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), d.URL(role))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
