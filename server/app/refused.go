package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"amends/server/actor"
	"amends/server/audit"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"

	"github.com/google/uuid"
)

// Refusals in the audit log. The act was rolled back, so each has a short transaction of its own. Rule:
// an entry names ids and the use case, never a sign-in name, an address or what was asked for.

// refusalPatience bounds such a transaction. It does not end with the request: hanging up hides nothing.
const refusalPatience = 5 * time.Second

// recordRefusal adds an entry that a signed-in person was refused, at most one a minute for each person
// and use case.
func (a *App) recordRefusal(ctx context.Context, who actor.Actor, use string) {
	if who.Kind != actor.Person {
		return
	}
	if d, err := a.stores.Limits.Allow(ctx, who.Member.String()+" "+use, bus.RefusalPerMember()); err != nil || !d.OK {
		return
	}
	a.appendRefusal(ctx, who.Facility, audit.Entry{ActorKind: string(actor.Person), Actor: who.Member.Bytes(), Action: use, ObjectKind: "use_case", Outcome: audit.Refused, Request: requestOf(who)})
}

// recordRoomRefusals adds an entry for each signed-in person whose command a room refused because they may
// not give it. Rooms do not wait for it. This node counts first, so that a flood of refused commands
// cannot fill the queue in which failed sign-ins wait too.
func (a *App) recordRoomRefusals(ctx context.Context, key RoomKey, requests []RoomRequest, results []RoomResult) {
	const use = "commandRoom"
	for i, r := range requests {
		if i >= len(results) || r.Fact != NoFact || r.Signin.IsZero() || !errors.Is(results[i].Err, fault.ErrForbidden) {
			continue
		}
		if d, err := a.stores.Local.Allow(ctx, r.Member.String()+" "+use, bus.RefusalPerMember()); err != nil || !d.OK {
			continue
		}
		who := actor.Actor{Kind: actor.Person, Facility: key.Facility, Member: r.Member, Signin: r.Signin}
		ctx := context.WithoutCancel(ctx)
		if !a.behind.add(func() { a.recordRefusal(ctx, who, use) }) {
			a.log.Warn("too many entries wait at once; the audit log misses some")
		}
	}
}

// recordFailedSignin adds an entry that somebody failed to sign in with the name of this person. It is
// written behind the answer, because an answer that waits for it would tell names that exist from others.
func (a *App) recordFailedSignin(ctx context.Context, facility id.Facility, member id.Member) {
	who, _ := actor.From(ctx)
	entry := audit.Entry{ActorKind: string(actor.System), Action: "signin.refused", ObjectKind: "member", Object: member.Bytes(), Outcome: audit.Refused, Request: requestOf(who)}
	ctx = context.WithoutCancel(ctx)
	if !a.behind.add(func() { a.appendRefusal(ctx, facility, entry) }) {
		a.log.Warn("too many failed sign-ins at once; the audit log misses some")
	}
}

func requestOf(who actor.Actor) uuid.UUID {
	request, _ := uuid.Parse(who.Request)
	return request
}

// appendRefusal appends an entry of a refusal, which stands even if that fails.
func (a *App) appendRefusal(ctx context.Context, facility id.Facility, entry audit.Entry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalPatience)
	defer cancel()
	if err := a.appendAlone(ctx, facility, entry); err != nil {
		a.log.Warn("a refusal is not in the audit log", "err", err)
	}
}

// appendAlone appends one entry in its own transaction.
func (a *App) appendAlone(ctx context.Context, facility id.Facility, entry audit.Entry) error {
	return a.db.Within(ctx, postgres.Scope{Facility: facility}, func(ctx context.Context, tx *postgres.Tx) error {
		return a.appendAudit(ctx, tx, facility, a.now(), []audit.Entry{entry})
	})
}

// behind runs work after the answer that it belongs to, one piece at a time and in order. Its goroutine
// ends when nothing is left; Settle waits for it.
type behind struct {
	mu      sync.Mutex
	queue   []func()
	running bool
	idle    sync.WaitGroup
}

// maxBehind bounds the queue; what comes to a full one is refused.
const maxBehind = 1000

func (b *behind) add(f func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) >= maxBehind {
		return false
	}
	b.queue = append(b.queue, f)
	if !b.running {
		b.running = true
		b.idle.Go(b.run)
	}
	return true
}

func (b *behind) run() {
	for f := b.next(); f != nil; f = b.next() {
		f()
	}
}

// next takes the first piece of work; nil when there is none, and then the goroutine ends.
func (b *behind) next() func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.queue) == 0 {
		b.running = false
		return nil
	}
	f := b.queue[0]
	b.queue = b.queue[1:]
	return f
}

// Settle waits until what runs behind answers is done, or ctx ends. Nothing may be asked of the App any
// more.
func (a *App) Settle(ctx context.Context) {
	done := make(chan struct{})
	go func() { defer close(done); a.behind.idle.Wait() }()
	select {
	case <-done:
	case <-ctx.Done():
		a.log.Warn("the audit log misses failed sign-ins of the last moment")
	}
}
