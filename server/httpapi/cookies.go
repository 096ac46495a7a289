package httpapi

import (
	"time"

	"amends/server/actor"
	"amends/server/fault"
	"amends/server/inbound"

	"github.com/gofiber/fiber/v2"
)

// Cookies carry __Host- names wherever TLS is; plain names only for http on loopback.

func (s *Server) cookieName(plain string) string {
	if s.Secure {
		return "__Host-" + plain
	}
	return plain
}

func (s *Server) setCookie(c *fiber.Ctx, plain, value string, until time.Time) {
	c.Cookie(&fiber.Cookie{Name: s.cookieName(plain), Value: value, Path: "/", Expires: until, Secure: s.Secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode})
}

func (s *Server) dropCookie(c *fiber.Ctx, plain string) {
	s.setCookie(c, plain, "", time.Unix(1, 0))
}

const (
	signinCookie = "signin"
	stageCookie  = "stage"
)

// identify puts the holder of the sign-in cookie into the request's context.
func (s *Server) identify(c *fiber.Ctx) error {
	who, err := s.App.Identify(c.UserContext(), c.Cookies(s.cookieName(signinCookie)))
	if err != nil {
		return err
	}
	s.actAs(c, who)
	return nil
}

// identifyInside takes a sign-in first, and a guest's token where there is none.
func (s *Server) identifyInside(c *fiber.Ctx) error {
	if s.identify(c) == nil {
		return nil
	}
	return s.identifyGuest(c)
}

// identifyEither takes a sign-in first, then a stage's token, then a guest's; and only the one
// that a page asks for: a guest's page, or the big screen in a counselor's second window.
func (s *Server) identifyEither(c *fiber.Ctx) error {
	switch actor.Kind(c.Query(seatQuery)) {
	case actor.Guest:
		return s.identifyGuest(c)
	case actor.Stage:
		return s.identifyStage(c)
	}
	if s.identify(c) == nil {
		return nil
	}
	if c.Cookies(s.cookieName(stageCookie)) == "" {
		return s.identifyGuest(c)
	}
	return s.identifyStage(c)
}

func (s *Server) identifyStage(c *fiber.Ctx) error {
	token := c.Cookies(s.cookieName(stageCookie))
	if token == "" {
		return fault.ErrUnauthenticated
	}
	who, err := s.App.IdentifyStage(c.UserContext(), token)
	if err != nil {
		return err
	}
	s.actAs(c, who)
	return nil
}

// actAs says who asks, to the connection too: it counts whose request is in work.
func (s *Server) actAs(c *fiber.Ctx, who actor.Actor) {
	if seated, ok := c.Context().Conn().(*inbound.Conn); ok {
		seated.Claim(holderOf(who))
	}
	who.Request = requestID(c)
	c.SetUserContext(actor.With(c.UserContext(), who))
}
