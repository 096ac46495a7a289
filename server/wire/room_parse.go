package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strings"

	"amends/server/fault"
	"amends/server/id"
)

// Errors of frames that are not a command.
var (
	ErrFrame          = fault.New(fault.Invalid, "frame.invalid", "This message could not be read.")
	ErrUnknownCommand = fault.New(fault.Invalid, "command.unknown", "This app asked for something the room does not know. Please reload.")
)

// Command is a parsed command. With has its arguments, of the type in the command's row.
type Command struct {
	ID     id.Command
	Do     string
	Spec   CommandSpec
	Expect *int
	With   any
}

// commands is the table that ParseCommand uses; it is never written to.
var commands = Commands()

var commandName = regexp.MustCompile(`^[a-z_]{1,24}$`)

// ParseCommand parses one frame. The fault (ErrFrame, ErrUnknownCommand, ...) names unknown fields,
// unknown commands and every invalid argument, and echoes no value. The id is returned whenever it can
// be read, so that the client can match the answer to its command.
func ParseCommand(frame []byte) (Command, error) {
	if len(frame) > MaxFrame {
		return Command{}, ErrFrame.With("frame", "is too big")
	}
	var raw RoomCommand
	d := json.NewDecoder(bytes.NewReader(frame))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return Command{ID: idOf(frame)}, unreadable(badField(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Command{}, ErrFrame.With("frame", "holds more than one message")
	}
	commandID, err := id.Parse[id.Command](raw.ID)
	if err != nil || raw.ID[14] != '7' {
		return Command{}, ErrFrame.With("id", "is not a version 7 identifier")
	}
	spec, known := commands[raw.Do]
	if !known {
		if !commandName.MatchString(raw.Do) {
			return Command{ID: commandID}, ErrUnknownCommand.With("do", "is not the name of a command")
		}
		return Command{ID: commandID}, ErrUnknownCommand.With("do", "the command "+raw.Do+" is not known")
	}
	c := Command{ID: commandID, Do: raw.Do, Spec: spec}
	return c, c.take(raw)
}

// idOf reads only the id, so that a frame with other errors can still be answered by id; zero when
// there is none.
func idOf(frame []byte) id.Command {
	var raw struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(frame, &raw); err != nil {
		return id.Command{}
	}
	command, err := id.Parse[id.Command](raw.ID)
	if err != nil {
		return id.Command{}
	}
	return command
}

// badField returns the field named in an error of encoding/json, or "frame".
func badField(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return wrong.Field
	}
	if name, ok := strings.CutPrefix(err.Error(), `json: unknown field "`); ok {
		return nameOnly(strings.TrimSuffix(name, `"`))
	}
	return "frame"
}

// nameOnly returns name if it has the form of a name. Anything else may be text that a person wrote,
// and must not be echoed.
func nameOnly(name string) string {
	if commandName.MatchString(name) {
		return name
	}
	return "frame"
}

func (c *Command) take(raw RoomCommand) error {
	var p parser
	if raw.Expect != nil {
		c.Expect = &raw.Expect.Segment
	}
	p.Must(!c.Spec.Expects || c.Expect != nil, "expect.segment", "is missing")
	takes := arguments[c.Do]
	if err := strangers(&p, raw.With, takes); err != nil {
		return err
	}
	if c.Spec.With != nil {
		into := reflect.New(reflect.TypeOf(c.Spec.With))
		if err := fill(&p, raw.With, takes, into); err != nil {
			return err
		}
		c.With = into.Elem().Interface()
	}
	return p.Err()
}
