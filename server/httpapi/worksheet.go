package httpapi

import (
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) openSealed(c *fiber.Ctx) error {
	which, err := wire.ParseSealed(c.Params("id"))
	if err != nil {
		return err
	}
	file, err := s.App.OpenSealed(c.UserContext(), which)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	return c.Send(file)
}
