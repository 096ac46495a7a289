package bus

import (
	"context"
	"fmt"
	"time"

	"amends/server/id"
)

// Half is the server's half of a resume key (4-sealing section 7, "Lock" and "Resume"). It
// prints as nothing, so that it cannot slip into a log.
type Half [32]byte

// String hides the value.
func (Half) String() string { return "(half)" }

// GoString hides the value.
func (Half) GoString() string { return "(half)" }

// MarshalText hides the value from JSON, of a log above all; the wire has a type of its own.
func (Half) MarshalText() ([]byte, error) { return []byte("(half)"), nil }

// HandedOut is how long a half lives on once it was asked for.
const HandedOut = 30 * time.Second

// Halves keeps one half for each sign-in, as long as the worksheet lock time and never
// longer. Whoever opens the pages with it puts a fresh one in its place at once; one that was
// handed out and not replaced is gone after HandedOut. That long it is handed out again, because
// a page that is loaded anew while it comes back must not lose the way. When one is gone, early
// or late, the person types the password again.
type Halves interface {
	// Put keeps half for life (at least a millisecond), in place of an earlier one.
	Put(ctx context.Context, signin id.Signin, half Half, life time.Duration) error
	// Take gives the half and cuts its life to HandedOut, never prolonging it; ok is false when
	// there is none.
	Take(ctx context.Context, signin id.Signin) (half Half, ok bool, err error)
	// Delete drops the half; dropping none is fine.
	Delete(ctx context.Context, signin id.Signin) error
}

// Kind says what a code is for. Codes of different kinds are apart.
type Kind string

// The kinds of codes that work once.
const (
	// StagePairing turns a screen into the stage: six digits, for PairingLife.
	StagePairing Kind = "stage"
	// RoomPass lets a member into one workshop without password and key card.
	RoomPass Kind = "room-pass"
)

// PairingLife is how long a stage pairing code works.
const PairingLife = 5 * time.Minute

// Once keeps values that can be taken once, by who knows the code.
type Once interface {
	// Put keeps value under code for life (at least a millisecond). ErrTaken when the code
	// is in use: draw another; a code that someone holds is never given a second meaning.
	Put(ctx context.Context, kind Kind, code string, value []byte, life time.Duration) error
	// Take gives the value and ends the code in one step: of many takers, on any nodes, one
	// gets it. ok is false when there is none.
	Take(ctx context.Context, kind Kind, code string) (value []byte, ok bool, err error)
}

// CheckLife gives ErrMisuse for a lifetime that is over before it begins.
func CheckLife(life time.Duration) error {
	if life < time.Millisecond {
		return fmt.Errorf("%w: lifetime of %s", ErrMisuse, life)
	}
	return nil
}

// CheckCode gives ErrMisuse for a code without a kind or without text.
func CheckCode(kind Kind, code string) error {
	if kind == "" || code == "" {
		return fmt.Errorf("%w: empty code or kind", ErrMisuse)
	}
	return nil
}

// CheckSignin gives ErrMisuse for the sign-in that names nothing.
func CheckSignin(signin id.Signin) error {
	if signin.IsZero() {
		return fmt.Errorf("%w: no sign-in", ErrMisuse)
	}
	return nil
}
