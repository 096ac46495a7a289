package app

import (
	"context"
	"errors"
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
// has no member, and attendance is recorded as theirs.

var (
	errPassCode   = fault.New(fault.NotFound, "room_pass.unknown", "This code is not valid any more. Please ask a counselor for a new one.")
	errPassMember = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("member", "is not a person of this workshop")
)

// passLife is how long a code is valid.
const passLife = 10 * time.Minute

// RoomPass creates a code for a participant or mentor of the workshop. Only its own facilitators may.
// Faults: input.invalid naming member, workshop.under_way.
func (a *App) RoomPass(ctx context.Context, which id.Workshop, member id.Member) (wire.Pass, error) {
	facility, err := do(ctx, a, "makePass", toFacilitate(which), func(ctx context.Context, s *step) (id.Facility, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: s.actor.Facility, ID: which})
		if err != nil {
			return id.Facility{}, err
		}
		if !takesPeople(w, s.now) {
			return id.Facility{}, errUnderWay.With("workshop", "is over, or far ahead")
		}
		if err := mayPass(ctx, s, w, member); err != nil {
			return id.Facility{}, err
		}
		s.record("room_pass.created", "member", member.Bytes())
		return s.actor.Facility, nil
	})
	if err != nil {
		return wire.Pass{}, err
	}
	f, w, m := facility.Bytes(), which.Bytes(), member.Bytes()
	value := append(append(append([]byte{}, f[:]...), w[:]...), m[:]...)
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

// mayPass accepts an active participant or mentor whom this workshop is for. Staff get no pass: their
// work needs their password.
func mayPass(ctx context.Context, s *step, w dbgen.Workshop, member id.Member) error {
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
		return nil
	}
	as, err := cohortRole(ctx, s, w.CohortID, member)
	if err == nil && as == "" {
		err = errPassMember
	}
	return err
}

// EnterByPass exchanges the code for a token for the one room. All conditions are checked again.
// Faults: room_pass.unknown, too_many.
func (a *App) EnterByPass(ctx context.Context, code string, from Address) (BoundToken, error) {
	tried, err := a.countTries(ctx, "enterByPass", Try{From: from})
	if err != nil {
		return BoundToken{}, err
	}
	value, ok, err := a.stores.Codes.Take(ctx, bus.RoomPass, code)
	if err != nil {
		return BoundToken{}, fault.ErrUnavailable.Because(err)
	}
	if !ok || len(value) != 48 {
		return BoundToken{}, errPassCode
	}
	tried.refund(ctx)
	facility, which, member := id.From[id.Facility]([16]byte(value[:16])), id.From[id.Workshop]([16]byte(value[16:32])), id.From[id.Member]([16]byte(value[32:]))
	return doPublic(ctx, a, postgres.Scope{Facility: facility}, func(ctx context.Context, s *step) (BoundToken, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: facility, ID: which})
		if err != nil {
			return BoundToken{}, err
		}
		if !takesPeople(w, s.now) || mayPass(ctx, s, w, member) != nil {
			return BoundToken{}, errPassCode
		}
		return a.openPass(ctx, s, which, member)
	})
}

func (a *App) openPass(ctx context.Context, s *step, which id.Workshop, member id.Member) (BoundToken, error) {
	fresh := id.New[id.Signin]()
	err := a.openUnderCap(ctx, s, member, fresh, true, func(ctx context.Context, q *dbgen.Queries) error {
		return q.SigninOpenPass(ctx, dbgen.SigninOpenPassParams{FacilityID: s.actor.Facility, ID: fresh, MemberID: member, CreatedAt: s.now,
			IdleSeconds: int32(guestLife / time.Second), AbsoluteUntil: s.now.Add(guestLife), WorkshopID: which})
	})
	if err != nil {
		return BoundToken{}, err
	}
	s.actor.Kind, s.actor.Member = actor.Person, member
	s.record("room_pass.used", "signin", fresh.Bytes())
	return a.bindToken(ctx, s, which, member, fresh)
}
