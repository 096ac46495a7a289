package httpapi

import (
	"errors"
	"net"

	"github.com/valyala/fasthttp"
)

// closeSilent ends a connection on which no whole request came in time, without a word.
//
// Browsers open sockets ahead of need. fasthttp answers the silence of a fresh one with an
// error, and the browser takes that for the answer to the request it sends next. On a closed
// socket it sends the request again on another one (RFC 9110 section 9.2.2, RFC 9112 section
// 9.3.1). A phone whose upload stalls sees a lost signal, which is what it is.
func closeSilent(answer func(*fasthttp.RequestCtx, error)) func(*fasthttp.RequestCtx, error) {
	return func(ctx *fasthttp.RequestCtx, err error) {
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			_ = ctx.Conn().Close() // gone already is as good
			return
		}
		answer(ctx, err)
	}
}
