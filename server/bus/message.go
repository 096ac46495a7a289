package bus

import (
	"encoding/binary"
	"fmt"
	"time"

	"amends/server/id"
)

// Rule: messages carry ids, numbers and what the room already decided to show; never worksheet content,
// never a name beyond what room events carry. Layout: one letter for the kind, fields of fixed size
// (big-endian), then a variable rest. Both ends run the same build or a neighbouring one, so an unknown
// letter is an error and the reader reads the table instead.

// Message is one of Committed, Live, Entered, Spoken, Kicked.
type Message interface {
	// Pack encodes the message for publishing.
	Pack() []byte
}

// Committed says that the events First to Last (inclusive) of a room were committed. It contains none of
// them: the reader reads the table, the source of truth.
type Committed struct {
	// Node is the publisher, so that a node recognises its own messages.
	Node        id.Node
	Workshop    id.Workshop
	First, Last int64
}

// Live carries one node's ephemeral facts about a room: last one wins, nothing is stored.
type Live struct {
	Node     id.Node
	Workshop id.Workshop
	Facts    []byte
}

// Entered says that a person came into a room on a node, so that other nodes close the person's older
// connections. At is the node's clock, in whole milliseconds; Signin is zero for a guest.
type Entered struct {
	Node     id.Node
	Workshop id.Workshop
	Member   id.Member
	Signin   id.Signin
	At       time.Time
}

// Spoken says that the check-in words of a room changed without an event: read them again.
type Spoken struct {
	Node     id.Node
	Workshop id.Workshop
}

// Kicked says that a sign-in ended, or (with a zero Signin) that all access of a member must be checked
// again.
type Kicked struct {
	Member id.Member
	Signin id.Signin
}

const (
	committedLetter = 'R'
	liveLetter      = 'L'
	enteredLetter   = 'E'
	kickedLetter    = 'K'
	spokenLetter    = 'W'

	idBytes        = 16
	committedBytes = 1 + 2*idBytes + 2*8
	liveBytes      = 1 + 2*idBytes
	enteredBytes   = 1 + 4*idBytes + 8
	kickedBytes    = 1 + 2*idBytes
	spokenBytes    = 1 + 2*idBytes
)

// Pack implements Message.
func (r Committed) Pack() []byte {
	b := header(committedLetter, r.Node.Bytes(), r.Workshop.Bytes(), committedBytes)
	b = binary.BigEndian.AppendUint64(b, uint64(r.First))
	return binary.BigEndian.AppendUint64(b, uint64(r.Last))
}

// Pack implements Message.
func (l Live) Pack() []byte {
	b := header(liveLetter, l.Node.Bytes(), l.Workshop.Bytes(), liveBytes+len(l.Facts))
	return append(b, l.Facts...)
}

// Pack implements Message.
func (e Entered) Pack() []byte {
	b := header(enteredLetter, e.Node.Bytes(), e.Workshop.Bytes(), enteredBytes)
	member, signin := e.Member.Bytes(), e.Signin.Bytes()
	b = append(append(b, member[:]...), signin[:]...)
	return binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMilli()))
}

// Pack implements Message.
func (k Kicked) Pack() []byte {
	return header(kickedLetter, k.Member.Bytes(), k.Signin.Bytes(), kickedBytes)
}

// Pack implements Message.
func (s Spoken) Pack() []byte {
	return header(spokenLetter, s.Node.Bytes(), s.Workshop.Bytes(), spokenBytes)
}

func header(letter byte, first, second [idBytes]byte, size int) []byte {
	b := make([]byte, 0, size)
	b = append(b, letter)
	b = append(b, first[:]...)
	return append(b, second[:]...)
}

// Unpack decodes what Pack encoded. Facts alias the payload, and are nil when empty. An error means
// that the message cannot be used and the table must be read.
func Unpack(payload []byte) (Message, error) {
	if len(payload) < kickedBytes {
		return nil, fmt.Errorf("bus: message of %d bytes is too short", len(payload))
	}
	first := [idBytes]byte(payload[1 : 1+idBytes])
	second := [idBytes]byte(payload[1+idBytes : 1+2*idBytes])
	rest := payload[1+2*idBytes:]
	switch payload[0] {
	case committedLetter:
		return unpackRung(first, second, rest)
	case liveLetter:
		return Live{Node: id.From[id.Node](first), Workshop: id.From[id.Workshop](second), Facts: free(rest)}, nil
	case enteredLetter:
		return unpackEntered(first, second, rest)
	case spokenLetter:
		if len(rest) != 0 {
			return nil, fmt.Errorf("bus: spoken has %d bytes too many", len(rest))
		}
		return Spoken{Node: id.From[id.Node](first), Workshop: id.From[id.Workshop](second)}, nil
	case kickedLetter:
		if len(rest) != 0 {
			return nil, fmt.Errorf("bus: kick has %d bytes too many", len(rest))
		}
		return Kicked{Member: id.From[id.Member](first), Signin: id.From[id.Signin](second)}, nil
	}
	return nil, fmt.Errorf("bus: unknown kind of message")
}

func unpackRung(node, workshop [idBytes]byte, rest []byte) (Message, error) {
	if len(rest) != 16 {
		return nil, fmt.Errorf("bus: committed has %d bytes", len(rest))
	}
	committed := Committed{
		Node:     id.From[id.Node](node),
		Workshop: id.From[id.Workshop](workshop),
		First:    int64(binary.BigEndian.Uint64(rest)),
		Last:     int64(binary.BigEndian.Uint64(rest[8:])),
	}
	if committed.First < 1 || committed.Last < committed.First {
		return nil, fmt.Errorf("bus: committed has no valid range")
	}
	return committed, nil
}

func unpackEntered(node, workshop [idBytes]byte, rest []byte) (Message, error) {
	if len(rest) != 2*idBytes+8 {
		return nil, fmt.Errorf("bus: entered has %d bytes", len(rest))
	}
	at := int64(binary.BigEndian.Uint64(rest[2*idBytes:]))
	if at < 0 {
		return nil, fmt.Errorf("bus: entered has no valid time")
	}
	return Entered{
		Node:     id.From[id.Node](node),
		Workshop: id.From[id.Workshop](workshop),
		Member:   id.From[id.Member]([idBytes]byte(rest)),
		Signin:   id.From[id.Signin]([idBytes]byte(rest[idBytes:])),
		At:       time.UnixMilli(at),
	}, nil
}

// free makes an empty rest nil, so that whole messages can be compared.
func free(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
