package app

import (
	"context"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// commandLedger stores the answer to each command under its id, so that a repeated command gets the
// same answer and is executed once.
type commandLedger struct {
	*roomTx
	answered map[commandKey]dbgen.RoomCommandFindRow
	fresh    []dbgen.RoomCommandPutParams
}

type commandKey struct {
	actor   id.Member
	command id.Command
}

func (l *commandLedger) asks(requests []RoomRequest) []postgres.Ask {
	l.answered = map[commandKey]dbgen.RoomCommandFindRow{}
	var commands []id.Command
	for _, r := range requests {
		if r.Fact == NoFact {
			commands = append(commands, r.Command.ID)
		}
	}
	if len(commands) == 0 {
		return nil
	}
	return []postgres.Ask{func(ctx context.Context, q *dbgen.Queries) error {
		rows, err := q.RoomCommandFind(ctx, dbgen.RoomCommandFindParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, Commands: id.UUIDs(commands...)})
		for _, row := range rows {
			l.answered[commandKey{row.ActorID, row.CommandID}] = row
		}
		return doing(err, "find commands answered before")
	}}
}

func (*commandLedger) takes(context.Context, decided) error { return nil }

// once runs a command and stores its answer, or returns the stored one.
func (l *commandLedger) once(r RoomRequest, do func() (RoomResult, error)) (RoomResult, error) {
	if row, twice := l.answered[commandKey{r.Member, r.Command.ID}]; twice {
		return resultOf(row), nil
	}
	result, err := do()
	if err == nil {
		l.keep(r, result)
	}
	return result, err
}

// keep stores the answer to a command, also a refusal.
func (l *commandLedger) keep(r RoomRequest, result RoomResult) {
	row := dbgen.RoomCommandPutParams{FacilityID: l.key.Facility, WorkshopID: l.key.Workshop, ActorID: r.Member, CommandID: r.Command.ID, Seq: result.Seq, At: l.now}
	if result.Err != nil {
		row.Refused = refusalJSON(fault.As(result.Err))
	}
	l.fresh = append(l.fresh, row)
	l.answered[commandKey{r.Member, r.Command.ID}] = dbgen.RoomCommandFindRow{ActorID: r.Member, CommandID: r.Command.ID, Seq: row.Seq, Refused: row.Refused}
}

func (l *commandLedger) writes(ctx context.Context) error {
	return l.tx.RoomWrite(ctx, postgres.RoomWritten{Commands: l.fresh})
}
