package app

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"amends/server/audit"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/room"
	"amends/server/wire"
)

// doRoom is the second way in: one batch of a room's commands, from many people at once, in
// one transaction under the lock of the workshop's row. Its scope has no member, so it can
// see no personal row of anybody. Each command is asked and decided in order, on the state
// that its predecessor left; a refusal is a result, never an abort.

// MaxBatch is how many commands one transaction takes.
const MaxBatch = 64

// RoomFact is what the hub itself knows of a person's phone.
type RoomFact uint8

// The facts of phones; NoFact is a command of a person.
const (
	NoFact RoomFact = iota
	PhoneJoined
	PhoneDropped
	PhoneLeft
	// GuestLeft: a guest said goodbye, for good.
	GuestLeft
	// PhoneMissed: a phone has been quiet for so long that somebody should look.
	PhoneMissed
	// ScreenJoined: a facilitator's screen is connected; Lookout: who of those that a room has
	// to know of was seen lately.
	ScreenJoined
	Lookout
)

// RoomRequest is one command, or one fact of a phone.
type RoomRequest struct {
	Member  id.Member
	Signin  id.Signin
	Command wire.Command
	Fact    RoomFact
	// Since is when the phone was lost: the interval ends there, not when others notice.
	Since time.Time
	// Gone is the node that took the phone with it; zero for the asking node itself.
	Gone id.Node
}

// RoomResult answers one request: the number of the room's last event when it was decided,
// or why it was refused.
type RoomResult struct {
	Seq int64
	Err error
}

// RoomOutcome is the room after a batch. First is the number of the first event of the batch, 0
// when there is none; State.Seq is that of the last. Words says that check-in words changed;
// Said is the list that SaidRun names as the batch left it, when it read one.
type RoomOutcome struct {
	State   room.State
	Results []RoomResult
	First   int64
	Words   bool
	Said    []room.Said
	SaidRun int64
}

// RoomKey names a room with its tenant.
type RoomKey struct {
	Facility id.Facility
	Workshop id.Workshop
}

func (k RoomKey) scope() postgres.Scope {
	return postgres.Scope{Facility: k.Facility, Workshop: k.Workshop}
}

// Room runs a batch; the caller owes the other nodes a Ring. A transaction that fails is tried
// whole once more and then command by command, so that one bad command cannot hold up the room.
func (a *App) Room(ctx context.Context, node id.Node, key RoomKey, batch []RoomRequest) (RoomOutcome, error) {
	out, err := a.doRoom(ctx, node, key, batch)
	if err == nil || ctx.Err() != nil || errors.Is(err, fault.ErrNotFound) {
		return out, err
	}
	if out, err = a.doRoom(ctx, node, key, batch); err == nil || len(batch) == 1 {
		return out, err
	}
	whole := RoomOutcome{}
	for _, one := range batch {
		single, err := a.doRoom(ctx, node, key, []RoomRequest{one})
		if err != nil {
			whole.Results = append(whole.Results, RoomResult{Err: err})
			continue
		}
		whole.State, whole.Results = single.State, append(whole.Results, single.Results...)
		whole.Words = whole.Words || single.Words
		if whole.First == 0 {
			whole.First = single.First
		}
	}
	if whole.State.Plan.Workshop.IsZero() {
		return RoomOutcome{}, err
	}
	return whole, nil
}

func (a *App) doRoom(ctx context.Context, node id.Node, key RoomKey, requests []RoomRequest) (RoomOutcome, error) {
	var b *batch
	err := a.db.Within(ctx, key.scope(), func(ctx context.Context, tx *postgres.Tx) error {
		b = &batch{app: a, tx: tx, key: key, node: node}
		seq, err := b.read(ctx, requests)
		if err != nil {
			return err
		}
		// Not before the lock: a batch that waited for another node's is later than that.
		b.now = a.now().UTC().Truncate(time.Microsecond)
		if b.state, err = a.rooms.state(ctx, tx, key, seq); err != nil {
			return err
		}
		b.first = b.state.Seq
		return b.run(ctx, requests)
	})
	if err != nil {
		return RoomOutcome{}, err
	}
	a.rooms.keep(key.Workshop, b.state)
	a.dropPulses(ctx, b.said.drop)
	a.dropWords(ctx, b.said)
	out := RoomOutcome{State: b.state, Results: b.results, Words: b.said.heard, Said: b.said.all, SaidRun: b.said.read.Run}
	if b.state.Seq > b.first {
		out.First = b.first + 1
	}
	return out, nil
}

// Ring tells the other nodes of what a batch did; the own node's people see it before. A ring
// that is lost is healed from the table.
func (a *App) Ring(ctx context.Context, node id.Node, key RoomKey, out RoomOutcome) {
	if out.First == 0 {
		a.ringWords(ctx, node, key, out)
		return
	}
	ring := bus.Rung{Node: node, Workshop: key.Workshop, First: out.First, Last: out.State.Seq}
	if err := a.Stores.Bus.Publish(ctx, bus.Room(key.Workshop), ring.Pack()); err != nil {
		a.Log.Warn("the doorbell is away; other nodes read the table", "room", key.Workshop.String(), "err", err)
	}
}

// ringWords tells the other nodes of words that came or went without an event. Its loss is healed
// by the next reading of the room.
func (a *App) ringWords(ctx context.Context, node id.Node, key RoomKey, out RoomOutcome) {
	if !out.Words {
		return
	}
	if err := a.Stores.Bus.Publish(ctx, bus.Room(key.Workshop), bus.Spoken{Node: node, Workshop: key.Workshop}.Pack()); err != nil {
		a.Log.Warn("the doorbell is away; other nodes read the words later", "room", key.Workshop.String(), "err", err)
	}
}

// batch is the work of one transaction.
type batch struct {
	app     *App
	tx      *postgres.Tx
	key     RoomKey
	node    id.Node
	cohort  id.Cohort
	open    bool
	state   room.State
	folding *room.Folding
	first   int64
	now     time.Time
	held    map[id.Signin]dbgen.SigninHeldManyRow
	guests  map[id.Member]dbgen.GuestHeldManyRow
	earlier map[commandKey]dbgen.RoomCommandFindRow
	nodes   map[id.Member]id.Node
	events  []dbgen.RoomEventPutParams
	kept    []dbgen.RoomCommandPutParams
	notes   []audit.Entry
	places  []placeSaid
	removed []id.Member
	said    voiced
	results []RoomResult
}

type commandKey struct {
	actor   id.Member
	command id.Command
}

func (b *batch) run(ctx context.Context, requests []RoomRequest) error {
	for _, r := range requests {
		var err error
		if r.Fact != NoFact {
			err = b.fact(ctx, r)
		} else {
			err = b.command(ctx, r)
		}
		if err != nil {
			return err
		}
	}
	return b.write(ctx)
}

// command decides one command of a person and keeps its result under its id.
func (b *batch) command(ctx context.Context, r RoomRequest) error {
	key := commandKey{r.Member, r.Command.ID}
	if row, twice := b.earlier[key]; twice {
		b.results = append(b.results, resultOf(row))
		return nil
	}
	who, err := b.allowed(r)
	if err == nil {
		var events []room.Event
		if events, err = b.decide(ctx, who, r); err == nil {
			if err := b.apply(events); err != nil {
				return err
			}
			b.hear(r, events)
		}
	}
	b.results = append(b.results, RoomResult{Seq: b.state.Seq, Err: err})
	row := dbgen.RoomCommandPutParams{FacilityID: b.key.Facility, WorkshopID: b.key.Workshop, ActorID: r.Member, CommandID: r.Command.ID, Seq: b.state.Seq, At: b.now}
	if err != nil {
		row.Refused = refusalJSON(fault.As(err))
	}
	b.kept = append(b.kept, row)
	b.earlier[key] = dbgen.RoomCommandFindRow{ActorID: r.Member, CommandID: r.Command.ID, Seq: row.Seq, Refused: row.Refused}
	return nil
}

// decide asks the rules, with what they need from beside the events, and does what belongs there.
func (b *batch) decide(ctx context.Context, who room.Actor, r RoomRequest) ([]room.Event, error) {
	d, err := b.consult(ctx, r.Command)
	if err != nil {
		return nil, err
	}
	events, err := room.Decide(b.state, who, r.Command, d)
	if err != nil {
		return nil, err
	}
	return events, b.beside(ctx, r, events)
}

// fact takes in what the hub knows of a phone. A drop counts only for the node where the
// person was last: they may have come back on another one.
func (b *batch) fact(ctx context.Context, r RoomRequest) error {
	result := RoomResult{}
	var events []room.Event
	switch r.Fact {
	case PhoneJoined:
		events, result.Err = room.Join(b.state, r.Member, b.deciding())
		if result.Err == nil && !b.stays(r.Member, events) {
			if err := b.joined(ctx, r.Member); err != nil {
				return err
			}
		}
	case PhoneDropped:
		if b.lost(r) {
			events = b.dropped(r)
		}
	case PhoneLeft:
		if events = b.departed(r.Member); events == nil {
			events = room.Leave(b.state, r.Member, b.deciding())
		}
	case GuestLeft:
		events = room.Depart(b.state, r.Member, b.deciding())
		b.forgetWords(r.Member) // who says goodbye leaves nothing behind
	case PhoneMissed:
		events = room.Miss(b.state, r.Member, b.deciding())
	case ScreenJoined, Lookout:
		var err error
		if events, err = b.team(ctx, r); err != nil {
			return err
		}
	}
	if err := b.apply(events); err != nil {
		return err
	}
	if err := b.left(ctx, r, len(events) > 0); err != nil {
		return err
	}
	result.Seq = b.state.Seq
	b.results = append(b.results, result)
	return nil
}

func (b *batch) deciding() room.Deciding {
	return room.Deciding{Now: b.now, NewTurn: id.New[id.Turn], NewCall: id.New[id.Call], Permute: rand.Perm}
}

// apply folds events in, numbers them, and notes the few that the audit log keeps.
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
		if note, kept := b.noteOf(e); kept {
			b.notes = append(b.notes, note)
		}
	}
	return nil
}

func (b *batch) write(ctx context.Context) error {
	err := b.tx.RoomWrite(ctx, postgres.RoomWritten{Events: b.events, Commands: b.kept,
		Advance: dbgen.WorkshopAdvanceParams{Seq: b.state.Seq, RoomState: string(b.state.Phase), FacilityID: b.key.Facility, ID: b.key.Workshop}})
	if err != nil {
		return err
	}
	if err := b.savePlaces(ctx); err != nil {
		return err
	}
	if err := b.closeRemoved(ctx); err != nil {
		return err
	}
	if err := b.saveSaid(ctx); err != nil {
		return err
	}
	if slices.ContainsFunc(b.events, func(e dbgen.RoomEventPutParams) bool { return e.Kind == room.Ended }) {
		if err := b.endTokens(ctx); err != nil {
			return err
		}
	}
	return b.app.appendAudit(ctx, b.tx, b.key.Facility, b.now, b.notes)
}

// endTokens: what is bound to a workshop ends with it: projectors, guests, room passes.
func (b *batch) endTokens(ctx context.Context) error {
	f, w := b.key.Facility, b.key.Workshop
	if err := b.tx.Later().StageEndAll(ctx, dbgen.StageEndAllParams{At: &b.now, FacilityID: f, WorkshopID: w}); err != nil {
		return fmt.Errorf("end stages: %w", err)
	}
	if err := b.tx.Later().AttendanceLeaveAll(ctx, dbgen.AttendanceLeaveAllParams{At: b.now, FacilityID: f, WorkshopID: w}); err != nil {
		return fmt.Errorf("close the open intervals: %w", err)
	}
	if err := b.endGuests(ctx); err != nil {
		return err
	}
	if err := b.tx.Later().RoomSeenForget(ctx, dbgen.RoomSeenForgetParams{FacilityID: f, WorkshopID: w}); err != nil {
		return fmt.Errorf("forget who was connected: %w", err)
	}
	return b.tx.StageTokensForget(ctx, w)
}
