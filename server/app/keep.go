package app

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"amends/server/fault"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// How the list of tables is enforced. Caps are counted under a lock of their owner, so that requests at
// the same moment cannot pass them together.

// capsOf has the caps of the list, with other numbers for some tables where a test says so.
func capsOf(other map[string]int) map[string]int {
	caps := map[string]int{}
	for _, t := range Tables() {
		if t.Cap.Most > 0 {
			caps[t.Name] = t.Cap.Most
		}
	}
	maps.Copy(caps, other)
	return caps
}

// most is the cap of a table. A table without one allows nothing.
func (a *App) most(table string) int64 { return int64(a.caps[table]) }

// counted counts rows in the transaction, after a lock that others who count the same owner's rows wait
// for until this transaction ends.
func counted(ctx context.Context, s *step, table string, owner fmt.Stringer, count func(context.Context, *dbgen.Queries) (int64, error)) (n int64, err error) {
	lock := func(ctx context.Context, q *dbgen.Queries) error { return q.CapLock(ctx, table+" "+owner.String()) }
	err = s.Together(ctx, lock, func(ctx context.Context, q *dbgen.Queries) (err error) {
		n, err = count(ctx, q)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count the rows of %s: %w", table, err)
	}
	return n, nil
}

// under refuses when `more` rows beside those counted are too many.
func (a *App) under(ctx context.Context, s *step, table string, owner fmt.Stringer, more int, refusal *fault.Fault, count func(context.Context, *dbgen.Queries) (int64, error)) error {
	n, err := counted(ctx, s, table, owner, count)
	if err == nil && n+int64(more) > a.most(table) {
		err = refusal
	}
	return err
}

// A run of the sweep deletes at most this much of each table; the next one goes on.
const (
	sweepBatch  = 500
	sweepRounds = 100
)

// Sweep deletes the rows whose time is over, in every facility; ran is false when another node does it
// at this moment. What goes wrong in one table is logged, without its content.
func (a *App) Sweep(ctx context.Context) (ran bool, err error) {
	var names []string
	for _, t := range Tables() {
		if t.Sweep.After != "" {
			names = append(names, strings.TrimPrefix(t.Name, "lookup."))
		}
	}
	tables, err := a.db.Sweep(ctx, names, sweepBatch, sweepRounds)
	for _, t := range tables {
		a.logSwept(t)
	}
	return len(tables) > 0, err
}

func (a *App) logSwept(t postgres.Swept) {
	if t.State != "" {
		a.log.Warn("a table could not be swept", "table", t.Table, "state", t.State)
	}
	if t.Rows > 0 {
		a.log.Info("deleted rows whose time is over", "table", t.Table, "rows", t.Rows)
	}
}
