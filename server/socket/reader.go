package socket

import (
	"encoding/binary"
	"errors"
	"io"

	"amends/server/wire"
)

// errClosed says that the peer has sent its close frame.
var errClosed = errors.New("socket: closed by the peer")

// readBytes is the size of each connection's read buffer; commands are small.
const readBytes = 512

// reader parses messages from a connection. It does not remember errors: the caller must stop at the
// first.
type reader struct {
	from   io.Reader
	buffer [readBytes]byte
	// rest is the part of buffer that was read but not parsed yet.
	rest []byte
}

// head is the header of one frame.
type head struct {
	op     byte
	final  bool
	length uint64
	mask   [4]byte
}

// message returns the next text message, at most limit bytes long, and passes pings and pongs in
// between to control. Errors: *Violation, errClosed, or the connection's own.
func (r *reader) message(limit int, control func(op byte, payload []byte)) ([]byte, error) {
	var whole []byte
	for begun := false; ; {
		h, err := r.head()
		if err != nil {
			return nil, err
		}
		switch {
		case h.op >= opClose:
			payload, err := r.payload(nil, h)
			if err != nil {
				return nil, err
			}
			if h.op == opClose {
				return nil, closed(payload)
			}
			control(h.op, payload)
			continue
		case begun != (h.op == opContinue):
			return nil, &Violation{closeProtocol, "a message out of order"}
		case h.op == opBinary:
			return nil, &Violation{wire.CloseBinary, "text only"}
		case h.length > uint64(limit-len(whole)):
			return nil, &Violation{wire.CloseTooBig, "too big"}
		}
		if whole, err = r.payload(whole, h); err != nil {
			return nil, err
		}
		if begun = true; h.final {
			return whole, nil
		}
	}
}

// closed validates the payload of the peer's close frame (RFC 6455, section 7.4).
func closed(payload []byte) error {
	if len(payload) == 0 {
		return errClosed
	}
	if len(payload) == 1 {
		return &Violation{closeProtocol, "a close code cut short"}
	}
	code := binary.BigEndian.Uint16(payload)
	known := code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006
	if !known && (code < 3000 || code > 4999) {
		return &Violation{closeProtocol, "a close code that nobody may send"}
	}
	return errClosed
}

// head reads a frame header and rejects what RFC 6455, section 5.2, forbids.
func (r *reader) head() (h head, err error) {
	var b [8]byte
	if err := r.exact(b[:2]); err != nil {
		return h, err
	}
	h.op, h.final, h.length = b[0]&0x0f, b[0]&finalBit != 0, uint64(b[1]&^maskBit)
	switch {
	case b[0]&0x70 != 0:
		return h, &Violation{closeProtocol, "an extension that was not agreed on"}
	case b[1]&maskBit == 0:
		return h, &Violation{closeProtocol, "a frame without a mask"}
	case h.op > opBinary && h.op < opClose || h.op > opPong:
		return h, &Violation{closeProtocol, "an unknown kind of frame"}
	case h.op >= opClose && (!h.final || h.length > maxControl):
		return h, &Violation{closeProtocol, "a control frame in parts or too long"}
	case h.length == 126:
		err = r.exact(b[:2])
		h.length = uint64(binary.BigEndian.Uint16(b[:2]))
	case h.length == 127:
		err = r.exact(b[:8])
		h.length = binary.BigEndian.Uint64(b[:8])
	}
	if err != nil {
		return h, err
	}
	return h, r.exact(h.mask[:])
}

// payload appends a frame's payload to whole. It allocates as bytes arrive, not by the announced
// length, so a client cannot reserve memory with a header alone.
func (r *reader) payload(whole []byte, h head) ([]byte, error) {
	at := 0
	for left := h.length; left > 0; {
		if err := r.fill(); err != nil {
			return nil, err
		}
		n := int(min(left, uint64(len(r.rest))))
		for _, c := range r.rest[:n] {
			whole = append(whole, c^h.mask[at&3])
			at++
		}
		r.rest, left = r.rest[n:], left-uint64(n)
	}
	return whole, nil
}

func (r *reader) exact(into []byte) error {
	for len(into) > 0 {
		if err := r.fill(); err != nil {
			return err
		}
		n := copy(into, r.rest)
		into, r.rest = into[n:], r.rest[n:]
	}
	return nil
}

// fill blocks until rest holds at least one byte.
func (r *reader) fill() error {
	for len(r.rest) == 0 {
		n, err := r.from.Read(r.buffer[:])
		if r.rest = r.buffer[:n]; n == 0 && err != nil {
			return err
		}
	}
	return nil
}
