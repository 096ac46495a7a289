package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"amends/server/account"
	"amends/server/actor"
	"amends/server/bus"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/keys"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
	"amends/server/wire"
)

// errSignin is the same answer for an unknown name, a wrong password and a suspended person.
var errSignin = fault.New(fault.Unauthenticated, "signin.refused", "The name or the password is not right.")

// tokens is the key of all cookies' tokens.
func (a *App) tokens() account.TokenKey { return a.secrets.Derive("tokens") }

// Address is a client address as rate limits use it: truncated to /64 or /32, never logged.
type Address string

// SignedIn is a new sign-in: the secret of its cookie, and its absolute expiry. Device is the cookie by
// which the device is known from now on, "" on a shared device.
type SignedIn struct {
	Token       string
	Until       time.Time
	Device      string
	DeviceUntil time.Time
}

// Prelogin returns the key derivation parameters of a name. An unknown name gets made-up values, always
// the same ones.
func (a *App) Prelogin(ctx context.Context, handle string, from Address, cookie string) (wire.Prelogin, error) {
	if err := a.countPrelogin(ctx, a.secrets.NameKey(handle), from, cookie); err != nil {
		return wire.Prelogin{}, err
	}
	made, salt := a.secrets.MadeUp(handle)
	out := wire.Prelogin{Kdf: "a1", Salt: b64(salt[:]), Acct: b64(made[:])}
	facility, member, err := a.db.PersonOf(ctx, handle)
	if err != nil {
		return wire.Prelogin{}, err
	}
	// The same transaction runs for an unknown name, so that timing reveals nothing.
	return doPublic(ctx, a, postgres.Scope{Facility: facility, Member: member}, func(ctx context.Context, s *step) (wire.Prelogin, error) {
		row, err := s.AccountGet(ctx, dbgen.AccountGetParams{FacilityID: facility, MemberID: member})
		if postgres.NotThere(err) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		return wire.Prelogin{Kdf: row.Kdf, Salt: b64(row.Salt), Acct: acct(member)}, nil
	})
}

// Login creates a sign-in with the derived key; cookie is that of a known device. Faults:
// signin.refused, too_many.
func (a *App) Login(ctx context.Context, in wire.Login, from Address, cookie string) (SignedIn, error) {
	name := a.secrets.NameKey(in.Handle)
	guess, err := a.guess(ctx, name, from, cookie)
	if err != nil {
		return SignedIn{}, err
	}
	facility, member, err := a.db.PersonOf(ctx, in.Handle)
	if err != nil {
		return SignedIn{}, err
	}
	out, err := doPublic(ctx, a, postgres.Scope{Facility: facility, Member: member}, func(ctx context.Context, s *step) (SignedIn, error) {
		row, err := s.AccountGet(ctx, dbgen.AccountGetParams{FacilityID: facility, MemberID: member})
		unknown := postgres.NotThere(err)
		if err != nil && !unknown {
			return SignedIn{}, err
		}
		verifier := a.secrets.PasswordVerifier(member.Bytes(), in.Apw)
		if unknown || !keys.Same(verifier, row.PasswordVerifier) {
			return SignedIn{}, errSignin
		}
		// A right password costs nothing above, and each sign-in leaves entries in the audit log for ever.
		if err := a.countTry(ctx, bus.WritePerMember(), member.String()+" logIn"); err != nil {
			return SignedIn{}, err
		}
		return a.openSignin(ctx, s, member, in)
	})
	if err != nil {
		if errors.Is(err, errSignin) && !member.IsZero() {
			a.recordFailedSignin(ctx, facility, member)
		}
		return SignedIn{}, err
	}
	guess.right(ctx)
	if in.Shared {
		return out, nil
	}
	out.DeviceUntil = a.now().Add(account.Remembered)
	out.Device, err = a.devices().New(a.random, name, a.now())
	return out, err
}

func (a *App) openSignin(ctx context.Context, s *step, member id.Member, in wire.Login) (SignedIn, error) {
	m, err := s.MemberGet(ctx, dbgen.MemberGetParams{FacilityID: s.actor.Facility, ID: member})
	if err != nil {
		return SignedIn{}, err
	}
	if m.Status != "active" {
		return SignedIn{}, errSignin
	}
	token, hash, err := a.tokens().New(a.random)
	if err != nil {
		return SignedIn{}, err
	}
	fresh, until := id.New[id.Signin](), s.now.Add(account.Absolute)
	var device *string
	if in.Device != "" {
		device = &in.Device
	}
	idle := account.TimesFor(heldRoles(m.Roles), in.Shared).SignOut
	err = a.openUnderCap(ctx, s, member, fresh, false, func(ctx context.Context, q *dbgen.Queries) error {
		return q.SigninOpen(ctx, dbgen.SigninOpenParams{FacilityID: s.actor.Facility, ID: fresh, MemberID: member, SharedDevice: in.Shared, CreatedAt: s.now,
			IdleSeconds: int32(idle / time.Second), AbsoluteUntil: until, Device: device})
	})
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.SigninPut(ctx, hash, s.actor.Facility, member, fresh); err != nil {
		return SignedIn{}, err
	}
	s.actor.Kind = actor.Person
	s.record("signin.opened", "signin", fresh.Bytes())
	return SignedIn{Token: token, Until: until}, nil
}

// openUnderCap opens a sign-in or a room pass, and ends the oldest ones of its kind beyond the cap: the
// device of such a one asks for the password again.
func (a *App) openUnderCap(ctx context.Context, s *step, member id.Member, fresh id.Signin, pass bool, open postgres.Ask) error {
	var ended []id.Signin
	lock := func(ctx context.Context, q *dbgen.Queries) error { return q.CapLock(ctx, "signin "+member.String()) }
	err := s.Together(ctx, lock, open, func(ctx context.Context, q *dbgen.Queries) (err error) {
		ended, err = q.SigninTrim(ctx, dbgen.SigninTrimParams{At: s.now, FacilityID: s.actor.Facility, MemberID: member, Fresh: fresh, Pass: pass, Most: int32(a.most("signin") - 1)})
		return err
	})
	if err != nil {
		return fmt.Errorf("open a sign-in of %s: %w", member, err)
	}
	for _, one := range ended {
		if err := a.signinEnded(ctx, s, member, one); err != nil {
			return err
		}
	}
	return nil
}

// signinEnded does what follows the end of one sign-in: its cookie is forgotten, its sockets close on
// every node, and what could resume its open pages is deleted.
func (a *App) signinEnded(ctx context.Context, s *step, who id.Member, which id.Signin) error {
	s.record("signin.ended", "signin", which.Bytes())
	s.then(func(ctx context.Context) { a.ringKick(ctx, who, which) })
	s.then(func(ctx context.Context) { a.halfGoesWith(ctx, which) })
	return s.SigninForget(ctx, which)
}

// Identify finds the person of a sign-in cookie, and counts the request as activity. Every use case
// reads again what they may do. Fault: signin.needed.
func (a *App) Identify(ctx context.Context, token string) (actor.Actor, error) {
	hash, ok := a.tokens().Hash(token)
	if !ok {
		return actor.Actor{}, fault.ErrUnauthenticated
	}
	facility, member, signin, err := a.db.SigninOf(ctx, hash)
	if err != nil {
		return actor.Actor{}, err
	}
	if signin.IsZero() {
		return actor.Actor{}, fault.ErrUnauthenticated
	}
	a.touch(ctx, facility, signin)
	return actor.Actor{Kind: actor.Person, Facility: facility, Member: member, Signin: signin}, nil
}

// touches remembers when each sign-in was last marked as active, so that there is at most one write per
// touchEvery.
type touches struct {
	mu sync.Mutex
	at map[id.Signin]time.Time
}

const (
	touchEvery = 30 * time.Second
	maxTouches = 50_000
)

func (t *touches) due(s id.Signin, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.at[s]) < touchEvery {
		return false
	}
	if t.at == nil || len(t.at) > maxTouches {
		t.at = map[id.Signin]time.Time{}
	}
	t.at[s] = now
	return true
}

func (a *App) touch(ctx context.Context, facility id.Facility, signin id.Signin) {
	now := a.now()
	if !a.touches.due(signin, now) {
		return
	}
	err := a.db.Within(ctx, postgres.Scope{Facility: facility}, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.SigninTouch(ctx, dbgen.SigninTouchParams{At: now, FacilityID: facility, ID: signin})
	})
	if err != nil {
		a.log.Warn("could not mark a sign-in as active", "signin", signin.String(), "err", err)
	}
}

// SignOut ends this sign-in at once on every node, and deletes the resume half that could unlock its
// pages.
func (a *App) SignOut(ctx context.Context) error {
	who, _ := actor.From(ctx)
	return act(ctx, a, "signOut", myself, func(ctx context.Context, s *step) error {
		if _, err := s.SigninEnd(ctx, dbgen.SigninEndParams{FacilityID: s.actor.Facility, ID: s.actor.Signin, EndedAt: &s.now}); err != nil {
			return err
		}
		return a.signinEnded(ctx, s, who.Member, who.Signin)
	})
}

// endSignins ends every sign-in of a person in the caller's transaction; their resume halves are
// deleted after the commit.
func (a *App) endSignins(ctx context.Context, s *step, who id.Member) error {
	ended, err := s.SigninEndAll(ctx, dbgen.SigninEndAllParams{FacilityID: s.actor.Facility, MemberID: who, EndedAt: &s.now})
	if err != nil {
		return fmt.Errorf("end sign-ins of %s: %w", who, err)
	}
	for _, one := range ended {
		if err := s.SigninForget(ctx, one); err != nil {
			return err
		}
		s.then(func(ctx context.Context) { a.halfGoesWith(ctx, one) })
	}
	s.then(func(ctx context.Context) { a.kick(ctx, s.actor.Facility, who) })
	return nil
}

// kick makes every node check again what a person may do.
func (a *App) kick(ctx context.Context, _ id.Facility, who id.Member) {
	a.ringKick(ctx, who, id.Signin{})
}

func (a *App) ringKick(ctx context.Context, who id.Member, signin id.Signin) {
	if err := a.stores.Bus.Publish(ctx, bus.Kick, bus.Kicked{Member: who, Signin: signin}.Pack()); err != nil && !errors.Is(err, bus.ErrClosed) {
		a.log.Warn("Redis pub/sub is unavailable; sockets notice within a minute", "err", err)
	}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
