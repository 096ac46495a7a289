package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"amends/server/fault"
	"amends/server/inbound"

	"github.com/gofiber/fiber/v2"
)

// The only file that reads bodies of requests; body_test.go holds all others to that.
//
// The rule: a declared length costs nothing. A body stays on the wire until its row is known and
// whoever must be known is; then it is copied, up to the row's limit, into memory that is booked
// before it is taken. What nobody reads is dropped by fasthttp after the answer, or the
// connection is closed: never is it taken for the next request. A body that does not arrive
// within readPatience after its request began is a lost signal.

var (
	errTooLarge = fault.New(fault.TooLarge, "body.too_large", "This is too big.")
	errEncoded  = fault.New(fault.Unsupported, "body.encoded", "This must come without compression.")
	// errCut is heard by nobody: the connection is closed.
	errCut = fault.New(fault.Invalid, "request.cut", "This did not arrive whole.")
)

const localBody = "body"

// Steps of the memory for one body: who says little and sends little holds little, and the usual
// body, a saved page, is there after the second.
const (
	firstBytes  = 4 << 10
	secondBytes = 32 << 10
	moreTimes   = 4
)

// unencoded refuses a body that would have to be unpacked: a few bytes can become gigabytes.
func unencoded(c *fiber.Ctx) error {
	for _, kind := range c.Request().Header.PeekAll(fiber.HeaderContentEncoding) {
		if len(kind) > 0 && !strings.EqualFold(string(kind), "identity") {
			return errEncoded
		}
	}
	return c.Next()
}

// bodyOf gives what read has read.
func bodyOf(c *fiber.Ctx) []byte {
	body, _ := c.Locals(localBody).([]byte)
	return body
}

// unread says that the request has a body that was not read to its end.
func unread(c *fiber.Ctx) bool {
	return c.Request().IsBodyStream() && c.Request().Header.ContentLength() != 0 && c.Locals(localBody) == nil
}

// read keeps the body for bodyOf, at most so many bytes. The caller calls done when it is not
// needed any more. Faults: body.too_large, server.unavailable when too many bodies are held.
func (b *bodies) read(c *fiber.Ctx, limit int) (done func(), err error) {
	length := c.Request().Header.ContentLength()
	if length > limit {
		return nil, tooLarge(limit)
	}
	held := b.booking(c)
	body, err := copyBody(c.Request().BodyStream(), length, limit, held)
	if err == nil && endless(c, length) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = held.whole()
	}
	if err != nil {
		held.giveAll()
		return nil, lost(c, err)
	}
	c.Locals(localBody, body)
	return held.giveAll, nil
}

// endless says that chunks ended with the connection: fasthttp takes that for their end.
func endless(c *fiber.Ctx, length int) bool {
	seated, ok := c.Context().Conn().(*inbound.Conn)
	return length < 0 && ok && seated.Ended()
}

// copyBody copies a stream of a declared length, or of none (below 0). It reads one byte more
// than the limit to know that there is one.
func copyBody(from io.Reader, length, limit int, held *booking) ([]byte, error) {
	body, most := []byte{}, length
	if length < 0 {
		most = limit + 1
	}
	for from != nil && len(body) < most {
		if len(body) == cap(body) {
			size := min(nextBytes(cap(body)), most)
			if err := held.take(size - cap(body)); err != nil {
				return nil, err
			}
			body = append(make([]byte, 0, size), body...)
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF) && (length < 0 || len(body) == length):
			return body, nil
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
	}
	if len(body) > limit {
		return nil, tooLarge(limit)
	}
	return body, nil
}

func nextBytes(now int) int {
	switch {
	case now == 0:
		return firstBytes
	case now < secondBytes:
		return secondBytes
	}
	return moreTimes * now
}

// lost closes the connection when the body ended in the middle, as closeSilent does.
func lost(c *fiber.Ctx, err error) error {
	var said *fault.Fault
	var network net.Error
	switch {
	case errors.As(err, &said) && said.Code != errCut.Code:
		return err
	case said != nil, errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network):
		_ = c.Context().Conn().Close() // gone already is as good
		return errCut.Because(err)
	}
	return errRequest.Because(err)
}

func tooLarge(limit int) error {
	return fault.New(errTooLarge.Kind, errTooLarge.Code, fmt.Sprintf("This is too big: at most %d KB can be sent here.", limit>>10))
}
