package pgtest

import (
	"sync"
	"testing"
)

// Template is a database that is filled once per test binary; each test gets a clone. This saves each
// test the cost of filling, mostly the slow key derivation of sign-ups.
type Template struct {
	// Fill fills the database and closes every connection to it, because Postgres cannot clone a
	// database in use.
	Fill func(t testing.TB, d *Database)

	once   sync.Once
	filled *Database
}

// New returns a clone for a test; the first call fills the template.
func (p *Template) New(t testing.TB) *Database {
	t.Helper()
	c := running(t)
	p.once.Do(func() {
		d := c.next()
		c.admin(t, "create database "+d.name+" template "+template)
		p.Fill(t, d)
		p.filled = d
	})
	if p.filled == nil {
		t.Fatal("the template of this test could not be filled: see the first test that failed")
	}
	return c.clone(t, p.filled.name)
}
