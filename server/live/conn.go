// Package live holds the rooms of this node: who is connected, and what each of them sees.
//
// The rules: the truth is in Postgres; a room here is a copy with a number (seq). A client is
// always one frame away from the truth: at every connect it gets a whole view, then patches.
// Nobody who writes to more than one connection ever waits for one of them. This package
// knows Conn, not Fiber, and bus.Bus, not Redis.
package live

import (
	"encoding/json"
	"sync"
	"time"

	"amends/server/app"
	"amends/server/wire"
)

// Conn is one socket as the room needs it. Its methods return at once and may be called from
// any goroutine.
type Conn interface {
	// Send queues one text frame. False means that the socket is gone or too slow; the frame
	// was dropped and the connection will end.
	Send(frame []byte) bool
	// SendPassing is Send for what is true for a moment only. A peer that is slow goes without
	// it, before anything else is dropped and before the connection ends; false as for Send.
	SendPassing(frame []byte) bool
	// Close ends the connection with a code and a short reason.
	Close(code wire.CloseCode, reason string)
}

// member is one connection in a room. Its fields belong to the room's goroutine, but for the
// window of commands, which belongs to the reader.
type member struct {
	conn Conn
	seat app.Seat
	// me is the last personal part that was sent.
	me   wire.RoomMe
	sent bool
	// counted says that this is one of the person's phones; it came in then.
	counted bool
	came    time.Time
	// door says that the connection was last shown the door, not the room.
	door bool
	// parted says that the connection was sent away because this node goes down.
	parted bool
	// writing and saved are what the person's page last said of itself.
	writing, saved bool
	window         window
}

// window counts the commands of one connection: wire.CommandsPerWindow in wire.WindowSeconds.
type window struct {
	mu    sync.Mutex
	began time.Time
	n     int
}

// verdict of a command that arrived.
type verdict uint8

const (
	fine verdict = iota
	tooMany
	farTooMany
)

// count takes one command. Past the limit it is refused; at three times the limit the
// connection ends.
func (w *window) count(now time.Time) verdict {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.began) >= wire.WindowSeconds*time.Second {
		w.began, w.n = now, 0
	}
	w.n++
	switch {
	case w.n > 3*wire.CommandsPerWindow:
		return farTooMany
	case w.n > wire.CommandsPerWindow:
		return tooMany
	}
	return fine
}

// encode writes a frame. Frames are made of plain structs: it cannot fail.
func encode(f wire.RoomFrame) []byte {
	b, err := json.Marshal(f)
	if err != nil {
		panic("live: a frame cannot be encoded: " + err.Error())
	}
	return b
}
