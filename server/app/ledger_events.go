package app

import (
	"context"
	"time"

	"amends/server/fault"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
)

// eventLedger locks the room, folds the decided events into its state, and numbers and writes them.
type eventLedger struct {
	*roomTx
	row     dbgen.WorkshopLockRow
	began   int64
	folding *room.Folding
	fresh   []dbgen.RoomEventPutParams
}

// asks locks the room's row. It is the first query; all others run under the lock.
func (l *eventLedger) asks([]RoomRequest) []postgres.Ask {
	return []postgres.Ask{func(ctx context.Context, q *dbgen.Queries) (err error) {
		l.row, err = q.WorkshopLock(ctx, dbgen.WorkshopLockParams{FacilityID: l.key.Facility, ID: l.key.Workshop})
		return err
	}}
}

// begin reads the state under the lock. The time is read after the lock is taken, because the batch may
// have waited for another node's. Fault: thing.not_found.
func (l *eventLedger) begin(ctx context.Context) (err error) {
	if l.row.CancelledAt != nil {
		return fault.ErrNotFound
	}
	l.cohort, l.open = l.row.CohortID, l.row.Kind == kindOpen
	l.now = l.app.now().UTC().Truncate(time.Microsecond)
	l.state, err = l.app.rooms.state(ctx, l.tx, l.key, l.row.Seq)
	l.began = l.state.Seq
	return err
}

// first is the number of the batch's first event, 0 for none.
func (l *eventLedger) first() int64 {
	if l.state.Seq == l.began {
		return 0
	}
	return l.began + 1
}

func (*eventLedger) takes(context.Context, decided) error { return nil }

// fold applies events to the state, after all ledgers took them on the state before.
func (l *eventLedger) fold(events []room.Event) error {
	for _, e := range events {
		if l.folding == nil {
			l.folding = room.Fold(l.state) // one copy per batch, so that the cached state is not changed
		}
		if err := l.folding.Apply(e); err != nil {
			return err
		}
		l.state = l.folding.State()
		l.fresh = append(l.fresh, eventRow(l.key, l.state.Seq, e))
	}
	return nil
}

func eventRow(key RoomKey, seq int64, e room.Event) dbgen.RoomEventPutParams {
	row := dbgen.RoomEventPutParams{FacilityID: key.Facility, WorkshopID: key.Workshop, Seq: seq, At: e.At, Kind: e.Kind, Data: e.Data.JSON()}
	if !e.Actor.IsZero() {
		row.ActorID = &e.Actor
	}
	return row
}

func (l *eventLedger) writes(ctx context.Context) error {
	return l.tx.RoomWrite(ctx, postgres.RoomWritten{Events: l.fresh,
		Advance: dbgen.WorkshopAdvanceParams{Seq: l.state.Seq, RoomState: string(l.state.Phase), FacilityID: l.key.Facility, ID: l.key.Workshop}})
}
