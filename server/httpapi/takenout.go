package httpapi

import (
	"time"

	"amends/server/app"
	"amends/server/id"

	"github.com/gofiber/fiber/v2"
)

// A guest who was taken out of a meeting gives back their seat and comes again under another
// name: so the seat's cookie leaves a mark behind, which names that meeting and opens nothing.
// It needs no signature: it can only refuse, and whoever could write it could remove it. It is
// gone after markLife, when the meeting's code works no more.

const (
	markCookie = "out"
	markLife   = 12 * time.Hour
)

// browserOf is what a browser is known by that wants to come in as a guest.
func (s *Server) browserOf(c *fiber.Ctx) (app.Browser, error) {
	if err := s.markOut(c); err != nil {
		return app.Browser{}, err
	}
	by := app.Browser{}
	if out, ok := c.Locals(markCookie).(id.Workshop); ok {
		by.Out = out
	} else if out, err := id.Parse[id.Workshop](c.Cookies(s.cookieName(markCookie))); err == nil {
		by.Out = out
	}
	token := c.Cookies(s.cookieName(signinCookie))
	if token == "" {
		return by, nil
	}
	var err error
	by.Member, err = s.App.MemberOf(c.UserContext(), token)
	return by, err
}

// markOut leaves the mark when the person of this browser's seat was taken out. Call it before
// the seat's cookie is dropped or replaced.
func (s *Server) markOut(c *fiber.Ctx) error {
	token := c.Cookies(s.cookieName(guestCookie))
	if token == "" {
		return nil
	}
	out, err := s.App.TakenOut(c.UserContext(), token)
	if err != nil || out.IsZero() {
		return err
	}
	c.Locals(markCookie, out)
	s.setCookie(c, markCookie, out.String(), time.Now().Add(markLife))
	return nil
}
