package app

import (
	"reflect"

	"amends/server/id"
	"amends/server/wire"
)

// argument is one typed value of a call: where it is in the request, and its parser.
type argument[T any] struct {
	parts []Part
	read  func(Request) (T, error)
}

func (a argument[T]) takes() []Part { return a.parts }

// at is a part of the path.
func at[T any](name string, parse func(string) (T, error)) argument[T] {
	return argument[T]{[]Part{{In: InPath, Name: name}}, func(r Request) (T, error) { return parse(r.Param(name)) }}
}

// acctAt is an account in the path, in the encoding of the sealing format.
func acctAt(name string) argument[id.Member] {
	return at(name, func(text string) (id.Member, error) { return wire.ParseAcct(name, text) })
}

// header is one header.
func header[T any](name string, parse func(string) (T, error)) argument[T] {
	return argument[T]{[]Part{{In: InHeader, Name: name}}, func(r Request) (T, error) { return parse(r.Header(name)) }}
}

// asked is one query parameter, unparsed.
func asked(name string) argument[string] {
	return argument[string]{[]Part{{In: InQuery, Name: name}}, func(r Request) (string, error) { return r.Query(name), nil }}
}

// times are two timestamps of the query.
func times(since, until string) argument[wire.Times] {
	parts := []Part{{In: InQuery, Name: since, Number: true}, {In: InQuery, Name: until, Number: true}}
	return argument[wire.Times]{parts, func(r Request) (wire.Times, error) { return wire.ParseTimes(r.Query(since), r.Query(until)) }}
}

// sent is the body, decoded and parsed.
func sent[R, T any](parse func(R) (T, error)) argument[T] {
	return body(func(in R, _ Request) (T, error) { return parse(in) })
}

// sentAt is a body parsed together with parts of the path.
func sentAt[R, T any](parse func(body R, at func(string) string) (T, error), names ...string) argument[T] {
	parts := []Part{}
	for _, name := range names {
		parts = append(parts, Part{In: InPath, Name: name})
	}
	return body(func(in R, r Request) (T, error) { return parse(in, r.Param) }, parts...)
}

// body is a body parsed together with other parts of the request.
func body[R, T any](parse func(R, Request) (T, error), with ...Part) argument[T] {
	read := func(r Request) (T, error) {
		var in R
		if err := r.Decode(&in); err != nil {
			var none T
			return none, err
		}
		return parse(in, r)
	}
	fails := func(r Request) error {
		_, err := read(r)
		return err
	}
	return argument[T]{append(with, Part{In: InBody, Type: reflect.TypeFor[R](), parse: fails}), read}
}

// from is the client address that rate limits of public operations use.
func from() argument[Address] {
	return argument[Address]{read: func(r Request) (Address, error) { return r.Address(), nil }}
}

// fromDevice is the cookie of a known device, "" for none.
func fromDevice() argument[string] {
	return argument[string]{read: func(r Request) (string, error) { return r.Device(), nil }}
}
