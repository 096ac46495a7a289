package bus

import (
	"context"
	"fmt"
	"time"

	"amends/server/id"
)

// Half is the server's half of a resume key (section 7 of the sealing format). Its formatted value is
// masked, so that it cannot leak into a log.
type Half [32]byte

// String hides the value.
func (Half) String() string { return "(half)" }

// GoString hides the value.
func (Half) GoString() string { return "(half)" }

// MarshalText hides the value from JSON, above all in logs; the wire has its own type.
func (Half) MarshalText() ([]byte, error) { return []byte("(half)"), nil }

// HandedOut is how long a half lives after it was first taken.
const HandedOut = 30 * time.Second

// Halves keeps one half per sign-in, never longer than the worksheet lock time. A page that takes it to
// open the vault stores a fresh one at once; a half that was taken and not replaced expires after
// HandedOut. Until then it can be taken again, because a page that is reloaded while it resumes must
// not fail. When it is gone, the person types the password again.
type Halves interface {
	// Put stores half with TTL life (at least a millisecond), replacing an earlier one.
	Put(ctx context.Context, signin id.Signin, half Half, life time.Duration) error
	// Take returns the half and shortens its TTL to HandedOut, never prolonging it; ok is false when
	// there is none.
	Take(ctx context.Context, signin id.Signin) (half Half, ok bool, err error)
	// Delete removes the half. It is idempotent.
	Delete(ctx context.Context, signin id.Signin) error
}

// Kind is the purpose of a code. Codes of different kinds are separate.
type Kind string

// The kinds of single-use codes.
const (
	// StageCode turns a screen into the stage: eight digits, for StageCodeLife.
	StageCode Kind = "stage"
	// RoomPass lets a member into one workshop without password and key card.
	RoomPass Kind = "room-pass"
)

// StageCodeLife is how long a stage code works.
const StageCodeLife = 5 * time.Minute

// Once keeps values that can be taken once, by whoever knows the code.
type Once interface {
	// Put stores value under code with TTL life (at least a millisecond). Error ErrTaken when the code
	// is in use: draw another, so that a code somebody holds never changes its meaning.
	Put(ctx context.Context, kind Kind, code string, value []byte, life time.Duration) error
	// Take returns the value and deletes the code atomically: of concurrent takers, on any nodes, one
	// gets it. ok is false when there is none.
	Take(ctx context.Context, kind Kind, code string) (value []byte, ok bool, err error)
}

// CheckLife returns ErrMisuse for a TTL below a millisecond.
func CheckLife(life time.Duration) error {
	if life < time.Millisecond {
		return fmt.Errorf("%w: lifetime of %s", ErrMisuse, life)
	}
	return nil
}

// CheckCode returns ErrMisuse for an empty kind or code.
func CheckCode(kind Kind, code string) error {
	if kind == "" || code == "" {
		return fmt.Errorf("%w: empty code or kind", ErrMisuse)
	}
	return nil
}

// CheckSignin returns ErrMisuse for the zero sign-in.
func CheckSignin(signin id.Signin) error {
	if signin.IsZero() {
		return fmt.Errorf("%w: no sign-in", ErrMisuse)
	}
	return nil
}
