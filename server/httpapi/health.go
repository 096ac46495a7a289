package httpapi

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// health answers when the process is alive, and checks nothing else.
func (s *Server) health(c *fiber.Ctx) error { return c.SendString("ok\n") }

// ready reports whether this process can serve people: Postgres answers, the schema is current, and the
// process is not draining. Redis is not checked: rooms work without it.
func (s *Server) ready(c *fiber.Ctx) error {
	select {
	case <-s.draining:
		return c.Status(fiber.StatusServiceUnavailable).SendString("draining\n")
	default:
	}
	if err := s.readiness.of(s.App.Ready, time.Now); err != nil {
		s.Log.Warn("not ready", "err", err)
		return c.Status(fiber.StatusServiceUnavailable).SendString("the database is not ready; run `amends doctor`\n")
	}
	if s.App.DiskFull() {
		// Still ready: if every node were taken out of service, nobody could read, and rooms would end.
		return c.SendString("read-only: the disk of the database is full\n")
	}
	return c.SendString("ready\n")
}

func (s *Server) version(c *fiber.Ctx) error { return c.SendString(s.Version + "\n") }
