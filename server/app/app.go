// Package app holds every use case of Amends: what a person can do is a method of App, called
// by HTTP and socket alike. do.go is the way in; the other files are one noun each.
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
	"amends/server/keys"
	"amends/server/postgres"
)

// Options is what an App is made of. All fields are needed but the last two.
type Options struct {
	DB      *postgres.DB
	Stores  bus.Stores
	Secrets keys.Secrets
	Log     *slog.Logger
	// PublicURL is how phones reach this server, without a slash at its end.
	PublicURL string
	// Now and Random are real unless a test sets them.
	Now    func() time.Time
	Random io.Reader
}

// App is the whole of what people can do, and shows nothing else: not what it is made of, so that
// no floor above reaches past a use case to the database. It is safe for use by many goroutines.
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
	rooms     roomCache
	touches   touches
}

// New makes an App.
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
		book: book, agendas: library, rules: rules(Operations(), Inners())}, nil
}

// DiskFull says that the database refuses to write for want of disk; reading goes on.
func (a *App) DiskFull() bool { return a.db.DiskFull() }

// Ready says whether the server can keep its promises right now.
func (a *App) Ready(ctx context.Context) error {
	if err := a.db.Ping(ctx); err != nil {
		return err
	}
	return a.db.Guard(ctx)
}
