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

// The only file that reads request bodies; body_test.go enforces that.
//
// The rule: a declared length reserves no memory. A body stays unread until the route, and where
// required the caller, is known; then it is copied, up to the route's limit, into memory that was
// booked first. Unread bodies are discarded by fasthttp after the answer, or the connection is closed;
// they are never parsed as the next request. A body that is not complete within readPatience counts as
// a lost connection.

var (
	errTooLarge = fault.New(fault.TooLarge, "body.too_large", "This is too big.")
	errEncoded  = fault.New(fault.Unsupported, "body.encoded", "This must come without compression.")
	// errCut never reaches a client: the connection is closed.
	errCut = fault.New(fault.Invalid, "request.cut", "This did not arrive whole.")
)

const localBody = "body"

// Steps of the buffer for one body: little memory until much has arrived, and room for the usual body,
// a saved page, in the second step.
const (
	firstBytes  = 4 << 10
	secondBytes = 32 << 10
	moreTimes   = 4
)

// unencoded refuses bodies with a Content-Encoding: a few compressed bytes can become gigabytes.
func unencoded(c *fiber.Ctx) error {
	for _, kind := range c.Request().Header.PeekAll(fiber.HeaderContentEncoding) {
		if len(kind) > 0 && !strings.EqualFold(string(kind), "identity") {
			return errEncoded
		}
	}
	return c.Next()
}

// bodyOf returns the body that read has stored.
func bodyOf(c *fiber.Ctx) []byte {
	body, _ := c.Locals(localBody).([]byte)
	return body
}

// unread reports whether the request has a body that was not read to its end.
func unread(c *fiber.Ctx) bool {
	return c.Request().IsBodyStream() && c.Request().Header.ContentLength() != 0 && c.Locals(localBody) == nil
}

// read reads at most limit bytes for bodyOf. The caller must call done when the body is no longer
// needed. Faults: body.too_large, server.unavailable (no memory), request.cut.
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

// endless reports whether a chunked body ended with the connection, which fasthttp takes for the last
// chunk.
func endless(c *fiber.Ctx, length int) bool {
	seated, ok := c.Context().Conn().(*inbound.Conn)
	return length < 0 && ok && seated.Ended()
}

// copyBody copies a stream of the given length (negative for unknown). For an unknown length it reads
// one byte beyond the limit to detect an excess.
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

// lost closes the connection when the body broke off, as closeSilent does.
func lost(c *fiber.Ctx, err error) error {
	var said *fault.Fault
	var network net.Error
	switch {
	case errors.As(err, &said) && said.Code != errCut.Code:
		return err
	case said != nil, errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &network):
		_ = c.Context().Conn().Close() // already closed is fine
		return errCut.Because(err)
	}
	return errRequest.Because(err)
}

func tooLarge(limit int) error {
	return fault.New(errTooLarge.Kind, errTooLarge.Code, fmt.Sprintf("This is too big: at most %d KB can be sent here.", limit>>10))
}
