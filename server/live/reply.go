package live

import (
	"amends/server/fault"
	"amends/server/room"
	"amends/server/wire"
)

// The only place where faults are mapped to error frames and close codes.

func errorFrame(command string, err error) []byte {
	f := fault.As(err)
	e := &wire.RoomError{ID: command, Code: f.Code, Message: f.Text}
	for _, field := range f.Fields {
		e.Fields = append(e.Fields, wire.RoomField{Name: field.Name, Problem: field.Problem})
	}
	return encode(wire.RoomFrame{Error: e})
}

// CloseFor maps the fault of a refused connection to a close code and reason.
func CloseFor(err error) (wire.CloseCode, string) {
	if fault.As(err).Code == room.ErrRemoved.Code {
		return wire.CloseRemoved, "taken out"
	}
	switch fault.As(err).Kind {
	case fault.Unauthenticated:
		return wire.CloseSignedOut, "sign in first"
	case fault.Forbidden, fault.Conflict:
		return wire.CloseNotAllowed, "not allowed"
	case fault.NotFound, fault.Invalid:
		return wire.CloseNoRoom, "no such room"
	case fault.TooMany:
		return wire.CloseTooMany, "too many"
	}
	return wire.CloseGoingAway, "try again"
}
