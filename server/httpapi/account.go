package httpapi

import (
	"amends/server/fault"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) logIn(c *fiber.Ctx) error {
	var body wire.LoginRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	fresh, err := s.App.Login(c.UserContext(), in, clientAddress(c, s.Proxies))
	if err != nil {
		return err
	}
	if err := s.endBefore(c); err != nil {
		return err
	}
	s.setCookie(c, signinCookie, fresh.Token, fresh.Until)
	return c.JSON(wire.LoginAnswer{})
}

// endBefore ends the sign-in that this browser had: its cookie is written over, so that no leaving
// could end it any more.
func (s *Server) endBefore(c *fiber.Ctx) error {
	err := s.identify(c)
	if err == nil {
		err = s.App.SignOut(c.UserContext())
	}
	if fault.As(err).Kind == fault.Unauthenticated {
		return nil
	}
	return err
}

// signOut ends well when the sign-in is over already: that is what was asked for. When nobody knows
// whether it is, the cookie stays, so that the browser can ask again.
func (s *Server) signOut(c *fiber.Ctx) error {
	err := s.identify(c)
	if err == nil {
		err = s.App.SignOut(c.UserContext())
	}
	if err != nil && fault.As(err).Kind != fault.Unauthenticated {
		return err
	}
	s.dropCookie(c, signinCookie)
	c.Set("Clear-Site-Data", `"cache"`)
	return c.SendStatus(fiber.StatusNoContent)
}
