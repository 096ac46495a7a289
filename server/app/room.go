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

// doRoom is the entry for room commands: one batch, from many people, in one transaction under the lock
// of the workshop's row. Its scope has no member, so it can see no personal row. Each command is
// authorized and decided in order, on the state after the previous one; a refusal is a result and does
// not abort the batch.

// MaxBatch is the most requests in one transaction.
const MaxBatch = 64

// RoomFact is a fact about a connection that the hub knows.
type RoomFact uint8

// The facts; NoFact is a command of a person.
const (
	NoFact RoomFact = iota
	PhoneJoined
	PhoneDropped
	PhoneLeft
	// GuestLeft: a person said goodbye.
	GuestLeft
	// PhoneMissed: a phone has been lost for so long that a check card is due.
	PhoneMissed
	// ScreenJoined: a facilitator is connected. CheckHeartbeats: check the heartbeats of facilitators
	// and of people at the door.
	ScreenJoined
	CheckHeartbeats
)

// RoomRequest is one command, or one fact about a connection.
type RoomRequest struct {
	Member  id.Member
	Signin  id.Signin
	Command wire.Command
	Fact    RoomFact
	// Since is when the phone was lost; the interval ends then, not when the drop is recorded.
	Since time.Time
	// Gone is the dead node that the person was connected to; zero for the calling node.
	Gone id.Node
}

// RoomResult answers one request: the number of the room's last event when it was decided, or the
// refusal.
type RoomResult struct {
	Seq int64
	Err error
}

// RoomOutcome is the room after a batch. First is the number of the batch's first event, 0 for none;
// State.Seq is that of the last. Words means that check-in words changed; Said is the list SaidRun
// after the batch, if the batch read one.
type RoomOutcome struct {
	State   room.State
	Results []RoomResult
	First   int64
	Words   bool
	Said    []room.Said
	SaidRun int64
}

// RoomKey identifies a room and its tenant.
type RoomKey struct {
	Facility id.Facility
	Workshop id.Workshop
}

func (k RoomKey) scope() postgres.Scope {
	return postgres.Scope{Facility: k.Facility, Workshop: k.Workshop}
}

// Room runs a batch; the caller must then call Notify. A failed transaction is retried once as a whole
// and then request by request, so that one bad request cannot block the room.
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
		b = newBatch(&roomTx{app: a, tx: tx, key: key, node: node})
		return b.run(ctx, requests)
	})
	if err != nil {
		return RoomOutcome{}, err
	}
	a.rooms.keep(key.Workshop, b.state)
	for _, f := range b.after {
		f(ctx)
	}
	a.recordRoomRefusals(ctx, key, requests, b.results)
	return b.outcome(), nil
}

// Notify tells the other nodes about a batch; the own node shows it before. A lost notification is
// repaired by the periodic read of the table.
func (a *App) Notify(ctx context.Context, node id.Node, key RoomKey, out RoomOutcome) {
	if out.First == 0 {
		a.notifyWords(ctx, node, key, out)
		return
	}
	notification := bus.Committed{Node: node, Workshop: key.Workshop, First: out.First, Last: out.State.Seq}
	if err := a.stores.Bus.Publish(ctx, bus.Room(key.Workshop), notification.Pack()); err != nil {
		a.log.Warn("Redis pub/sub is unavailable; other nodes poll the database", "room", key.Workshop.String(), "err", err)
	}
}

// notifyWords tells the other nodes about words that changed without an event. A lost message is repaired
// by the room's next read.
func (a *App) notifyWords(ctx context.Context, node id.Node, key RoomKey, out RoomOutcome) {
	if !out.Words {
		return
	}
	if err := a.stores.Bus.Publish(ctx, bus.Room(key.Workshop), bus.Spoken{Node: node, Workshop: key.Workshop}.Pack()); err != nil {
		a.log.Warn("Redis pub/sub is unavailable; other nodes read check-in words later", "room", key.Workshop.String(), "err", err)
	}
}
