package app

import (
	"context"
	"reflect"
	"slices"
)

// How rows name their use case: gives… for one with a result, does… for one without, each with the
// number of values it takes beside the context. The compiler checks a row's values against the use
// case.

func gives0[O any](f func(*App, context.Context) (O, error)) Call {
	return Call{Gives: reflect.TypeFor[O](), run: func(ctx context.Context, a *App, _ Request) (any, error) { return answered(f(a, ctx)) }}
}

func gives1[A, O any](a argument[A], f func(*App, context.Context, A) (O, error)) Call {
	return Call{Takes: a.parts, Gives: reflect.TypeFor[O](), run: func(ctx context.Context, app *App, r Request) (any, error) {
		one, err := a.read(r)
		if err != nil {
			return nil, err
		}
		return answered(f(app, ctx, one))
	}}
}

func gives2[A, B, O any](a argument[A], b argument[B], f func(*App, context.Context, A, B) (O, error)) Call {
	return gives1(both(a, b), func(app *App, ctx context.Context, p pair[A, B]) (O, error) { return f(app, ctx, p.a, p.b) })
}

func gives3[A, B, C, O any](a argument[A], b argument[B], c argument[C], f func(*App, context.Context, A, B, C) (O, error)) Call {
	return gives2(both(a, b), c, func(app *App, ctx context.Context, p pair[A, B], c C) (O, error) { return f(app, ctx, p.a, p.b, c) })
}

func does0(f func(*App, context.Context) error) Call {
	return silent(gives0(func(app *App, ctx context.Context) (nothing, error) { return nothing{}, f(app, ctx) }))
}

func does1[A any](a argument[A], f func(*App, context.Context, A) error) Call {
	return silent(gives1(a, func(app *App, ctx context.Context, a A) (nothing, error) { return nothing{}, f(app, ctx, a) }))
}

func does2[A, B any](a argument[A], b argument[B], f func(*App, context.Context, A, B) error) Call {
	return does1(both(a, b), func(app *App, ctx context.Context, p pair[A, B]) error { return f(app, ctx, p.a, p.b) })
}

func does3[A, B, C any](a argument[A], b argument[B], c argument[C], f func(*App, context.Context, A, B, C) error) Call {
	return does2(both(a, b), c, func(app *App, ctx context.Context, p pair[A, B], c C) error { return f(app, ctx, p.a, p.b, c) })
}

// handled is a call with its own handler in httpapi, which parses for itself; what it takes and returns
// is for the API document, and its parser for the fuzzer.
func handled(body interface{ takes() []Part }, answer any, parts ...Part) Call {
	c := Call{Takes: parts, Gives: reflect.TypeOf(answer)}
	if body != nil {
		c.Takes = append(c.Takes, body.takes()...)
	}
	return c
}

func query(name string) Part { return Part{In: InQuery, Name: name} }
func path(name string) Part  { return Part{In: InPath, Name: name} }

// nothing is the result of a call without one.
type nothing struct{}

func silent(c Call) Call {
	c.Gives = nil
	return c
}

// answered returns nil, not a zero answer, with an error.
func answered[O any](out O, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return out, nil
}

type pair[A, B any] struct {
	a A
	b B
}

// both parses two values, in this order.
func both[A, B any](a argument[A], b argument[B]) argument[pair[A, B]] {
	return argument[pair[A, B]]{slices.Concat(a.parts, b.parts), func(r Request) (p pair[A, B], err error) {
		if p.a, err = a.read(r); err != nil {
			return p, err
		}
		p.b, err = b.read(r)
		return p, err
	}}
}
