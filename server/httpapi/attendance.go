package httpapi

import (
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) readAttendance(c *fiber.Ctx) error {
	which, err := workshopOf(c)
	if err != nil {
		return err
	}
	sheet, err := s.App.Attendance(c.UserContext(), which)
	return send(c, sheet, err)
}

func (s *Server) confirmAttendance(c *fiber.Ctx) error {
	var body wire.ConfirmRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	which, err := workshopOf(c)
	if err != nil {
		return err
	}
	people, err := body.Parse()
	if err != nil {
		return err
	}
	return done(c, s.App.ConfirmAttendance(c.UserContext(), which, people))
}

func (s *Server) correctAttendance(c *fiber.Ctx) error {
	var body wire.CorrectRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	which, err := workshopOf(c)
	if err != nil {
		return err
	}
	who, err := wire.ParseMember(c.Params("member"))
	if err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	fresh, err := s.App.CorrectAttendance(c.UserContext(), which, who, in)
	return created(c, fresh, err)
}

func (s *Server) readOwnAttendance(c *fiber.Ctx) error {
	list, err := s.App.OwnAttendance(c.UserContext())
	return send(c, list, err)
}
