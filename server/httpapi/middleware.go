package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"slices"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/fault"
	"amends/server/inbound"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

var (
	errOrigin = fault.New(fault.Forbidden, "request.origin", "This came from another site.")
	errPanic  = fault.New(fault.Internal, "server.broken", "Something broke on our side. Nothing was lost. Please try again.")
)

// requestPatience is the timeout of a request.
const requestPatience = 20 * time.Second

const localRequest = "request"

func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals(localRequest).(string)
	return id
}

// routeName is the pattern of the route, for logs. Never log the path: it may contain codes.
func routeName(c *fiber.Ctx) string {
	if r := c.Route(); r != nil {
		return r.Method + " " + r.Path
	}
	return ""
}

// frame wraps every request with an id, a panic guard, a timeout and one log line, and counts its
// connection for the client's address.
func frame(log *slog.Logger, proxies []netip.Prefix) fiber.Handler {
	return func(c *fiber.Ctx) (err error) {
		c.Locals(localRequest, uuid.Must(uuid.NewV7()).String())
		ctx, cancel := context.WithTimeout(context.Background(), requestPatience)
		defer cancel()
		c.SetUserContext(actor.With(ctx, actor.Actor{Request: requestID(c)}))
		began := time.Now()
		seated, _ := c.Context().Conn().(*inbound.Conn)
		if seated != nil && !seated.Begin() {
			return errCut
		}
		if seated != nil {
			seated.From(sharesOf(clientAddress(c, proxies)))
		}
		defer func() {
			if r := recover(); r != nil {
				err = errPanic.Because(fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
			}
			if err != nil {
				err = c.App().ErrorHandler(c, err)
			}
			if seated != nil {
				leaveSeat(c, seated)
			}
			log.Info("request", "request", requestID(c), "route", routeName(c), "status", c.Response().StatusCode(), "ms", time.Since(began).Milliseconds())
		}()
		return c.Next()
	}
}

// sharesOf returns the keys under which connections of an address are counted: the household, and the
// site that an IPv6 household is part of.
func sharesOf(from app.Address) (household, site any) {
	if of, is := from.Site(); is {
		return from, of
	}
	return from, nil
}

// leaveSeat marks the connection of a finished request as one that may be closed when others need it:
// if the caller is unauthenticated (reading the answer slowly would occupy it), or if an unread body is
// still arriving, whose end fasthttp waits for.
func leaveSeat(c *fiber.Ctx, seated *inbound.Conn) {
	if _, known := actor.From(c.UserContext()); !known || unread(c) {
		seated.Rest()
	}
	if unread(c) {
		seated.Linger()
		if c.Request().Header.ContentLength() < 0 { // the remaining length is unknown
			c.Context().SetConnectionClose()
		}
	}
}

// headers sets the security headers of every answer.
func headers(secure bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set("X-Content-Type-Options", "nosniff")
		c.Set("Referrer-Policy", "no-referrer")
		c.Set("Cross-Origin-Opener-Policy", "same-origin")
		c.Set("Cross-Origin-Resource-Policy", "same-origin")
		c.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()")
		if secure {
			c.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		return c.Next()
	}
}

// noStore keeps answers of the API out of caches.
func noStore(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Next()
}

// sameSite allows changes only from our own pages, by Origin or Sec-Fetch-Site (protection against
// CSRF).
func sameSite(origins []string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		switch c.Method() {
		case fiber.MethodGet, fiber.MethodHead:
			return c.Next()
		}
		if !ownOrigin(c, origins) {
			return errOrigin
		}
		return c.Next()
	}
}

// ownOrigin checks the Origin header if there is one, otherwise Sec-Fetch-Site.
func ownOrigin(c *fiber.Ctx, origins []string) bool {
	if origin := c.Get(fiber.HeaderOrigin); origin != "" {
		return slices.Contains(origins, origin)
	}
	return c.Get("Sec-Fetch-Site") == "same-origin"
}
