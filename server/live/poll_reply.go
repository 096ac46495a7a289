package live

import (
	"time"

	"amends/server/fault"
	"amends/server/room"
	"amends/server/wire"
)

// Answers to polling devices in place of close codes and error frames.

var (
	errTakenOver = fault.New(fault.Conflict, "room.taken_over", "The room is open on another device of yours.")
	errText      = fault.New(fault.Unsupported, "body.content_type", "This needs JSON.")
	errBig       = fault.New(fault.TooLarge, "body.too_large", "This is too big.")
)

// fault returns why a connection ended: the error frame sent before the close, or the fault of its
// close code.
func (c *pollConn) fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusal != nil {
		return refusalOf(*c.refusal)
	}
	return faultOf(c.code)
}

// faultOf maps each close code to an HTTP answer. After 1012 and 4408 the client retries by itself.
func faultOf(code wire.CloseCode) error {
	switch code {
	case wire.CloseBinary:
		return errText
	case wire.CloseTooBig:
		return errBig
	case wire.CloseSignedOut:
		return fault.ErrUnauthenticated
	case wire.CloseNotAllowed:
		return fault.ErrForbidden
	case wire.CloseNoRoom:
		return fault.ErrNotFound
	case wire.CloseTakenOver:
		return errTakenOver
	case wire.CloseRemoved:
		return room.ErrRemoved
	case wire.CloseTooMany:
		return errTooFast.After(wire.WindowSeconds * time.Second)
	}
	return fault.ErrUnavailable
}

// refusalOf converts an error frame back to a fault. Codes not listed are about the state of the room:
// a conflict.
func refusalOf(e wire.RoomError) error {
	kind, known := map[string]fault.Kind{
		fault.ErrInternal.Code: fault.Internal, fault.ErrUnavailable.Code: fault.Unavailable, fault.ErrUnauthenticated.Code: fault.Unauthenticated,
		fault.ErrForbidden.Code: fault.Forbidden, room.ErrRemoved.Code: fault.Forbidden, fault.ErrNotFound.Code: fault.NotFound,
		fault.ErrTooMany.Code: fault.TooMany, wire.ErrFrame.Code: fault.Invalid, wire.ErrUnknownCommand.Code: fault.Invalid, "input.invalid": fault.Invalid,
	}[e.Code]
	if !known {
		kind = fault.Conflict
	}
	f := fault.New(kind, e.Code, e.Message)
	for _, field := range e.Fields {
		f = f.With(field.Name, field.Problem)
	}
	return f
}
