package httpapi

import (
	"strconv"
	"time"

	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

// Without a span, a list reaches from yesterday to 90 days ahead.
func (s *Server) listWorkshops(c *fiber.Ctx) error {
	now := time.Now()
	var check fault.Check
	since := moment(c, &check, "since", now.Add(-24*time.Hour))
	until := moment(c, &check, "until", now.Add(90*24*time.Hour))
	if err := check.Err(); err != nil {
		return err
	}
	list, err := s.App.Workshops(c.UserContext(), since, until)
	return send(c, list, err)
}

func moment(c *fiber.Ctx, check *fault.Check, name string, otherwise time.Time) time.Time {
	text := c.Query(name)
	if text == "" {
		return otherwise
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	check.Must(err == nil && ms > 0 && ms < 1<<43, name, "is not a time in milliseconds")
	return time.UnixMilli(ms)
}

func (s *Server) scheduleWorkshop(c *fiber.Ctx) error {
	var body wire.ScheduleRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	fresh, err := s.App.Schedule(c.UserContext(), in)
	return created(c, fresh, err)
}

func workshopOf(c *fiber.Ctx) (id.Workshop, error) { return wire.ParseWorkshop(c.Params("workshop")) }

func (s *Server) readWorkshop(c *fiber.Ctx) error {
	which, err := workshopOf(c)
	if err != nil {
		return err
	}
	w, err := s.App.Workshop(c.UserContext(), which)
	return send(c, w, err)
}

func (s *Server) cancelWorkshop(c *fiber.Ctx) error {
	which, err := workshopOf(c)
	if err != nil {
		return err
	}
	return done(c, s.App.CancelWorkshop(c.UserContext(), which))
}

func (s *Server) makePairing(c *fiber.Ctx) error {
	which, err := workshopOf(c)
	if err != nil {
		return err
	}
	pairing, err := s.App.PairingCode(c.UserContext(), which)
	return send(c, pairing, err)
}

func (s *Server) readRoomCode(c *fiber.Ctx) error {
	code, err := wire.ParseRoomCode(c.Params("code"))
	if err != nil {
		return err
	}
	found, err := s.App.RoomCode(c.UserContext(), code)
	return send(c, found, err)
}

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
