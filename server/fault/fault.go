// Package fault is the one kind of error that reaches a person.
//
// The rule: a fault is made where its meaning is known, carries a stable code
// (`noun.problem`), a text safe to show, the names (never the values) of the fields at
// fault, and a hidden cause for the log. It is mapped to HTTP in httpapi/problem.go and to
// the socket in live/reply.go, and nowhere else.
package fault

import (
	"errors"
	"time"
)

// Kind says what sort of thing went wrong; each kind has one HTTP status.
type Kind uint8

// The kinds, in the order in which a request meets them.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Forbidden
	NotFound
	Conflict
	TooLarge
	TooMany
	Unavailable
	// Unsupported is a body of the wrong content type.
	Unsupported
	// Unprocessable is a well-formed body whose sealed bytes have a wrong shape.
	Unprocessable
)

// Field names one input that was refused and says why, without its value.
type Field struct {
	Name    string `json:"name"`
	Problem string `json:"problem"`
}

// Fault is an error with a meaning. Build it with the constructors below.
type Fault struct {
	Kind   Kind
	Code   string
	Text   string
	Fields []Field
	// RetryAfter is how long to wait before trying again; 0 says nothing.
	RetryAfter time.Duration
	cause      error
}

// Error gives the code and the hidden cause: it is for logs, never for people.
func (f *Fault) Error() string {
	if f.cause != nil {
		return f.Code + ": " + f.cause.Error()
	}
	return f.Code
}

// Unwrap gives the hidden cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes errors.Is compare faults by code, so that sentinels can be copied and enriched.
func (f *Fault) Is(target error) bool {
	other, ok := target.(*Fault)
	return ok && other.Code == f.Code
}

// New makes a fault of a kind with its stable code and a text safe to show.
func New(kind Kind, code, text string) *Fault {
	return &Fault{Kind: kind, Code: code, Text: text}
}

// Because returns a copy that carries a hidden cause.
func (f *Fault) Because(cause error) *Fault {
	c := *f
	c.cause = cause
	return &c
}

// With returns a copy that names one more field.
func (f *Fault) With(name, problem string) *Fault {
	c := *f
	c.Fields = append(append([]Field(nil), f.Fields...), Field{Name: name, Problem: problem})
	return &c
}

// After returns a copy that says how long to wait.
func (f *Fault) After(wait time.Duration) *Fault {
	c := *f
	c.RetryAfter = wait
	return &c
}

// As finds the fault in an error chain. Anything else is Internal and says nothing.
func As(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return ErrInternal.Because(err)
}

// Faults that more than one package speaks of.
var (
	ErrInternal        = New(Internal, "server.broken", "Something broke on our side. Nothing was lost. Please try again.")
	ErrUnauthenticated = New(Unauthenticated, "signin.needed", "Please sign in first.")
	ErrForbidden       = New(Forbidden, "access.refused", "You cannot do this.")
	ErrNotFound        = New(NotFound, "thing.not_found", "We could not find this.")
	ErrTooMany         = New(TooMany, "too_many", "Too many tries. Please wait a little.")
	ErrUnavailable     = New(Unavailable, "server.unavailable", "The server is busy or restarting. Please try again.")
)

// Check gathers the problems of one input, so that a person hears of all of them at once.
type Check struct{ fields []Field }

// Must notes a problem with a named field unless ok.
func (c *Check) Must(ok bool, name, problem string) {
	if !ok {
		c.fields = append(c.fields, Field{Name: name, Problem: problem})
	}
}

// Err is nil, or one Invalid fault `input.invalid` that names every bad field.
func (c *Check) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Fault{Kind: Invalid, Code: "input.invalid", Text: "Some fields need another look.", Fields: c.fields}
}
