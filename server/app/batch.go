package app

import (
	"context"
	"math/rand/v2"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
	"amends/server/wire"
)

// batch is the work of one transaction: requests decided in order, each on the state that its
// predecessor left, with the ledgers beside them.
type batch struct {
	*sitting
	people     *peopleLedger
	commands   *commandLedger
	attendance *attendanceLedger
	texts      *textLedger
	words      *wordLedger
	ledgers    []ledger
	folding    *room.Folding
	events     []dbgen.RoomEventPutParams
	results    []RoomResult
}

func newBatch(s *sitting) *batch {
	b := &batch{sitting: s, people: &peopleLedger{sitting: s}, commands: &commandLedger{sitting: s}, texts: &textLedger{sitting: s}, words: &wordLedger{sitting: s}}
	b.attendance = &attendanceLedger{sitting: s, people: b.people}
	// Those that can refuse a command come first; the audit log comes last.
	b.ledgers = []ledger{b.people, b.commands, b.words, b.texts, &placeLedger{sitting: s}, b.attendance, &tokenLedger{sitting: s}, &auditLedger{sitting: s}}
	return b
}

// read locks the room and asks once for all, in one round trip, what the ledgers need; each is
// asked after the lock. It gives the number of the room's last event.
func (b *batch) read(ctx context.Context, requests []RoomRequest) (seq int64, err error) {
	var row dbgen.WorkshopLockRow
	asks := []postgres.Ask{func(ctx context.Context, q *dbgen.Queries) (err error) {
		row, err = q.WorkshopLock(ctx, dbgen.WorkshopLockParams{FacilityID: b.key.Facility, ID: b.key.Workshop})
		return err
	}}
	for _, l := range b.ledgers {
		asks = append(asks, l.asks(requests)...)
	}
	if err := b.tx.Together(ctx, asks...); err != nil {
		return 0, err
	}
	if row.CancelledAt != nil {
		return 0, fault.ErrNotFound
	}
	b.cohort, b.open = row.CohortID, row.Kind == kindOpen
	return row.Seq, nil
}

func (b *batch) run(ctx context.Context, requests []RoomRequest) error {
	for _, r := range requests {
		var result RoomResult
		var err error
		if r.Fact == NoFact {
			result, err = b.command(ctx, r)
		} else {
			result, err = b.fact(ctx, r)
		}
		if err != nil {
			return err
		}
		b.results = append(b.results, result)
	}
	return b.write(ctx)
}

// command decides one command of a person and keeps its result under its id.
func (b *batch) command(ctx context.Context, r RoomRequest) (RoomResult, error) {
	if before, twice := b.commands.before(r); twice {
		return before, nil
	}
	events, refused := b.decide(ctx, r)
	if err := b.apply(events); err != nil {
		return RoomResult{}, err
	}
	result := RoomResult{Seq: b.state.Seq, Err: refused}
	b.commands.keep(r, result)
	return result, nil
}

// decide asks who it is, the rules, and the ledgers. A refusal has no events.
func (b *batch) decide(ctx context.Context, r RoomRequest) ([]room.Event, error) {
	who, err := b.people.allowed(r)
	if err != nil {
		return nil, err
	}
	d, err := b.consult(ctx, r.Command)
	if err != nil {
		return nil, err
	}
	events, err := room.Decide(b.state, who, r.Command, d)
	if err != nil {
		return nil, err
	}
	if err := b.take(ctx, decided{r, events}); err != nil {
		return nil, err
	}
	return events, nil
}

// consult asks what a decision needs from beside the events.
func (b *batch) consult(ctx context.Context, c wire.Command) (room.Deciding, error) {
	d := b.deciding()
	switch with := c.With.(type) {
	case wire.QueueAddWith:
		return d, b.people.expected(ctx, with.Member)
	case wire.WordWith:
		return d, b.words.said(ctx, &d)
	case wire.WordShowWith:
		if wire.On(with.On) {
			return d, b.words.said(ctx, &d)
		}
	}
	if c.Do == wire.CommandPulseClose {
		return d, b.texts.counts(ctx, &d)
	}
	return d, nil
}

// fact takes in what the hub knows of a phone. A drop counts only for the node where the
// person was last: they may have come back on another one.
func (b *batch) fact(ctx context.Context, r RoomRequest) (RoomResult, error) {
	var events []room.Event
	var refused, err error
	d := b.deciding()
	switch r.Fact {
	case PhoneJoined:
		events, refused = room.Join(b.state, r.Member, d)
	case PhoneDropped, PhoneLeft:
		events = b.gone(r, d)
	case GuestLeft:
		events = room.Depart(b.state, r.Member, d)
	case PhoneMissed:
		events = room.Miss(b.state, r.Member, d)
	case ScreenJoined:
		events, err = room.StaffCame(b.state, r.Member, d), seen(ctx, b.tx, b.key, []id.Member{r.Member})
	case Lookout:
		events, err = b.unseen(ctx, d)
	}
	if err == nil && refused == nil {
		err = b.take(ctx, decided{r, events})
	}
	if err == nil {
		err = b.apply(events)
	}
	return RoomResult{Seq: b.state.Seq, Err: refused}, err
}

// gone is the fact that a phone is gone. A guest whose room could not hear their goodbye when it
// was said has gone themselves.
func (b *batch) gone(r RoomRequest, d room.Deciding) []room.Event {
	switch {
	case r.Fact == PhoneDropped && !b.attendance.lost(r):
		return nil
	case b.people.departed(r.Member) && b.state.Present(r.Member):
		return room.Depart(b.state, r.Member, d)
	case r.Fact == PhoneLeft:
		return room.Leave(b.state, r.Member, d)
	}
	d.Since = r.Since
	return room.Drop(b.state, r.Member, d)
}

func (b *batch) deciding() room.Deciding {
	return room.Deciding{Now: b.now, NewTurn: id.New[id.Turn], NewCall: id.New[id.Call], NewPulse: id.New[id.Pulse], NewNote: id.New[id.Note], Permute: rand.Perm}
}

func (b *batch) take(ctx context.Context, d decided) error {
	for _, l := range b.ledgers {
		if err := l.takes(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// apply folds events in and numbers them.
func (b *batch) apply(events []room.Event) error {
	for _, e := range events {
		if b.folding == nil {
			b.folding = room.Fold(b.state) // once a batch; the cache's own state stays as it is
		}
		if err := b.folding.Apply(e); err != nil {
			return err
		}
		b.state = b.folding.State()
		row := dbgen.RoomEventPutParams{FacilityID: b.key.Facility, WorkshopID: b.key.Workshop, Seq: b.state.Seq, At: e.At, Kind: e.Kind, Data: e.Data.JSON()}
		if !e.Actor.IsZero() {
			row.ActorID = &e.Actor
		}
		b.events = append(b.events, row)
	}
	return nil
}

func (b *batch) write(ctx context.Context) error {
	err := b.tx.RoomWrite(ctx, postgres.RoomWritten{Events: b.events,
		Advance: dbgen.WorkshopAdvanceParams{Seq: b.state.Seq, RoomState: string(b.state.Phase), FacilityID: b.key.Facility, ID: b.key.Workshop}})
	for _, l := range b.ledgers {
		if err == nil {
			err = l.writes(ctx)
		}
	}
	return err
}
