package httpapi

import "github.com/gofiber/fiber/v2"

// health says that the process lives, and nothing more.
func (s *Server) health(c *fiber.Ctx) error { return c.SendString("ok\n") }

// ready says whether this process can take people: Postgres answers, the schema is right, and
// it is not on its way out. Redis is not asked: the rooms go on without it.
func (s *Server) ready(c *fiber.Ctx) error {
	select {
	case <-s.draining:
		return c.Status(fiber.StatusServiceUnavailable).SendString("draining\n")
	default:
	}
	if err := s.App.Ready(c.UserContext()); err != nil {
		s.Log.Warn("not ready", "err", err)
		return c.Status(fiber.StatusServiceUnavailable).SendString("the database is not ready; run `amends doctor`\n")
	}
	if s.App.DiskFull() {
		// Still ready: with every node sent away nobody could read either, and rooms would end.
		return c.SendString("read-only: the disk of the database is full\n")
	}
	return c.SendString("ready\n")
}

func (s *Server) version(c *fiber.Ctx) error { return c.SendString(s.Version + "\n") }
