package httpapi

import (
	"time"

	"amends/server/app"
	"amends/server/id"

	"github.com/gofiber/fiber/v2"
)

// A removed guest could drop their seat and return under another name. So dropping the seat leaves a
// mark cookie that names the meeting. It grants nothing and needs no signature: it can only lead to a
// refusal, and whoever could forge it could also delete it. It expires after markLife, when the
// meeting's code is no longer valid.

const (
	markCookie = "out"
	markLife   = 12 * time.Hour
)

// browserOf returns what is known of a browser that wants to enter as a guest: its mark and its
// signed-in member.
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

// markOut sets the mark when the person of this browser's seat was removed. Call it before the seat's
// cookie is dropped or replaced.
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
