// Package live has the rooms of this node: who is connected, and what each connection sees.
//
// Postgres is the source of truth; a room here is a copy with a sequence number (seq). Every connection
// starts with a whole view and then gets patches. Code that writes to several connections never blocks
// on one of them. This package knows Conn, not Fiber, and bus.Bus, not Redis.
package live

import (
	"encoding/json"
	"time"

	"amends/server/app"
	"amends/server/wire"
)

// Conn is one socket as a room uses it. Its methods return at once and are safe for concurrent use.
type Conn interface {
	// Send queues one text frame. False means that the connection is ending or its queue was full: the
	// frame was dropped and the connection will end.
	Send(frame []byte) bool
	// SendPassing is Send for ephemeral state. For a slow peer these frames are dropped first, and
	// dropping them does not end the connection; it returns false only when the connection is ending.
	SendPassing(frame []byte) bool
	// Close ends the connection with a code and a short reason.
	Close(code wire.CloseCode, reason string)
}

// member is one connection in a room. The room's goroutine owns its fields, except the rate limit
// window, which all connections of one person in this room share.
type member struct {
	conn Conn
	seat app.Seat
	// me is the last personal part sent.
	me   wire.RoomMe
	sent bool
	// counted means that this connection counts as a phone of the person; came is when it connected.
	counted bool
	came    time.Time
	// door means that the connection was last sent the door's view.
	door bool
	// disconnected means that the connection was closed because this node shuts down.
	disconnected bool
	// writing and saved are the last status that the person's page sent.
	writing, saved bool
	window         *window
	// lane is where messages of this connection wait for the room.
	lane lane
}

// encode encodes a frame. It cannot fail: frames are plain structs.
func encode(f wire.RoomFrame) []byte {
	b, err := json.Marshal(f)
	if err != nil {
		panic("live: a frame cannot be encoded: " + err.Error())
	}
	return b
}
