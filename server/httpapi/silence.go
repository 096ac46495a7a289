package httpapi

import (
	"errors"
	"net"

	"github.com/valyala/fasthttp"
)

// closeSilent closes, without an answer, a connection on which no whole request arrived in time.
//
// Browsers open connections ahead of need. fasthttp would send an error on such a silent connection,
// and the browser would take it for the answer to its next request. On a closed connection it retries
// the request on another one (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1). A phone whose upload
// stalls sees a lost connection, which is true.
func closeSilent(answer func(*fasthttp.RequestCtx, error)) func(*fasthttp.RequestCtx, error) {
	return func(ctx *fasthttp.RequestCtx, err error) {
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			_ = ctx.Conn().Close() // already closed is fine
			return
		}
		answer(ctx, err)
	}
}
