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

// A ledger is one of the books that a batch keeps beside the events of a room. It has three steps:
// what it asks together with the lock, what it takes from a request that was decided, and what it
// writes before the commit. A batch is a loop over its ledgers; none changes what another keeps.
type ledger interface {
	// asks gives the questions that these requests need; each is one statement.
	asks(requests []RoomRequest) []postgres.Ask
	// takes notes what follows from a request, on the state before its events. An error refuses a
	// command and ends a batch for a fact.
	takes(ctx context.Context, d decided) error
	// writes puts down what was taken.
	writes(ctx context.Context) error
}

// decided is a request that the rules let through, with its events.
type decided struct {
	RoomRequest
	events []room.Event
}

// each runs f for the events of one of some kinds.
func (d decided) each(f func(room.Event), kinds ...string) {
	for _, e := range d.events {
		if slices.Contains(kinds, e.Kind) {
			f(e)
		}
	}
}

// sitting is what a batch and its ledgers share: one transaction in one room.
type sitting struct {
	app  *App
	tx   *postgres.Tx
	key  RoomKey
	node id.Node
	now  time.Time
	// cohort whose people come, unless the meeting is open.
	cohort id.Cohort
	open   bool
	state  room.State
	after  []func(context.Context)
}

// then runs once the transaction is committed; its failure cannot undo anything.
func (s *sitting) then(f func(context.Context)) { s.after = append(s.after, f) }

// doing says what went wrong.
func doing(err error, what string) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return err
}
