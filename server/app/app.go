// Package app has every use case of Amends: what a person can do is a method of App, called by HTTP and
// by sockets. do.go is the common entry; each other file is about one noun.
package app

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"amends/roles"
	"amends/server/agenda"
	"amends/server/bus"
	"amends/server/checkpoint"
	"amends/server/keys"
	"amends/server/postgres"
)

// Options are the dependencies of an App. All but the last four are required.
type Options struct {
	DB      *postgres.DB
	Stores  bus.Stores
	Secrets keys.Secrets
	Log     *slog.Logger
	// PublicURL is the URL under which phones reach this server, without a trailing slash.
	PublicURL string
	// Checkpoints is where checkpoints of the audit log are signed; nil for nowhere.
	Checkpoints *checkpoint.Folder
	// Now and Random default to the real clock and randomness; tests set them.
	Now    func() time.Time
	Random io.Reader
	// Caps replaces numbers of Tables; tests lower them.
	Caps map[string]int
}

// App is the set of all use cases. It exports none of its dependencies, so that no higher layer can
// bypass a use case and reach the database. It is safe for concurrent use.
type App struct {
	db        *postgres.DB
	stores    bus.Stores
	secrets   keys.Secrets
	log       *slog.Logger
	publicURL string
	now       func() time.Time
	random    io.Reader
	book      *roles.Book
	agendas   *agenda.Library
	rules     map[string]rule
	caps      map[string]int
	rooms     roomCache
	touches   touches
	looks     looks
	behind    behind

	checkpoints *checkpoint.Folder
}

// New returns an App.
func New(o Options) (*App, error) {
	book, err := roles.Open()
	if err != nil {
		return nil, err
	}
	library, err := agenda.Open()
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return &App{db: o.DB, stores: o.Stores, secrets: o.Secrets, log: o.Log, publicURL: o.PublicURL, now: o.Now, random: o.Random,
		book: book, agendas: library, rules: rules(Operations(), Inners()), caps: capsOf(o.Caps), checkpoints: o.Checkpoints}, nil
}

// DiskFull reports whether the database refuses writes because its disk is full; reads still work.
func (a *App) DiskFull() bool { return a.db.DiskFull() }

// Ready returns an error when the server cannot serve people now.
func (a *App) Ready(ctx context.Context) error {
	if err := a.db.Ping(ctx); err != nil {
		return err
	}
	return a.db.Guard(ctx)
}
