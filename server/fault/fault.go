// Package fault is the only kind of error that reaches a person.
//
// Rule: a fault is made where its meaning is known. It has a stable code (`noun.problem`), a text safe
// to show, the names (never the values) of the wrong fields, and a hidden cause for the log. Only
// httpapi/problem.go maps it to HTTP, and only live/reply.go to the socket.
package fault

import (
	"errors"
	"time"
)

// Kind is the class of a fault; each kind has one HTTP status.
type Kind uint8

// The kinds, in the order in which a request is checked for them.
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
	// Unprocessable is a well-formed body whose sealed bytes have the wrong format.
	Unprocessable
)

// Field names one refused input and says why, without its value.
type Field struct {
	Name    string `json:"name"`
	Problem string `json:"problem"`
}

// Fault is an error with a meaning. Make one with New and the methods below.
type Fault struct {
	Kind   Kind
	Code   string
	Text   string
	Fields []Field
	// RetryAfter is how long to wait before a retry; 0 means unspecified.
	RetryAfter time.Duration
	cause      error
}

// Error returns the code and the hidden cause, for logs only.
func (f *Fault) Error() string {
	if f.cause != nil {
		return f.Code + ": " + f.cause.Error()
	}
	return f.Code
}

// Unwrap returns the hidden cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is makes errors.Is compare faults by code, so that copies of a sentinel still match it.
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

// As returns the fault in an error chain. Any other error becomes ErrInternal with the error as cause.
func As(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return ErrInternal.Because(err)
}

// Faults used by more than one package.
var (
	ErrInternal        = New(Internal, "server.broken", "Something broke on our side. Nothing was lost. Please try again.")
	ErrUnauthenticated = New(Unauthenticated, "signin.needed", "Please sign in first.")
	ErrForbidden       = New(Forbidden, "access.refused", "You cannot do this.")
	ErrNotFound        = New(NotFound, "thing.not_found", "We could not find this.")
	ErrTooMany         = New(TooMany, "too_many", "Too many tries. Please wait a little.")
	ErrUnavailable     = New(Unavailable, "server.unavailable", "The server is busy or restarting. Please try again.")
)

// Check collects the problems of one input, so that a person learns all of them at once.
type Check struct{ fields []Field }

// Must records a problem with a named field unless ok.
func (c *Check) Must(ok bool, name, problem string) {
	if !ok {
		c.fields = append(c.fields, Field{Name: name, Problem: problem})
	}
}

// Err returns nil, or one fault input.invalid that names every wrong field.
func (c *Check) Err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return &Fault{Kind: Invalid, Code: "input.invalid", Text: "Some fields need another look.", Fields: c.fields}
}
