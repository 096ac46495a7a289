// Package socket is the server's end of a websocket on a bare TCP connection (RFC 6455, no
// extensions), made for rooms in which one word goes to a thousand people.
//
// The rules: one goroutine reads a connection and owns that; whoever writes only queues. A few
// workers write for all connections and never wait for one: what the kernel does not take at
// once is written by a goroutine of that connection alone, and a peer that takes nothing is cut
// off. What is queued has a bound. Everything that was queued before Close goes out before the
// close frame, and nothing after it. Each Conn belongs to one TCP connection for its whole
// life: nothing here is used again for somebody else.
package socket

import (
	"encoding/binary"
	"fmt"

	"amends/server/wire"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opContinue byte = 0
	opText     byte = 1
	opBinary   byte = 2
	opClose    byte = 8
	opPing     byte = 9
	opPong     byte = 10
)

// Close codes of RFC 6455, section 7.4.1, that are not of the room's protocol.
const (
	closeNormal   wire.CloseCode = 1000
	closeProtocol wire.CloseCode = 1002
)

const (
	finalBit   = 0x80
	maskBit    = 0x80
	maxControl = 125
	maxHeader  = 10
)

// frame is one frame that waits to be written. Its payload may be shared with other connections.
type frame struct {
	op      byte
	payload []byte
	// passing says that the frame is of the moment only: it goes first when too much waits.
	passing bool
}

// append writes the frame as a server does: whole and unmasked.
func (f frame) append(to []byte) []byte {
	first, n := finalBit|f.op, len(f.payload)
	switch {
	case n <= maxControl:
		to = append(to, first, byte(n))
	case n < 1<<16:
		to = binary.BigEndian.AppendUint16(append(to, first, 126), uint16(n))
	default:
		to = binary.BigEndian.AppendUint64(append(to, first, 127), uint64(n))
	}
	return append(to, f.payload...)
}

// closing is the payload of a close frame.
func closing(code wire.CloseCode, reason string) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(code))
	return append(b, reason[:min(len(reason), maxControl-2)]...)
}

// Violation is a frame that a client may not send; the connection ends with its code.
type Violation struct {
	Code wire.CloseCode
	Why  string
}

// Error says what was wrong; it holds nothing of what was sent.
func (v *Violation) Error() string { return fmt.Sprintf("socket: %s (%d)", v.Why, v.Code) }
