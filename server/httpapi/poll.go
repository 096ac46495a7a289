package httpapi

import (
	"context"
	"mime"
	"strings"
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

// The room by long polling (live/poll.go). A held poll has a longer timeout than other requests, below
// writePatience. The answer has a Content-Length and is not streamed, so that buffering proxies pass it
// on whole.

// pollPatience is slightly longer than the hold, so that the hub answers first.
const pollPatience = (wire.PollSeconds + 2) * time.Second

// ownPage: a poll makes a person present, so like a change it is answered only to our own pages. A
// client that is not a browser sends neither Origin nor Sec-Fetch-Site and is accepted.
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
	if err := s.App.CountSeat(c.UserContext(), "pollRoom", workshop); err != nil {
		return err
	}
	who, _ := actor.From(c.UserContext())
	ctx, cancel := context.WithTimeout(app.WithAddress(actor.With(context.Background(), who), clientAddress(c, s.Proxies)), pollPatience)
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
	if err := s.App.CountSeat(c.UserContext(), "commandRoom", workshop); err != nil {
		return err
	}
	answer, err := s.Hub.PollCommand(c.UserContext(), workshop, q.Device, bodyOf(c))
	if err != nil {
		return err
	}
	return c.JSON(answer)
}
