package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/room"
)

// A ledger stores one kind of data that belongs to a room's events. It has three steps: what it reads
// together with the lock, what it takes from each decided request, and what it writes before the
// commit. A batch loops over its ledgers; no ledger changes another's data.
type ledger interface {
	// asks returns the queries needed for these requests, each a single statement.
	asks(requests []RoomRequest) []postgres.Ask
	// takes processes a decided request, on the state before its events. An error refuses a command,
	// and aborts the batch for a fact.
	takes(ctx context.Context, d decided) error
	// writes stores what was taken.
	writes(ctx context.Context) error
}

// decided is an accepted request with its events.
type decided struct {
	RoomRequest
	events []room.Event
}

// each calls f for the events of the given kinds.
func (d decided) each(f func(room.Event), kinds ...string) {
	for _, e := range d.events {
		if slices.Contains(kinds, e.Kind) {
			f(e)
		}
	}
}

// roomTx is what a batch and its ledgers share: one transaction in one room.
type roomTx struct {
	app  *App
	tx   *postgres.Tx
	key  RoomKey
	node id.Node
	now  time.Time
	// cohort is whose people take part; zero for an open meeting.
	cohort id.Cohort
	open   bool
	state  room.State
	after  []func(context.Context)
}

// then registers f to run after the commit; its failure undoes nothing.
func (s *roomTx) then(f func(context.Context)) { s.after = append(s.after, f) }

// doing wraps an error with what was being done; nil stays nil.
func doing(err error, what string) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return err
}
