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
	fresh, err := s.App.Login(c.UserContext(), in, clientAddress(c, s.Proxies), s.device(c))
	if err != nil {
		return err
	}
	if err := s.endBefore(c); err != nil {
		return err
	}
	s.setCookie(c, signinCookie, fresh.Token, fresh.Until)
	s.rememberDevice(c, fresh)
	return c.JSON(wire.LoginAnswer{})
}

// endBefore ends the browser's previous sign-in before its cookie is overwritten; without the cookie
// nobody could end it.
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

// signOut succeeds when the sign-in has already ended (idempotent). When that cannot be determined, the
// cookie stays, so that the browser can try again.
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
