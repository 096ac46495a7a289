package app

import (
	"context"
	"math/rand/v2"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/room"
	"amends/server/wire"
)

// batch is one transaction on a room: its requests are decided in order, each on the state after the
// previous one, and ledgers store what belongs to the events.
type batch struct {
	*roomTx
	events     *eventLedger
	people     *peopleLedger
	commands   *commandLedger
	attendance *attendanceLedger
	texts      *textLedger
	words      *wordLedger
	ledgers    []ledger
	results    []RoomResult
}

func newBatch(s *roomTx) *batch {
	b := &batch{roomTx: s, events: &eventLedger{roomTx: s}, people: &peopleLedger{roomTx: s}, commands: &commandLedger{roomTx: s}, texts: &textLedger{roomTx: s}, words: &wordLedger{roomTx: s}}
	b.attendance = &attendanceLedger{roomTx: s, people: b.people}
	// Order: the lock first, then the ledgers that can refuse a command; the audit log last.
	b.ledgers = []ledger{b.events, b.people, b.commands, b.words, b.texts, &whereaboutsLedger{roomTx: s}, b.attendance, &tokenLedger{roomTx: s}, &auditLedger{roomTx: s}}
	return b
}

// run sends what all ledgers read in one round trip, decides the requests, and writes what the ledgers
// took.
func (b *batch) run(ctx context.Context, requests []RoomRequest) error {
	var asks []postgres.Ask
	for _, l := range b.ledgers {
		asks = append(asks, l.asks(requests)...)
	}
	if err := b.tx.Together(ctx, asks...); err != nil {
		return err
	}
	if err := b.events.begin(ctx); err != nil {
		return err
	}
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
	for _, l := range b.ledgers {
		if err := l.writes(ctx); err != nil {
			return err
		}
	}
	return nil
}

// outcome is the result of the batch.
func (b *batch) outcome() RoomOutcome {
	return RoomOutcome{State: b.state, Results: b.results, First: b.events.first(), Words: b.words.heard, Said: b.words.all, SaidRun: b.words.read.Run}
}

// command decides one command; a repeated id returns the earlier answer.
func (b *batch) command(ctx context.Context, r RoomRequest) (RoomResult, error) {
	return b.commands.once(r, func() (RoomResult, error) {
		events, refused := b.decide(ctx, r)
		err := b.events.fold(events)
		return RoomResult{Seq: b.state.Seq, Err: refused}, err
	})
}

// decide checks the person's permission, the rules and the ledgers. A refusal has no events.
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

// consult reads what a decision needs beside the events.
func (b *batch) consult(ctx context.Context, c wire.Command) (d room.Deciding, err error) {
	d = b.deciding()
	switch with := c.With.(type) {
	case wire.QueueAddWith:
		return d, b.people.expected(ctx, with.Member)
	case wire.RemoveSinceWith:
		d.Entered, err = b.people.entered(ctx, time.UnixMilli(int64(with.Since)))
		return d, err
	case wire.WordWith:
		return d, b.words.said(ctx, &d)
	case wire.WordShowWith:
		if wire.On(with.On) {
			return d, b.words.said(ctx, &d)
		}
	case wire.WordMuteWith:
		if !wire.On(with.On) {
			return d, b.words.said(ctx, &d)
		}
	}
	if c.Do == wire.CommandPulseClose {
		return d, b.texts.counts(ctx, &d)
	}
	return d, nil
}

// fact applies a fact from the hub. A drop counts only from the node that the person was connected to
// last: they may have reconnected to another one.
func (b *batch) fact(ctx context.Context, r RoomRequest) (RoomResult, error) {
	var events []room.Event
	var refused, err error
	d := b.deciding()
	switch r.Fact {
	case PhoneJoined:
		row, guest := b.people.guest(r.Member)
		d.Guest, d.Crowd = guest, guest && row.Crowd
		events, refused = room.Join(b.state, r.Member, d)
	case PhoneDropped, PhoneLeft:
		events = b.gone(r, d)
	case GuestLeft:
		events = room.Depart(b.state, r.Member, d)
	case PhoneMissed:
		events = room.Miss(b.state, r.Member, d)
	case ScreenJoined:
		events, err = room.StaffCame(b.state, r.Member, d), seen(ctx, b.tx, b.key, []id.Member{r.Member})
	case CheckHeartbeats:
		events, err = b.unseen(ctx, d)
	}
	if err == nil && refused == nil {
		err = b.take(ctx, decided{r, events})
	}
	if err == nil {
		err = b.events.fold(events)
	}
	return RoomResult{Seq: b.state.Seq, Err: refused}, err
}

// gone returns the events of a lost phone. A guest who said goodbye while the room could not be written
// departs now.
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
	return room.Deciding{Now: b.now, NewTurn: id.New[id.Turn], NewHelpTap: id.New[id.HelpTap], NewPulse: id.New[id.Pulse], NewNote: id.New[id.Note], Permute: rand.Perm}
}

func (b *batch) take(ctx context.Context, d decided) error {
	for _, l := range b.ledgers {
		if err := l.takes(ctx, d); err != nil {
			return err
		}
	}
	return nil
}
