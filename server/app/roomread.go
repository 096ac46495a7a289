package app

import (
	"context"
	"fmt"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// read locks the room and asks once for all, in one round trip: who these people are now, which
// commands were answered before, and where open intervals are. Each is asked after the lock. It
// gives the number of the room's last event.
func (b *batch) read(ctx context.Context, requests []RoomRequest) (seq int64, err error) {
	var signins, guests, commands []id.Member
	facts := false
	for _, r := range requests {
		if r.Fact != NoFact {
			facts = true
		} else {
			commands = append(commands, id.From[id.Member](r.Command.ID.Bytes()))
		}
		if !r.Signin.IsZero() {
			signins = append(signins, id.From[id.Member](r.Signin.Bytes()))
		} else {
			guests = append(guests, r.Member)
		}
	}
	f, w := b.key.Facility, b.key.Workshop
	var row dbgen.WorkshopLockRow
	asks := []postgres.Ask{func(ctx context.Context, q *dbgen.Queries) (err error) {
		row, err = q.WorkshopLock(ctx, dbgen.WorkshopLockParams{FacilityID: f, ID: w})
		return err
	}}
	b.held, b.guests = map[id.Signin]dbgen.SigninHeldManyRow{}, map[id.Member]dbgen.GuestHeldManyRow{}
	b.earlier, b.nodes = map[commandKey]dbgen.RoomCommandFindRow{}, map[id.Member]id.Node{}
	if len(signins) > 0 {
		asks = append(asks, func(ctx context.Context, q *dbgen.Queries) error {
			rows, err := q.SigninHeldMany(ctx, dbgen.SigninHeldManyParams{WorkshopID: w, FacilityID: f, Ids: signins})
			for _, row := range rows {
				b.held[row.ID] = row
			}
			return doing(err, "re-read the people of a batch")
		})
	}
	if len(guests) > 0 {
		asks = append(asks, func(ctx context.Context, q *dbgen.Queries) error {
			rows, err := q.GuestHeldMany(ctx, dbgen.GuestHeldManyParams{FacilityID: f, WorkshopID: w, Ids: guests})
			for _, row := range rows {
				b.guests[row.ID] = row
			}
			return doing(err, "re-read the guests of a batch")
		})
	}
	if len(commands) > 0 {
		asks = append(asks, func(ctx context.Context, q *dbgen.Queries) error {
			rows, err := q.RoomCommandFind(ctx, dbgen.RoomCommandFindParams{FacilityID: f, WorkshopID: w, Commands: commands})
			for _, row := range rows {
				b.earlier[commandKey{row.ActorID, row.CommandID}] = row
			}
			return doing(err, "find commands answered before")
		})
	}
	if facts {
		asks = append(asks, func(ctx context.Context, q *dbgen.Queries) error {
			rows, err := q.AttendanceOpen(ctx, dbgen.AttendanceOpenParams{FacilityID: f, WorkshopID: w})
			for _, row := range rows {
				b.nodes[row.MemberID] = row.NodeID
			}
			return doing(err, "read open intervals")
		})
	}
	if err := b.tx.Together(ctx, asks...); err != nil {
		return 0, err
	}
	if row.CancelledAt != nil {
		return 0, fault.ErrNotFound
	}
	if b.cohort, b.open = row.CohortID, row.Kind == kindOpen; !b.open {
		clear(b.guests)
	}
	return row.Seq, nil
}

// doing says what went wrong.
func doing(err error, what string) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", what, err)
	}
	return err
}
