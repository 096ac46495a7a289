package httpapi

import (
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) listAssignments(c *fiber.Ctx) error {
	list, err := s.App.Assignments(c.UserContext())
	return send(c, list, err)
}

func (s *Server) assign(c *fiber.Ctx) error {
	var body wire.AssignRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	fresh, err := s.App.Assign(c.UserContext(), in)
	return created(c, fresh, err)
}

func (s *Server) endAssignment(c *fiber.Ctx) error {
	which, err := wire.ParseAssignment(c.Params("assignment"))
	if err != nil {
		return err
	}
	return done(c, s.App.EndAssignment(c.UserContext(), which))
}

func (s *Server) signConsent(c *fiber.Ctx) error {
	var body wire.SignRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	which, err := wire.ParseAssignment(c.Params("assignment"))
	if err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	fresh, err := s.App.SignConsent(c.UserContext(), which, in)
	return created(c, fresh, err)
}

func (s *Server) listConsents(c *fiber.Ctx) error {
	list, err := s.App.Consents(c.UserContext())
	return send(c, list, err)
}

func (s *Server) revokeConsent(c *fiber.Ctx) error {
	which, err := wire.ParseConsent(c.Params("consent"))
	if err != nil {
		return err
	}
	return done(c, s.App.RevokeConsent(c.UserContext(), which))
}

func (s *Server) readBundle(c *fiber.Ctx) error {
	who, err := wire.ParseAcct("acct", c.Params("acct"))
	if err != nil {
		return err
	}
	bundle, err := s.App.Bundle(c.UserContext(), who)
	return send(c, bundle, err)
}

func (s *Server) listGrants(c *fiber.Ctx) error {
	list, err := s.App.Grants(c.UserContext())
	return send(c, list, err)
}

func (s *Server) share(c *fiber.Ctx) error {
	ws, err := wire.ParseWorksheet(c.Params("ws"))
	if err != nil {
		return err
	}
	reader, err := wire.ParseAcct("reader", c.Params("reader"))
	if err != nil {
		return err
	}
	return done(c, s.App.Share(c.UserContext(), ws, reader))
}

func (s *Server) unshare(c *fiber.Ctx) error {
	ws, err := wire.ParseWorksheet(c.Params("ws"))
	if err != nil {
		return err
	}
	reader, err := wire.ParseAcct("reader", c.Params("reader"))
	if err != nil {
		return err
	}
	return done(c, s.App.Unshare(c.UserContext(), ws, reader))
}

func (s *Server) listShared(c *fiber.Ctx) error {
	list, err := s.App.Shared(c.UserContext())
	return send(c, list, err)
}

func (s *Server) listSharedVersions(c *fiber.Ctx) error {
	owner, err := wire.ParseAcct("owner", c.Params("owner"))
	if err != nil {
		return err
	}
	ws, err := wire.ParseWorksheet(c.Params("ws"))
	if err != nil {
		return err
	}
	list, err := s.App.SharedVersions(c.UserContext(), owner, ws)
	return send(c, list, err)
}

func (s *Server) listOpenings(c *fiber.Ctx) error {
	list, err := s.App.Openings(c.UserContext())
	return send(c, list, err)
}

func (s *Server) tellCounselor(c *fiber.Ctx) error {
	return done(c, s.App.TellCounselor(c.UserContext()))
}

func (s *Server) listCalls(c *fiber.Ctx) error {
	list, err := s.App.Calls(c.UserContext())
	return send(c, list, err)
}

func (s *Server) takeCall(c *fiber.Ctx) error {
	which, err := wire.ParseCall(c.Params("call"))
	if err != nil {
		return err
	}
	return done(c, s.App.TakeCall(c.UserContext(), which))
}

func (s *Server) readNote(c *fiber.Ctx) error {
	which, err := wire.ParseWorkshop(c.Params("workshop"))
	if err != nil {
		return err
	}
	note, err := s.App.Note(c.UserContext(), which)
	return send(c, note, err)
}

func (s *Server) saveNote(c *fiber.Ctx) error {
	var body wire.NoteRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	which, err := wire.ParseWorkshop(c.Params("workshop"))
	if err != nil {
		return err
	}
	ver, file, err := body.ParseNote(c.Params("ver"))
	if err != nil {
		return err
	}
	return done(c, s.App.SaveNote(c.UserContext(), which, ver, file))
}

func (s *Server) setFacility(c *fiber.Ctx) error {
	var body wire.FacilitySettingsRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	return done(c, s.App.SetFacility(c.UserContext(), in))
}
