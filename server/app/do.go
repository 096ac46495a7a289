package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amends/roles"
	"amends/server/actor"
	"amends/server/audit"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"

	"github.com/google/uuid"
)

// The entry of every use case. do runs, in this order: the actor; the rate limit; one
// transaction in the actor's facility; inside it the membership, read again; the actor's relation to
// the object; casbin; the step-up; the idempotency key (once.go); the rule; the audit entry; commit; and then
// effects outside the database. Room commands have an entry of their own (room.go), which batches many
// people.

// step is what a rule works with: the transaction, the actor, and what is to follow.
type step struct {
	*postgres.Tx
	actor actor.Actor
	held  []roles.Role
	name  string
	now   time.Time
	// proved is when the actor last proved that it is them.
	proved time.Time
	notes  []audit.Entry
	after  []func(context.Context)
}

// record adds an entry for the audit log, written after the rule.
func (s *step) record(action, kind string, object [16]byte) {
	s.notes = append(s.notes, audit.Entry{Action: action, ObjectKind: kind, Object: object, Outcome: audit.Done})
}

// then registers f to run after the commit; its failure undoes nothing.
func (s *step) then(f func(context.Context)) { s.after = append(s.after, f) }

// has reports whether the actor has a role.
func (s *step) has(r roles.Role) bool {
	for _, h := range s.held {
		if h == r {
			return true
		}
	}
	return false
}

// relation finds the actor's relation to the object of a use case. Fault: thing.not_found when there is
// no row.
type relation func(ctx context.Context, s *step) (roles.Relation, error)

// inFacility is for objects of the facility as a whole: no relation is needed.
func inFacility(context.Context, *step) (roles.Relation, error) { return roles.None, nil }

// myself is the relation to one's own objects, which the queries select by member id.
func myself(context.Context, *step) (roles.Relation, error) { return roles.Own, nil }

// do runs one use case of a signed-in person. Faults: signin.needed, too_many, access.refused,
// thing.not_found, and those of the rule.
func do[T any](ctx context.Context, a *App, use string, relate relation, run func(context.Context, *step) (T, error)) (T, error) {
	var out, zero T
	who, ok := actor.From(ctx)
	if !ok || who.Kind != actor.Person && who.Kind != actor.Guest {
		return zero, fault.ErrUnauthenticated
	}
	ask, known := a.rules[use]
	if !known || ask.needs == "" {
		return zero, fmt.Errorf("no row or inner rule is named %q", use)
	}
	if !a.inRow(ctx, use) {
		return zero, fmt.Errorf("rule %q is asked in the row of another operation", use)
	}
	within := a.db.Reading
	for _, limit := range ask.tries {
		if err := a.countTry(ctx, limit, who.Member.String()+" "+use); err != nil {
			return zero, err
		}
	}
	if !ask.reads {
		within = a.db.Within
	}
	var done *step
	err := within(ctx, scopeOf(who), func(ctx context.Context, tx *postgres.Tx) error {
		s := &step{Tx: tx, actor: who, now: a.now()}
		if err := a.reread(ctx, s); err != nil {
			return err
		}
		relation, err := relate(ctx, s)
		if err != nil {
			return err
		}
		if err := a.permit(s, ask, relation); err != nil {
			return err
		}
		if err := s.mustProve(ask.stepUp); err != nil {
			return err
		}
		if out, err = once(ctx, a, s, use, run); err != nil {
			return err
		}
		done = s
		return a.writeAudit(ctx, s)
	})
	if err != nil {
		refused := errors.Is(err, fault.ErrForbidden)
		if refused && !ask.asks {
			a.recordRefusal(ctx, who, use)
		}
		if refused && ask.private {
			err = fault.ErrNotFound.Because(err)
		}
		return zero, err
	}
	for _, f := range done.after {
		f(ctx)
	}
	return out, nil
}

// act is do for a use case without a result.
func act(ctx context.Context, a *App, use string, relate relation, run func(context.Context, *step) error) error {
	_, err := do(ctx, a, use, relate, func(ctx context.Context, s *step) (struct{}, error) { return struct{}{}, run(ctx, s) })
	return err
}

// doPublic runs a use case of an unauthenticated caller, in the facility that their secret (a slip, a
// name, a stage code) belongs to. There are no roles and no permission check.
func doPublic[T any](ctx context.Context, a *App, scope postgres.Scope, run func(context.Context, *step) (T, error)) (T, error) {
	var out, zero T
	var done *step
	err := a.db.Within(ctx, scope, func(ctx context.Context, tx *postgres.Tx) error {
		s := &step{Tx: tx, now: a.now(), actor: actor.Actor{Kind: actor.System, Facility: scope.Facility, Member: scope.Member}}
		if who, ok := actor.From(ctx); ok {
			s.actor.Request = who.Request
		}
		var err error
		if out, err = run(ctx, s); err != nil {
			return err
		}
		done = s
		return a.writeAudit(ctx, s)
	})
	if err != nil {
		return zero, err
	}
	for _, f := range done.after {
		f(ctx)
	}
	return out, nil
}

// scopeOf is the row-level security scope of an actor. An actor bound to one workshop has no member in
// their scope: the database shows them that room and no personal row.
func scopeOf(who actor.Actor) postgres.Scope {
	if !who.Workshop.IsZero() {
		return postgres.Scope{Facility: who.Facility, Workshop: who.Workshop}
	}
	return postgres.Scope{Facility: who.Facility, Member: who.Member}
}

// reread reads the actor's sign-in and roles again, so that an ended sign-in or a suspended member is
// refused at the next request.
func (a *App) reread(ctx context.Context, s *step) error {
	if s.actor.Kind == actor.Guest {
		return a.rereadGuest(ctx, s)
	}
	row, err := s.SigninHeld(ctx, dbgen.SigninHeldParams{FacilityID: s.actor.Facility, ID: s.actor.Signin, MemberID: s.actor.Member})
	if postgres.NotThere(err) {
		return fault.ErrUnauthenticated.Because(err)
	}
	if err != nil {
		return fmt.Errorf("re-read sign-in %s: %w", s.actor.Signin, err)
	}
	idleUntil := row.SeenAt.Add(time.Duration(row.IdleSeconds) * time.Second)
	if row.EndedAt != nil || s.now.After(row.AbsoluteUntil) || s.now.After(idleUntil) || row.Status != "active" {
		return fault.ErrUnauthenticated
	}
	// A room pass is valid for its own room only, and a full sign-in is never bound to one.
	if row.WorkshopID != s.actor.Workshop {
		return fault.ErrUnauthenticated
	}
	s.name, s.proved = row.RoomName, row.ProvedAt
	if s.held = heldRoles(row.Roles); !s.actor.Workshop.IsZero() {
		s.held = []roles.Role{roles.Guest}
	}
	return nil
}

func heldRoles(names []string) []roles.Role {
	held := make([]roles.Role, 0, len(names))
	for _, n := range names {
		if r, ok := roles.Parse(n); ok {
			held = append(held, r)
		}
	}
	return held
}

// permit is the only call of casbin. Row-level security has already restricted the object to the
// actor's facility, so both domains are the same here.
func (a *App) permit(s *step, ask rule, relation roles.Relation) error {
	facility := s.actor.Facility.String()
	allowed, err := a.book.Allows(roles.Asked{Held: s.held, Domain: facility, Object: facility, Needs: ask.needs, Relation: relation})
	if err != nil {
		return err
	}
	if !allowed {
		return fault.ErrForbidden
	}
	return nil
}

// writeAudit appends the entries that the rule recorded.
func (a *App) writeAudit(ctx context.Context, s *step) error {
	request, _ := uuid.Parse(s.actor.Request)
	for i := range s.notes {
		s.notes[i].ActorKind, s.notes[i].Actor, s.notes[i].Request = string(s.actor.Kind), s.actor.Member.Bytes(), request
	}
	return a.appendAudit(ctx, s.Tx, s.actor.Facility, s.now, s.notes)
}

// appendAudit appends entries to the facility's hash chain. It locks the chain, so it must be the last
// step before the commit.
func (a *App) appendAudit(ctx context.Context, tx *postgres.Tx, facility id.Facility, now time.Time, notes []audit.Entry) error {
	if len(notes) == 0 {
		return nil
	}
	genesis := audit.Genesis(facility.Bytes())
	head, err := tx.AuditHead(ctx, dbgen.AuditHeadParams{FacilityID: facility, Genesis: genesis[:]})
	if err != nil {
		return fmt.Errorf("lock the audit log: %w", err)
	}
	seq, last := head.Seq, [32]byte(head.Hash)
	for _, e := range notes {
		seq++
		e.Facility, e.Seq, e.At = facility.Bytes(), seq, now.UTC().Truncate(time.Microsecond)
		if e.ActorKind == "" {
			e.ActorKind = string(actor.Person)
		}
		sum := e.Hash(last)
		if err := tx.AuditAppend(ctx, auditRow(e, last, sum)); err != nil {
			return fmt.Errorf("append to the audit log: %w", err)
		}
		last = sum
	}
	return tx.AuditHeadSet(ctx, dbgen.AuditHeadSetParams{FacilityID: facility, Seq: seq, Hash: last[:]})
}

func auditRow(e audit.Entry, previous, sum [32]byte) dbgen.AuditAppendParams {
	row := dbgen.AuditAppendParams{FacilityID: id.From[id.Facility](e.Facility), Seq: e.Seq, At: e.At, ActorKind: e.ActorKind, Action: e.Action,
		ObjectKind: e.ObjectKind, ObjectID: uuid.NullUUID{UUID: e.Object, Valid: e.Object != uuid.Nil}, Outcome: string(e.Outcome),
		RequestID: uuid.NullUUID{UUID: e.Request, Valid: e.Request != uuid.Nil}, Previous: previous[:], Hash: sum[:]}
	if e.Actor != uuid.Nil {
		who := id.From[id.Member](e.Actor)
		row.ActorID = &who
	}
	return row
}
