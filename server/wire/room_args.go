package wire

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"amends/server/fault"
)

// Arguments of commands are decoded into the structs of the table. An unknown name, or a value of
// another type, is a fault that names the field.

// Argument is one argument of a command. Needed: it cannot be left out. Choices: the allowed values, if
// they are an enumeration.
type Argument struct {
	Name    string
	Type    reflect.Type
	Needed  bool
	Choices []string
}

// choice is an enumeration of texts.
type choice interface{ choices() []string }

// Arguments lists the arguments of a command, in the order of its struct's fields.
func (s CommandSpec) Arguments() []Argument {
	if s.With == nil {
		return nil
	}
	var out []Argument
	for f := range reflect.TypeOf(s.With).Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		a := Argument{Name: name, Type: f.Type, Needed: options == ""}
		if c, few := reflect.Zero(f.Type).Interface().(choice); few {
			a.Choices = c.choices()
		}
		out = append(out, a)
	}
	return out
}

// arguments has the arguments of each command; named has those of all commands by name. An argument has
// the same type in every command.
var (
	arguments = map[string][]Argument{}
	named     = map[string]Argument{}
)

func init() {
	for do, spec := range commands {
		arguments[do] = spec.Arguments()
		for _, a := range arguments[do] {
			named[a.Name] = a
		}
	}
}

// given reports whether a value was given: null and an empty text count as absent, and so does an empty
// list where one is needed.
func (a Argument) given(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", `""`:
		return false
	case "[]":
		return !a.Needed
	}
	return true
}

// strangers returns an error for a name that no command has, and adds a problem for arguments of other
// commands.
func strangers(p *parser, with map[string]json.RawMessage, takes []Argument) error {
	own := 0
	for _, a := range takes {
		if _, there := with[a.Name]; there {
			own++
		}
	}
	if own == len(with) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(with)) {
		stranger, known := named[name]
		switch {
		case !known:
			return unreadable(nameOnly(name))
		case slices.ContainsFunc(takes, func(a Argument) bool { return a.Name == name }):
			continue
		}
		var unread parser
		if err := stranger.read(&unread, with[name], reflect.New(stranger.Type).Elem()); err != nil {
			return err
		}
		p.Must(!stranger.given(with[name]), "with."+name, "is not an argument of this command")
	}
	return nil
}

func unreadable(name string) error { return ErrFrame.With(name, "is not known or of the wrong type") }

// fill decodes the arguments into a struct and runs the struct's check.
func fill(p *parser, with map[string]json.RawMessage, takes []Argument, into reflect.Value) error {
	for i, a := range takes {
		raw, field := with[a.Name], into.Elem().Field(i)
		if len(raw) > 0 && string(raw) != "null" {
			if err := a.read(p, raw, field); err != nil {
				return err
			}
		}
		empty := !a.given(raw) || field.Kind() == reflect.Slice && field.Len() == 0
		p.Must(!a.Needed || !empty, "with."+a.Name, "is missing")
	}
	if c, ruled := into.Interface().(interface{ check(*parser) }); ruled {
		var more parser
		c.check(&more)
		p.also(more)
	}
	return nil
}

// read decodes one value. A value of another type is an error of the frame; an invalid identifier or
// choice is a problem of the field.
func (a Argument) read(p *parser, raw json.RawMessage, into reflect.Value) error {
	var wrong *json.UnmarshalTypeError
	switch err := json.Unmarshal(raw, into.Addr().Interface()); {
	case errors.As(err, &wrong):
		return unreadable("with." + a.Name)
	case err != nil:
		p.Must(false, "with."+a.Name, "is not an identifier")
	case a.Choices != nil && a.given(raw):
		p.oneOf("with."+a.Name, into.String(), a.Choices...)
	}
	return nil
}

// also adds problems of fields that have none yet, so that a missing field is not reported as out of
// range too.
func (p *parser) also(more parser) {
	before, after := p.Err(), more.Err()
	if after == nil {
		return
	}
	for _, f := range fault.As(after).Fields {
		if before == nil || !slices.ContainsFunc(fault.As(before).Fields, func(b fault.Field) bool { return b.Name == f.Name }) {
			p.Must(false, f.Name, f.Problem)
		}
	}
}
