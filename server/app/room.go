package app

import (
	"context"
	"errors"
	"time"

	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
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
		b = newBatch(&sitting{app: a, tx: tx, key: key, node: node})
		return b.run(ctx, requests)
	})
	if err != nil {
		return RoomOutcome{}, err
	}
	a.rooms.keep(key.Workshop, b.state)
	for _, f := range b.after {
		f(ctx)
	}
	return b.outcome(), nil
}

// Ring tells the other nodes of what a batch did; the own node's people see it before. A ring
// that is lost is healed from the table.
func (a *App) Ring(ctx context.Context, node id.Node, key RoomKey, out RoomOutcome) {
	if out.First == 0 {
		a.ringWords(ctx, node, key, out)
		return
	}
	ring := bus.Rung{Node: node, Workshop: key.Workshop, First: out.First, Last: out.State.Seq}
	if err := a.stores.Bus.Publish(ctx, bus.Room(key.Workshop), ring.Pack()); err != nil {
		a.log.Warn("the doorbell is away; other nodes read the table", "room", key.Workshop.String(), "err", err)
	}
}

// ringWords tells the other nodes of words that came or went without an event. Its loss is healed
// by the next reading of the room.
func (a *App) ringWords(ctx context.Context, node id.Node, key RoomKey, out RoomOutcome) {
	if !out.Words {
		return
	}
	if err := a.stores.Bus.Publish(ctx, bus.Room(key.Workshop), bus.Spoken{Node: node, Workshop: key.Workshop}.Pack()); err != nil {
		a.log.Warn("the doorbell is away; other nodes read the words later", "room", key.Workshop.String(), "err", err)
	}
}
