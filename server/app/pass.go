package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"amends/roles"
	"amends/server/account"
	"amends/server/actor"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// The room pass: a counselor who recognizes a person lets them into this workshop without password and
// key card. The code can be used once, within ten minutes, and is stored as a hash. It becomes a
// sign-in bound to the workshop: in the policy its holder is a guest, the scope of their transactions
// has no member, and attendance is recorded as theirs. A person has one pass for a room, the newest.

var (
	errPassCode   = fault.New(fault.NotFound, "room_pass.unknown", "This code is not valid any more. Please ask a counselor for a new one.")
	errPassMember = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("member", "is not a person of this workshop")
	errPassFull   = fault.New(fault.Conflict, "room.full", "The room is full. Please speak to a counselor.").With("code", "is of a full room")
)

// passesPerSeat is how many people may hold a pass per seat: somebody may leave without saying so.
const passesPerSeat = 2

// passLife is how long a code is valid.
const passLife = 10 * time.Minute

// RoomPass creates a code for a participant or mentor of the workshop. Only its own facilitators may.
// Faults: input.invalid naming member, workshop.under_way.
func (a *App) RoomPass(ctx context.Context, which id.Workshop, member id.Member) (wire.Pass, error) {
	given, err := do(ctx, a, "makePass", toFacilitate(which), func(ctx context.Context, s *step) (pass, error) {
		p := pass{s.actor.Facility, which, member, s.actor.Member}
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return p, err
		}
		if !takesPeople(w, s.now) {
			return p, errUnderWay.With("workshop", "is over, or far ahead")
		}
		if err := a.mayPass(ctx, s, w, p); err != nil {
			return p, err
		}
		s.record("room_pass.created", "member", member.Bytes())
		return p, nil
	})
	if err != nil {
		return wire.Pass{}, err
	}
	value := given.pack()
	for {
		code, err := account.NewCode(a.random, wire.PassCodeLength)
		if err != nil {
			return wire.Pass{}, err
		}
		err = a.stores.Codes.Put(ctx, bus.RoomPass, code, value, passLife)
		if errors.Is(err, bus.ErrTaken) {
			continue
		}
		if err != nil {
			return wire.Pass{}, fault.ErrUnavailable.Because(err)
		}
		return wire.Pass{Code: code, ExpiresAt: a.now().Add(passLife).UnixMilli()}, nil
	}
}

// toFacilitate is the relation of a workshop's own facilitators; everybody else has none.
func toFacilitate(which id.Workshop) relation {
	return func(ctx context.Context, s *step) (roles.Relation, error) {
		relation, err := toWorkshop(which)(ctx, s)
		if err != nil {
			return relation, err
		}
		if is, err := isFacilitator(ctx, s, which); err != nil || !is {
			return roles.None, err
		}
		return relation, nil
	}
}

// pass is what a code stands for: who may enter which room, and the facilitator who says so.
type pass struct {
	facility id.Facility
	workshop id.Workshop
	member   id.Member
	maker    id.Member
}

const packedPass = 4 * 16

func (p pass) pack() []byte {
	f, w, m, by := p.facility.Bytes(), p.workshop.Bytes(), p.member.Bytes(), p.maker.Bytes()
	return slices.Concat(f[:], w[:], m[:], by[:])
}

func unpackPass(value []byte) (p pass, ok bool) {
	if len(value) != packedPass {
		return p, false
	}
	of := func(n int) [16]byte { return [16]byte(value[16*n:]) }
	return pass{id.From[id.Facility](of(0)), id.From[id.Workshop](of(1)), id.From[id.Member](of(2)), id.From[id.Member](of(3))}, true
}

// mayPass accepts an active participant or mentor whom this workshop is for. An open meeting is for
// everybody, but a pass is for somebody whom the facilitator knows: a person of a cohort of theirs, or
// one who has been in this room. Staff get no pass: their work needs their password.
func (a *App) mayPass(ctx context.Context, s *step, w dbgen.Workshop, p pass) error {
	member := p.member
	m, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: member})
	if postgres.NotThere(err) || errors.Is(err, fault.ErrNotFound) {
		return errPassMember
	}
	if err != nil {
		return err
	}
	held := heldRoles(m.Roles)
	staff := slices.Contains(held, roles.Counselor) || slices.Contains(held, roles.Admin)
	if m.Status != "active" || staff || len(held) == 0 {
		return errPassMember
	}
	if w.Kind == kindOpen {
		return a.knowsForPass(ctx, s, w, p)
	}
	as, err := cohortRole(ctx, s, w.CohortID, member)
	if err == nil && as == "" {
		err = errPassMember
	}
	return err
}

func (a *App) knowsForPass(ctx context.Context, s *step, w dbgen.Workshop, p pass) error {
	state, err := a.rooms.state(ctx, s.Tx, RoomKey{Facility: p.facility, Workshop: w.ID}, w.Seq)
	if err != nil {
		return fmt.Errorf("read who was in workshop %s: %w", w.ID, err)
	}
	if state.People[p.member].Came {
		return nil
	}
	for _, as := range []roles.CohortRole{roles.AsParticipant, roles.AsMentor} {
		if known, err := standsBetween(ctx, s, p.maker, p.member, as); err != nil || known {
			return err
		}
	}
	return errPassMember
}

// EnterByPass exchanges the code for a token for the one room. All conditions are checked again.
// Faults: room_pass.unknown, room.full, too_many.
func (a *App) EnterByPass(ctx context.Context, code string, from Address) (BoundToken, error) {
	tried, err := a.countTries(ctx, "enterByPass", Try{From: from})
	if err != nil {
		return BoundToken{}, err
	}
	value, ok, err := a.stores.Codes.Take(ctx, bus.RoomPass, code)
	if err != nil {
		return BoundToken{}, fault.ErrUnavailable.Because(err)
	}
	p, read := unpackPass(value)
	if !ok || !read {
		return BoundToken{}, errPassCode
	}
	tried.refund(ctx)
	return doPublic(ctx, a, postgres.Scope{Facility: p.facility}, func(ctx context.Context, s *step) (BoundToken, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: p.facility, ID: p.workshop})
		if err != nil {
			return BoundToken{}, err
		}
		err = a.mayPass(ctx, s, w, p)
		if err != nil && !errors.Is(err, errPassMember) {
			return BoundToken{}, err // what was not read is no refusal
		}
		if err != nil || !takesPeople(w, s.now) {
			return BoundToken{}, errPassCode
		}
		return a.openPass(ctx, s, w, p.member)
	})
}

// openPass opens the person's pass in the place of their older one for this room, while other people hold
// no more passes than the room has use for.
func (a *App) openPass(ctx context.Context, s *step, w dbgen.Workshop, member id.Member) (BoundToken, error) {
	which := w.ID
	others, err := counted(ctx, s, "room pass", which, func(ctx context.Context, q *dbgen.Queries) (int64, error) {
		return q.PassesOfOthers(ctx, dbgen.PassesOfOthersParams{FacilityID: s.actor.Facility, WorkshopID: which, MemberID: member, Now: s.now})
	})
	if err != nil {
		return BoundToken{}, err
	}
	if others >= passesPerSeat*int64(w.Capacity) {
		return BoundToken{}, errPassFull
	}
	fresh := id.New[id.Signin]()
	err = a.openUnderCap(ctx, s, member, fresh, true, func(ctx context.Context, q *dbgen.Queries) error {
		return q.SigninOpenPass(ctx, dbgen.SigninOpenPassParams{FacilityID: s.actor.Facility, ID: fresh, MemberID: member, CreatedAt: s.now,
			IdleSeconds: int32(guestLife / time.Second), AbsoluteUntil: s.now.Add(guestLife), WorkshopID: which})
	})
	if err != nil {
		return BoundToken{}, err
	}
	s.actor.Kind, s.actor.Member = actor.Person, member
	if err := a.replacePasses(ctx, s, which, fresh); err != nil {
		return BoundToken{}, err
	}
	s.record("room_pass.used", "signin", fresh.Bytes())
	return a.bindToken(ctx, s, which, member, fresh)
}

// replacePasses ends the older passes of the actor for a room.
func (a *App) replacePasses(ctx context.Context, s *step, which id.Workshop, fresh id.Signin) error {
	who := s.actor.Member
	old, err := s.PassesReplaced(ctx, dbgen.PassesReplacedParams{At: &s.now, FacilityID: s.actor.Facility, WorkshopID: which, MemberID: who, Fresh: fresh})
	if err != nil {
		return fmt.Errorf("end older passes of %s: %w", who, err)
	}
	for _, one := range old {
		if err := a.signinEnded(ctx, s, who, one); err != nil {
			return err
		}
	}
	return nil
}
