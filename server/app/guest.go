package app

import (
	"context"
	"fmt"
	"time"

	"amends/server/actor"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// Guests of open meetings. A guest enters the room code and a name, and gets a token for that one room.
// In the policy a guest has the role `guest`: that room and the facility's public facts, nothing else.
// The scope of a guest's transaction has no member.

var (
	// errRoomCode is the same answer for a code that is unknown, of a closed group, too early or
	// expired, so that nothing can be learned from it.
	errRoomCode  = fault.New(fault.NotFound, "room_code.unknown", "This code is not valid now. Please look at the screen in the room, or ask a counselor.")
	errGuestFull = fault.New(fault.Conflict, "room.full", "The room is full. Please speak to a counselor.").With("code", "is of a full room")
)

// guestLife is the longest life of a guest's token, and how long before the start a meeting's code is
// valid.
const guestLife = 12 * time.Hour

// BoundToken is a new token for one person and one room: the secret of its cookie, and its expiry.
type BoundToken struct {
	Token    string
	Workshop id.Workshop
	Person   id.Member
	Until    time.Time
}

// EnterAsGuest gives a person without an account a token for the room of an open meeting. Faults:
// room_code.unknown, room.removed, room.full, room.crowd, too_many, door.work.
func (a *App) EnterAsGuest(ctx context.Context, in wire.GuestEntry, by Browser, try Try) (BoundToken, error) {
	tried, err := a.countTries(ctx, "enterAsGuest", try)
	if err != nil {
		return BoundToken{}, err
	}
	// Before the guest is made, and given back if none is.
	entry, err := a.takeFrom(ctx, bus.GuestsPerAddress(), try.From)
	if err != nil {
		return BoundToken{}, err
	}
	out, err := a.enterByCode(ctx, in, by, try.From)
	if err != nil {
		entry.refund(ctx)
		return BoundToken{}, err
	}
	tried.refund(ctx)
	return out, nil
}

func (a *App) enterByCode(ctx context.Context, in wire.GuestEntry, by Browser, from Address) (BoundToken, error) {
	facility, which, err := a.db.WorkshopOfCode(ctx, in.Code)
	if err != nil {
		return BoundToken{}, err
	}
	// The same transaction runs for an unknown code, so that timing reveals nothing.
	scope := postgres.Scope{Facility: facility, Workshop: which}
	return doPublic(ctx, a, scope, func(ctx context.Context, s *step) (BoundToken, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: facility, ID: which})
		if postgres.NotThere(err) {
			return BoundToken{}, errRoomCode
		}
		if err != nil {
			return BoundToken{}, err
		}
		if w.Kind != kindOpen || !takesPeople(w, s.now) {
			return BoundToken{}, errRoomCode
		}
		if err := a.refuses(ctx, s, w, by); err != nil {
			return BoundToken{}, err
		}
		return a.newGuest(ctx, s, w, in.Name, from)
	})
}

// takesPeople reports whether a workshop's codes are valid: from guestLife before the start until the
// room ends, at most 24 hours after the start.
func takesPeople(w dbgen.Workshop, now time.Time) bool {
	return w.CancelledAt == nil && w.RoomState != string(wire.RoomEnded) && now.After(w.StartsAt.Add(-guestLife)) && now.Before(w.StartsAt.Add(2*guestLife))
}

func (a *App) newGuest(ctx context.Context, s *step, w dbgen.Workshop, name string, from Address) (BoundToken, error) {
	place := a.placeOf(w.ID, from)
	crowd, err := a.takePlace(ctx, s, w, place)
	if err != nil {
		return BoundToken{}, err
	}
	// Under the lock of the places: of two people who enter at once, the second sees the name of the first.
	taken, err := s.GuestNamesTaken(ctx, dbgen.GuestNamesTakenParams{FacilityID: w.FacilityID, WorkshopID: w.ID})
	if err != nil {
		return BoundToken{}, err
	}
	name = a.looks.nameAmong(taken, name, w.Language)
	fresh := id.New[id.Member]()
	if err := s.GuestPut(ctx, dbgen.GuestPutParams{FacilityID: w.FacilityID, ID: fresh, WorkshopID: w.ID, Name: name, CreatedAt: s.now, Network: place.network, Site: place.site, Crowd: crowd}); err != nil {
		return BoundToken{}, fmt.Errorf("put a guest: %w", err)
	}
	return a.bindToken(ctx, s, w.ID, fresh, id.Signin{})
}

// bindToken creates the token of one person for one room.
func (a *App) bindToken(ctx context.Context, s *step, which id.Workshop, person id.Member, pass id.Signin) (BoundToken, error) {
	token, hash, err := a.tokens().New(a.random)
	if err != nil {
		return BoundToken{}, err
	}
	if err := s.GuestTokenPut(ctx, hash, s.actor.Facility, which, person, pass); err != nil {
		return BoundToken{}, fmt.Errorf("put a token for workshop %s: %w", which, err)
	}
	return BoundToken{Token: token, Workshop: which, Person: person, Until: s.now.Add(guestLife)}, nil
}

// IdentifyGuest finds the room and the person of a guest cookie: a guest, or a member with a room pass.
// Fault: signin.needed.
func (a *App) IdentifyGuest(ctx context.Context, token string) (actor.Actor, error) {
	hash, ok := a.tokens().Hash(token)
	if !ok {
		return actor.Actor{}, fault.ErrUnauthenticated
	}
	facility, which, person, pass, err := a.db.GuestOf(ctx, hash)
	if err != nil {
		return actor.Actor{}, err
	}
	if which.IsZero() {
		return actor.Actor{}, fault.ErrUnauthenticated
	}
	who := actor.Actor{Kind: actor.Guest, Facility: facility, Workshop: which, Member: person}
	if !pass.IsZero() {
		who.Kind, who.Signin = actor.Person, pass
	}
	return who, nil
}

// GuestMe tells a guest, or the holder of a room pass, where they are.
func (a *App) GuestMe(ctx context.Context) (wire.GuestMe, error) {
	who, _ := actor.From(ctx)
	return do(ctx, a, "readGuest", toWorkshop(who.Workshop), func(ctx context.Context, s *step) (wire.GuestMe, error) {
		w, err := s.WorkshopGet(ctx, dbgen.WorkshopGetParams{FacilityID: s.actor.Facility, ID: who.Workshop})
		me := wire.GuestMe{Workshop: who.Workshop.String(), Person: who.Member.String(), Title: w.Title, Language: w.Language, Name: s.name}
		if who.Kind == actor.Person {
			me.Acct = acct(who.Member)
		}
		return me, err
	})
}

// LeaveAsGuest ends the guest's token and deletes their name at once. It ends a room pass too.
func (a *App) LeaveAsGuest(ctx context.Context) error {
	who, _ := actor.From(ctx)
	return act(ctx, a, "leaveAsGuest", toWorkshop(who.Workshop), func(ctx context.Context, s *step) error {
		if err := endBound(ctx, s, who); err != nil {
			return err
		}
		s.then(func(ctx context.Context) { a.ringKick(ctx, who.Member, who.Signin) })
		s.then(func(ctx context.Context) { a.sayGuestLeft(ctx, who) })
		return s.GuestTokensForget(ctx, who.Workshop, who.Member)
	})
}

// sayGuestLeft tells the room at once about a goodbye of a guest or of the holder of a room pass,
// instead of after the grace time of a lost phone: they are no longer counted, their turn ends and
// their words go. If it fails, the drop of a guest's phone does it later (departed).
func (a *App) sayGuestLeft(ctx context.Context, who actor.Actor) {
	key := RoomKey{who.Facility, who.Workshop}
	out, err := a.Room(ctx, id.Node{}, key, []RoomRequest{{Member: who.Member, Fact: GuestLeft}})
	a.Notify(ctx, id.Node{}, key, out) // this node's own room did not see the change either
	if err != nil {
		a.log.Warn("recording a goodbye failed; the room notices when the phone is dropped", "room", key.Workshop.String(), "err", err)
	}
}

func endBound(ctx context.Context, s *step, who actor.Actor) error {
	if who.Kind == actor.Person {
		_, err := s.SigninEnd(ctx, dbgen.SigninEndParams{FacilityID: who.Facility, ID: who.Signin, EndedAt: &s.now})
		return err
	}
	if err := s.RoomHereForget(ctx, dbgen.RoomHereForgetParams{FacilityID: who.Facility, WorkshopID: who.Workshop, MemberID: who.Member}); err != nil {
		return err
	}
	_, err := s.GuestEnd(ctx, dbgen.GuestEndParams{At: &s.now, FacilityID: who.Facility, WorkshopID: who.Workshop, ID: who.Member})
	return err
}

// guestNamesLife is how long a guest's name is kept after the meeting; with the interval of the sweep
// it is deleted within a day.
const guestNamesLife = 23 * time.Hour

// ForgetGuests enforces the retention of guests in every facility: it deletes names, and tokens of
// meetings that nobody ended.
func (a *App) ForgetGuests(ctx context.Context) error {
	defer a.looks.forget() // after the names are gone, so that none is read again meanwhile
	facilities, err := a.db.FacilityIDs(ctx)
	if err != nil {
		return err
	}
	for _, f := range facilities {
		_, err := doPublic(ctx, a, postgres.Scope{Facility: f}, func(ctx context.Context, s *step) (struct{}, error) {
			gone, err := s.GuestForget(ctx, dbgen.GuestForgetParams{Now: s.now, FacilityID: f, EndedBefore: s.now.Add(-guestNamesLife), CreatedBefore: s.now.Add(-guestLife - guestNamesLife)})
			for _, g := range gone {
				if err == nil {
					err = s.GuestTokensForget(ctx, g.WorkshopID, g.ID)
				}
			}
			return struct{}{}, err
		})
		if err != nil {
			return fmt.Errorf("forget the guests of facility %s: %w", f, err)
		}
	}
	return nil
}
