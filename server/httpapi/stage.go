package httpapi

import (
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) connectStage(c *fiber.Ctx) error {
	var body wire.ConnectRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	code, err := body.Parse()
	if err != nil {
		return err
	}
	stage, err := s.App.ConnectStage(c.UserContext(), code, s.tryOf(c, body.Work))
	if err != nil {
		return err
	}
	s.setCookie(c, stageCookie, stage.Token, stage.Until)
	return c.JSON(wire.Connected{Workshop: stage.Workshop.String()})
}
