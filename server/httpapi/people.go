package httpapi

import (
	"amends/server/id"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) readFacility(c *fiber.Ctx) error {
	f, err := s.App.Facility(c.UserContext())
	return send(c, f, err)
}

func (s *Server) listMembers(c *fiber.Ctx) error {
	list, err := s.App.Members(c.UserContext())
	return send(c, list, err)
}

func (s *Server) setMemberStatus(c *fiber.Ctx) error {
	var body wire.MemberStatusRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	who, err := wire.ParseMember(c.Params("member"))
	if err != nil {
		return err
	}
	status, err := body.Parse()
	if err != nil {
		return err
	}
	return done(c, s.App.SetMemberStatus(c.UserContext(), who, status))
}

func (s *Server) setMemberRoles(c *fiber.Ctx) error {
	var body wire.MemberRolesRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	who, err := wire.ParseMember(c.Params("member"))
	if err != nil {
		return err
	}
	held, err := body.Parse()
	if err != nil {
		return err
	}
	return done(c, s.App.SetMemberRoles(c.UserContext(), who, held))
}

func (s *Server) listInvitations(c *fiber.Ctx) error {
	list, err := s.App.Invitations(c.UserContext())
	return send(c, list, err)
}

func (s *Server) makeSlips(c *fiber.Ctx) error {
	var body wire.InviteRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	slips, err := s.App.Invite(c.UserContext(), in)
	return created(c, slips, err)
}

func (s *Server) revokeInvitation(c *fiber.Ctx) error {
	which, err := wire.ParseInvitation(c.Params("invitation"))
	if err != nil {
		return err
	}
	return done(c, s.App.RevokeInvitation(c.UserContext(), which))
}

func (s *Server) listCohorts(c *fiber.Ctx) error {
	list, err := s.App.Cohorts(c.UserContext())
	return send(c, list, err)
}

func cohortBody(c *fiber.Ctx) (wire.CohortFacts, error) {
	var body wire.CohortRequest
	if err := decode(c, &body); err != nil {
		return wire.CohortFacts{}, err
	}
	return body.Parse()
}

func (s *Server) createCohort(c *fiber.Ctx) error {
	in, err := cohortBody(c)
	if err != nil {
		return err
	}
	fresh, err := s.App.CreateCohort(c.UserContext(), in)
	return created(c, fresh, err)
}

func (s *Server) updateCohort(c *fiber.Ctx) error {
	in, err := cohortBody(c)
	if err != nil {
		return err
	}
	which, err := wire.ParseCohort(c.Params("cohort"))
	if err != nil {
		return err
	}
	return done(c, s.App.UpdateCohort(c.UserContext(), which, in))
}

func (s *Server) archiveCohort(c *fiber.Ctx) error {
	which, err := wire.ParseCohort(c.Params("cohort"))
	if err != nil {
		return err
	}
	return done(c, s.App.ArchiveCohort(c.UserContext(), which))
}

func place(c *fiber.Ctx) (id.Cohort, id.Member, error) {
	which, err := wire.ParseCohort(c.Params("cohort"))
	if err != nil {
		return which, id.Member{}, err
	}
	who, err := wire.ParseMember(c.Params("member"))
	return which, who, err
}

func (s *Server) addToCohort(c *fiber.Ctx) error {
	which, who, err := place(c)
	if err != nil {
		return err
	}
	return done(c, s.App.AddToCohort(c.UserContext(), which, who))
}

func (s *Server) removeFromCohort(c *fiber.Ctx) error {
	which, who, err := place(c)
	if err != nil {
		return err
	}
	return done(c, s.App.RemoveFromCohort(c.UserContext(), which, who))
}
