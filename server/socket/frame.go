// Package socket is the server side of a websocket on a bare TCP connection (RFC 6455, no extensions),
// built for rooms in which one message fans out to a thousand people.
//
// Rules: each connection has one goroutine that reads and owns the connection; senders only queue
// frames. A few workers write for all connections and never block on one of them: what the kernel does
// not take at once is written by a goroutine of that connection (drain), and a peer that accepts no
// bytes is disconnected. Each queue is bounded. Everything queued before Close is sent before the close
// frame, and nothing after it. A Conn belongs to one TCP connection for its whole life; Conns are never
// pooled or reused.
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

// Close codes of RFC 6455, section 7.4.1, that are not part of the room's protocol.
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

// frame is one frame to write. Its payload may be shared with other connections.
type frame struct {
	op      byte
	payload []byte
	// passing marks state that the next message replaces: dropped first when the queue is full.
	passing bool
}

// append encodes the frame as a server sends it: unfragmented and unmasked.
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

// Violation is a protocol error of the client; the connection is closed with its code.
type Violation struct {
	Code wire.CloseCode
	Why  string
}

// Error says which rule was broken and quotes nothing of what the client sent.
func (v *Violation) Error() string { return fmt.Sprintf("socket: %s (%d)", v.Why, v.Code) }
