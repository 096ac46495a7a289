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

// The way in. Everything a person can do passes do, in this order: who acts; the rate of what
// they change; one transaction in their facility; the membership re-read inside it; how the
// person stands to the object; casbin; whether the same was done already (once.go); the rule; the
// audit entry; commit; and only then what follows outside.
// Room commands have their own way in (room.go), for a batch of people at once.

// step is what a rule works with: the transaction, who acts, and what it leaves behind.
type step struct {
	*postgres.Tx
	actor actor.Actor
	held  []roles.Role
	name  string
	now   time.Time
	notes []audit.Entry
	after []func(context.Context)
}

// record notes an act for the audit log; it is written when the rule is done.
func (s *step) record(action, kind string, object [16]byte) {
	s.notes = append(s.notes, audit.Entry{Action: action, ObjectKind: kind, Object: object, Outcome: audit.Done})
}

// then runs once the transaction is committed; its failure cannot undo anything.
func (s *step) then(f func(context.Context)) { s.after = append(s.after, f) }

// has says whether the person holds a role.
func (s *step) has(r roles.Role) bool {
	for _, h := range s.held {
		if h == r {
			return true
		}
	}
	return false
}

// standing is how the person stands to the object of a use case. No row is fault.ErrNotFound.
type standing func(ctx context.Context, s *step) (roles.Relation, error)

// inFacility is the standing to things that belong to the facility as a whole.
func inFacility(context.Context, *step) (roles.Relation, error) { return roles.None, nil }

// myself is the standing to one's own things, which the queries name by member id.
func myself(context.Context, *step) (roles.Relation, error) { return roles.Own, nil }

// do runs one use case of a signed-in person.
// Faults: signin.needed, too_many, access.refused, thing.not_found, and those of the rule.
func do[T any](ctx context.Context, a *App, use string, relate standing, run func(context.Context, *step) (T, error)) (T, error) {
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
		if out, err = once(ctx, a, s, use, run); err != nil {
			return err
		}
		done = s
		return a.writeAudit(ctx, s)
	})
	if err != nil {
		if errors.Is(err, fault.ErrForbidden) && ask.private {
			err = fault.ErrNotFound.Because(err)
		}
		return zero, err
	}
	for _, f := range done.after {
		f(ctx)
	}
	return out, nil
}

// act is do for a use case that answers nothing.
func act(ctx context.Context, a *App, use string, relate standing, run func(context.Context, *step) error) error {
	_, err := do(ctx, a, use, relate, func(ctx context.Context, s *step) (struct{}, error) { return struct{}{}, run(ctx, s) })
	return err
}

// doPublic runs one of the few things that a stranger may do, in a facility that a secret
// they hold (a slip, a name, a stage code) led to. It holds no roles and asks nobody.
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

// scopeOf is whose rows a person may touch. Whoever is bound to one workshop has no member in
// their scope: the database shows them that room and no personal row at all.
func scopeOf(who actor.Actor) postgres.Scope {
	if !who.Workshop.IsZero() {
		return postgres.Scope{Facility: who.Facility, Workshop: who.Workshop}
	}
	return postgres.Scope{Facility: who.Facility, Member: who.Member}
}

// reread asks the database what the person may be now: a sign-in that ended and a member who
// was suspended stop here, at their next act.
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
	// A room pass opens its own room, and a full sign-in is never bound to one.
	if row.WorkshopID != s.actor.Workshop {
		return fault.ErrUnauthenticated
	}
	s.name = row.RoomName
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

// permit is the one place where casbin is asked. Row-level security has already kept the
// object to the person's facility, so both domains are the same one here.
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

// writeAudit appends what the rule noted.
func (a *App) writeAudit(ctx context.Context, s *step) error {
	request, _ := uuid.Parse(s.actor.Request)
	for i := range s.notes {
		s.notes[i].ActorKind, s.notes[i].Actor, s.notes[i].Request = string(s.actor.Kind), s.actor.Member.Bytes(), request
	}
	return a.appendAudit(ctx, s.Tx, s.actor.Facility, s.now, s.notes)
}

// appendAudit chains entries to the facility's log. It takes the lock of the chain, so it is
// the last thing before a commit.
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
