package app

import (
	"context"
	"reflect"
	"slices"

	"amends/roles"
	"amends/server/bus"
	"amends/server/wire"
)

// Who may call an operation at all; do.go decides what they may do there.
type Who string

// ByAnybody needs no cookie. ByGuest takes the cookie of one room; ByInside takes that or a sign-in.
// BySeat takes any cookie that is valid for a room: a sign-in, a stage's or a guest's.
const (
	ByAnybody Who = "anybody"
	BySignIn  Who = "signed in"
	ByGuest   Who = "guest"
	ByInside  Who = "inside"
	BySeat    Who = "seated"
)

// Mark is a further property of an operation.
type Mark uint8

const (
	// Private hides that the object exists: a refusal looks like not found.
	Private Mark = 1 << iota
	// Reads means that nothing is changed: the transaction is read-only, and no store is used. It does not
	// count as a write.
	Reads
	// Sealed operations carry files and may be larger.
	Sealed
	// Makes means that something is created: the answer is 201.
	Makes
	// Once operations create something on each call, so their requests carry an idempotency key
	// (once.go).
	Once
	// Natural operations can be repeated without a key: what they create or settle is identified by the
	// request itself (the client's id or version, a code that is used up), or can exist only once.
	Natural
	// StepUp operations ask that the person has just proved that it is them (stepup.go).
	StepUp
	// Ephemeral operations change only what expires by itself, in a store outside the database: the
	// transaction is read-only as with Reads, but each call counts as a write.
	Ephemeral
)

// Operation is one thing that can be called over HTTP: one row of Operations, from which everything
// else is derived or against which it is checked.
type Operation struct {
	Method, Path string
	// Name is the operation's name in the API, in the front end, and in the call of do.
	Name string
	// Summary is one line for the API document.
	Summary string
	Who     Who
	// Needs is empty only for unauthenticated callers, or where Inner rules decide.
	Needs roles.Permission
	Marks Mark
	Call  Call
}

// Has reports whether a row has a mark.
func (o Operation) Has(m Mark) bool { return o.Marks&m != 0 }

// Status is the HTTP status of success.
func (o Operation) Status() int {
	const ok, created, noContent = 200, 201, 204
	switch {
	case o.Has(Makes):
		return created
	case o.Call.Gives == nil:
		return noContent
	}
	return ok
}

type rowKey struct{}

// Run calls the operation for the actor of ctx. do checks it against this row: a use case that belongs
// to another row is refused.
func (o Operation) Run(ctx context.Context, a *App, r Request) (any, error) {
	ctx = context.WithValue(ctx, rowKey{}, o.Name)
	if o.Has(Once) {
		asked, err := a.intentOf(o, r)
		if err != nil {
			return nil, err
		}
		ctx = context.WithValue(ctx, intentKey{}, asked)
	}
	return o.Call.run(ctx, a, r)
}

// Takes lists all values of a request: those of the call, and the idempotency key of a Once operation.
func (o Operation) Takes() []Part {
	if o.Has(Once) {
		return append([]Part{{In: InHeader, Name: wire.IdempotencyKey}}, o.Call.Takes...)
	}
	return o.Call.Takes
}

// Handled reports whether httpapi has a handler of its own for the operation.
func (o Operation) Handled() bool { return o.Call.run == nil }

// inRow reports whether a rule may be used in the row that ctx names, if it names one.
func (a *App) inRow(ctx context.Context, use string) bool {
	row, named := ctx.Value(rowKey{}).(string)
	return !named || row == use || slices.Contains(a.rules[use].within, row)
}

// Limits of bodies in bytes. Authenticated callers may send more than others, whose largest body is a
// sign-up with a new, nearly empty vault.
const (
	maxSealed         = 1 << 20
	maxPlain          = 256 << 10
	maxStranger       = 8 << 10
	maxStrangerSealed = 64 << 10
)

// MaxBody is the limit of the operation's body in bytes; 0 when it has none.
func (o Operation) MaxBody() int {
	switch {
	case o.Call.Sent() == nil:
		return 0
	case o.Who == ByAnybody && o.Has(Sealed):
		return maxStrangerSealed
	case o.Who == ByAnybody:
		return maxStranger
	case o.Who == BySeat:
		return wire.MaxFrame
	case o.Has(Sealed):
		return maxSealed
	}
	return maxPlain
}

// Request gives a call access to an HTTP request.
type Request interface {
	// Param is a part of the path, Query a query parameter, Header a header; "" when absent.
	Param(name string) string
	Query(name string) string
	Header(name string) string
	// Decode strictly decodes the body. Faults: body.invalid, body.content_type.
	Decode(into any) error
	// Body is the raw body.
	Body() []byte
	Address() Address
	// Device is the cookie of a known device, "" when absent.
	Device() string
}

// Source is where in a request a value is.
type Source string

// The sources of a request.
const (
	InPath   Source = "path"
	InQuery  Source = "query"
	InHeader Source = "header"
	InBody   Source = "body"
)

// Part is one value that a call takes. Type is the type of a body, and parse returns what is wrong with
// the body of a request; all others are text, or a number if Number is set.
type Part struct {
	In     Source
	Name   string
	Number bool
	Type   reflect.Type
	parse  func(Request) error
}

// Call is what an operation takes, returns and runs. run is nil where httpapi has its own handler,
// which sets cookies or streams bytes.
type Call struct {
	Takes []Part
	// Gives is nil for an operation without an answer.
	Gives reflect.Type
	run   func(context.Context, *App, Request) (any, error)
	tries []bus.Rule
	as    []string
}

// countedAs names the operations of which this one runs one or more, and whose limits count it.
func (c Call) countedAs(others ...string) Call {
	c.as = others
	return c
}

// limited names the rate limits of a public operation or of a seat's. Most of the public ones count
// failures only: the use case refunds a success.
func (c Call) limited(by ...bus.Rule) Call {
	c.tries = by
	return c
}

// Sent is the type of the body, nil for none.
func (c Call) Sent() reflect.Type {
	for _, p := range c.Takes {
		if p.In == InBody {
			return p.Type
		}
	}
	return nil
}
