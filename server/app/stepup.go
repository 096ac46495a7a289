package app

import (
	"context"
	"fmt"
	"time"

	"amends/roles"
	"amends/server/audit"
	"amends/server/fault"
	"amends/server/keys"
	"amends/server/postgres/dbgen"
)

// Step-up. Whoever holds an unlocked device for a moment must not be able to make themselves staff: what
// gives rights over other people asks that the person has just proved that it is them, by signing in or by
// the password once more. The proof belongs to the sign-in, so other devices of the person do not have it;
// the token stays the same, since sockets and other tabs use it (decision 0030).

// stepUpLife is how long a proof counts.
const stepUpLife = 5 * time.Minute

var (
	errStepUp        = fault.New(fault.Forbidden, "stepup.needed", "Please show once more that it is you.")
	errStepUpRefused = fault.New(fault.Forbidden, "stepup.refused", "The password is not right.")
)

// justProved reports whether the actor proved within stepUpLife that it is them.
func (s *step) justProved() bool {
	return !s.proved.IsZero() && s.now.Sub(s.proved) < stepUpLife
}

// mustProve asks for a proof where what is about to be done gives rights over others.
func (s *step) mustProve(gives bool) error {
	if gives && !s.justProved() {
		return errStepUp
	}
	return nil
}

// overOthers reports whether a role gives rights over other people.
func overOthers(r roles.Role) bool { return r == roles.Counselor || r == roles.Admin }

// StepUp proves with the derived key that it is still the person who signed in. Wrong keys are slowed down
// and are in the audit log. Faults: stepup.refused, too_many.
func (a *App) StepUp(ctx context.Context, apw []byte) error {
	var key string
	right := false
	err := act(ctx, a, "stepUp", myself, func(ctx context.Context, s *step) error {
		// Only this sign-in uses up its own back-off: no stranger keeps an admin from working.
		key = a.secrets.NameKey("step-up " + s.actor.Signin.String())
		wait, err := a.stores.Backoff.Try(ctx, key)
		if err != nil {
			return fault.ErrUnavailable.Because(err)
		}
		if wait > 0 {
			return fault.ErrTooMany.After(wait)
		}
		row, err := s.AccountGet(ctx, dbgen.AccountGetParams{FacilityID: s.actor.Facility, MemberID: s.actor.Member})
		if err != nil {
			return fmt.Errorf("read the account of %s: %w", s.actor.Member, err)
		}
		right = keys.Same(a.secrets.PasswordVerifier(s.actor.Member.Bytes(), apw), row.PasswordVerifier)
		if !right {
			s.notes = append(s.notes, audit.Entry{Action: "signin.step_up", ObjectKind: "signin", Object: s.actor.Signin.Bytes(), Outcome: audit.Refused})
			return nil // the entry is written
		}
		s.record("signin.step_up", "signin", s.actor.Signin.Bytes())
		return s.SigninProved(ctx, dbgen.SigninProvedParams{At: s.now, FacilityID: s.actor.Facility, ID: s.actor.Signin})
	})
	switch {
	case err != nil:
		return err
	case !right:
		return errStepUpRefused
	}
	if err := a.stores.Backoff.Clear(ctx, key); err != nil {
		a.log.Warn("could not clear a back-off", "err", err)
	}
	return nil
}
