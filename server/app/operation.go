package app

import (
	"context"
	"reflect"
	"slices"

	"amends/roles"
	"amends/server/bus"
	"amends/server/wire"
)

// Who may ask an operation at all; what they may do there is decided by do.go.
type Who string

// ByAnybody needs no cookie. ByGuest operations take the narrow cookie of one room; ByInside ones take
// that or a sign-in. BySeat ones take whatever opens a room: a sign-in, a stage's or a guest's cookie.
const (
	ByAnybody Who = "anybody"
	BySignIn  Who = "signed in"
	ByGuest   Who = "guest"
	ByInside  Who = "inside"
	BySeat    Who = "seated"
)

// Mark is what else a row says of its operation.
type Mark uint8

const (
	// Private hides the thing's existence: a refusal reads as not found.
	Private Mark = 1 << iota
	// Reads says that nothing is changed; Postgres refuses any write.
	Reads
	// Sealed operations carry files and may be bigger.
	Sealed
	// Makes says that something new comes of it: the answer is 201.
	Makes
	// Once operations make something at each asking, so that the request names its intention by a
	// key: what has the same key is done once (once.go).
	Once
	// Natural operations may be sent again without one: what they make or settle is named in the
	// request itself (an id or version of the client's, a code that is used up), or can be there
	// only once.
	Natural
)

// Operation is one thing that can be asked over HTTP: one row of Operations, which everything
// else is made from or held to.
type Operation struct {
	Method, Path string
	// Name is the operation's, in the API, in the front end, and where do is called.
	Name string
	// Summary says in one line what it does.
	Summary string
	Who     Who
	// Needs is empty only where nobody is known, or where Inner rules decide.
	Needs roles.Permission
	Marks Mark
	Call  Call
}

// Has says whether a row carries a mark.
func (o Operation) Has(m Mark) bool { return o.Marks&m != 0 }

// Status is that of a good answer.
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

// Run does what the row says for whoever the context names. The way in holds it to the row's own
// rule: a use case that stands in another's row asks for another permission, and is refused.
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

// Takes are all values of a request: those of the call, and the key of one that is done once.
func (o Operation) Takes() []Part {
	if o.Has(Once) {
		return append([]Part{{In: InHeader, Name: wire.IdempotencyKey}}, o.Call.Takes...)
	}
	return o.Call.Takes
}

// Handled says that httpapi has a handler of its own for it.
func (o Operation) Handled() bool { return o.Call.run == nil }

// inRow says whether a rule may be asked in the row that a context names, if it names one.
func (a *App) inRow(ctx context.Context, use string) bool {
	row, named := ctx.Value(rowKey{}).(string)
	return !named || row == use || slices.Contains(a.rules[use].within, row)
}

// Limits of bodies in bytes. Whoever is known may send more than strangers, whose biggest is a
// sign-up: its vault is new, and so nearly empty.
const (
	maxSealed         = 1 << 20
	maxPlain          = 256 << 10
	maxStranger       = 8 << 10
	maxStrangerSealed = 64 << 10
)

// MaxBody is how many bytes of body the operation takes; 0 when it takes none.
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

// Request is what a call reads of an HTTP request.
type Request interface {
	// Param is a part of the path, Query one of its query, Header one of its headers; "" when absent.
	Param(name string) string
	Query(name string) string
	Header(name string) string
	// Decode reads the body strictly. Faults: body.invalid, body.content_type.
	Decode(into any) error
	// Body is the body as it came.
	Body() []byte
	Address() Address
}

// Source is where a value of a call stands.
type Source string

// The sources of a request.
const (
	InPath   Source = "path"
	InQuery  Source = "query"
	InHeader Source = "header"
	InBody   Source = "body"
)

// Part is one value that a call takes. Type is that of a body; all others are text, or a number
// when Number says so.
type Part struct {
	In     Source
	Name   string
	Number bool
	Type   reflect.Type
}

// Call is what an operation takes, gives and runs. run is nil where httpapi has a handler of its
// own, for what sets cookies or streams bytes.
type Call struct {
	Takes []Part
	// Gives is nil for an operation without an answer.
	Gives reflect.Type
	run   func(context.Context, *App, Request) (any, error)
	tries []bus.Rule
}

// limited names the limits of an operation that anybody may ask. Most count failures only: the use
// case gives back what went well.
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
