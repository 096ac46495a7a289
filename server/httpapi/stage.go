package httpapi

import (
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) pairStage(c *fiber.Ctx) error {
	var body wire.PairRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	code, err := body.Parse()
	if err != nil {
		return err
	}
	stage, err := s.App.Pair(c.UserContext(), code, clientAddress(c, s.Proxies))
	if err != nil {
		return err
	}
	s.setCookie(c, stageCookie, stage.Token, stage.Until)
	return c.JSON(wire.Paired{Workshop: stage.Workshop.String()})
}
