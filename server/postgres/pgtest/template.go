package pgtest

import (
	"sync"
	"testing"
)

// Template is a database that is filled once in a test program; each test gets a clone of it.
// Filling costs what many tests would otherwise pay each: every sign-up derives keys slowly, as
// it must.
type Template struct {
	// Fill fills the database and closes every connection to it, for Postgres clones none that is
	// in use.
	Fill func(t testing.TB, d *Database)

	once   sync.Once
	filled *Database
}

// New gives a clone of its own to a test; the first call fills the template.
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
