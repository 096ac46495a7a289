package httpapi

import (
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) listAgendas(c *fiber.Ctx) error {
	list, err := s.App.Agendas(c.UserContext())
	return send(c, list, err)
}

// A built-in agenda needs ?language= too; an own one has its own.
func (s *Server) readAgenda(c *fiber.Ctx) error {
	which, err := wire.ParseAgendaRef(c.Params("agenda"))
	if err != nil {
		return err
	}
	found, err := s.App.Agenda(c.UserContext(), which, c.Query("language"))
	return send(c, found, err)
}

func (s *Server) readAgendaVersion(c *fiber.Ctx) error {
	which, err := wire.ParseAgenda(c.Params("agenda"))
	if err != nil {
		return err
	}
	ver, err := wire.ParseAgendaVersion(c.Params("ver"))
	if err != nil {
		return err
	}
	found, err := s.App.AgendaVersion(c.UserContext(), which, ver)
	return send(c, found, err)
}

func (s *Server) createAgenda(c *fiber.Ctx) error {
	var body wire.AgendaRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	fresh, err := s.App.CreateAgenda(c.UserContext(), in)
	return created(c, fresh, err)
}

func (s *Server) saveAgenda(c *fiber.Ctx) error {
	var body wire.AgendaDraftRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	which, err := wire.ParseAgenda(c.Params("agenda"))
	if err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	saved, err := s.App.SaveAgenda(c.UserContext(), which, in)
	return send(c, saved, err)
}

func (s *Server) publishAgenda(c *fiber.Ctx) error {
	var body wire.AgendaPublishRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	which, err := wire.ParseAgenda(c.Params("agenda"))
	if err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	return done(c, s.App.PublishAgenda(c.UserContext(), which, in))
}

func (s *Server) archiveAgenda(c *fiber.Ctx) error {
	var body wire.AgendaArchiveRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	which, err := wire.ParseAgenda(c.Params("agenda"))
	if err != nil {
		return err
	}
	return done(c, s.App.ArchiveAgenda(c.UserContext(), which, body.Archived))
}
