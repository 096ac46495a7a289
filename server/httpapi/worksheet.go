package httpapi

import (
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) listWorksheets(c *fiber.Ctx) error {
	list, err := s.App.Worksheets(c.UserContext())
	return send(c, list, err)
}

func (s *Server) listVersions(c *fiber.Ctx) error {
	ws, err := wire.ParseWorksheet(c.Params("ws"))
	if err != nil {
		return err
	}
	list, err := s.App.WorksheetVersions(c.UserContext(), ws)
	return send(c, list, err)
}

func (s *Server) saveWorksheet(c *fiber.Ctx) error {
	var body wire.SaveRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse(c.Params("ws"), c.Params("ver"))
	if err != nil {
		return err
	}
	saved, err := s.App.SaveWorksheet(c.UserContext(), in)
	return created(c, saved, err)
}

func (s *Server) deleteWorksheet(c *fiber.Ctx) error {
	ws, err := wire.ParseWorksheet(c.Params("ws"))
	if err != nil {
		return err
	}
	return done(c, s.App.DeleteWorksheet(c.UserContext(), ws))
}

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
