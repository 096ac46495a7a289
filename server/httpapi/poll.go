package httpapi

import (
	"context"
	"mime"
	"strings"
	"time"

	"amends/server/actor"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

// The room over plain requests (live/poll.go). A held answer outlives the deadline of other
// requests and stays below writePatience; it has a length and no stream, so that a proxy that
// buffers hands it on whole.

// pollPatience is a little over the hold: the hub answers first.
const pollPatience = (wire.PollSeconds + 2) * time.Second

// ownPage: a poll makes a person present, so it is answered to our own pages only, as changes
// are. A client that is no browser says neither Origin nor Sec-Fetch-Site.
func (s *Server) ownPage(c *fiber.Ctx) error {
	if (c.Get(fiber.HeaderOrigin) != "" || c.Get("Sec-Fetch-Site") != "") && !ownOrigin(c, s.Origins) {
		return errOrigin
	}
	return nil
}

func (s *Server) pollRoom(c *fiber.Ctx) error {
	if err := s.ownPage(c); err != nil {
		return err
	}
	workshop, err := wire.ParseWorkshop(strings.Clone(c.Params("workshop")))
	if err != nil {
		return err
	}
	q, err := wire.ParsePoll(strings.Clone(c.Query("seq")), strings.Clone(c.Query("mark")), strings.Clone(c.Query("device")))
	if err != nil {
		return err
	}
	who, _ := actor.From(c.UserContext())
	ctx, cancel := context.WithTimeout(actor.With(context.Background(), who), pollPatience)
	defer cancel()
	answer, err := s.Hub.Poll(ctx, workshop, q)
	if err != nil {
		return err
	}
	return c.JSON(answer)
}

func (s *Server) commandRoom(c *fiber.Ctx) error {
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || kind != fiber.MIMEApplicationJSON {
		return errContentType
	}
	workshop, err := wire.ParseWorkshop(strings.Clone(c.Params("workshop")))
	if err != nil {
		return err
	}
	q, err := wire.ParsePoll("", "", strings.Clone(c.Query("device")))
	if err != nil {
		return err
	}
	answer, err := s.Hub.PollCommand(c.UserContext(), workshop, q.Device, bodyOf(c))
	if err != nil {
		return err
	}
	return c.JSON(answer)
}
