package httpapi

import (
	"net"
	"time"

	"amends/server/inbound"

	"github.com/gofiber/fiber/v2"
)

// What probes of operators and proxies ask. It is answered on the port of the people, and on one of its
// own for this machine: a flood that takes every connection of the first must not look like a dead
// process, or a supervisor ends it with all rooms in it.

// ProbeConnections is the most connections of the port for probes.
const ProbeConnections = 32

func (s *Server) answerProbes(f *fiber.App) {
	f.Get("/healthz", s.health)
	f.Get("/readyz", s.ready)
	f.Get("/version", s.version)
}

func (s *Server) newProbes() *fiber.App {
	f := newFiber(s.Log)
	f.Use(frame(s.Log, nil))
	s.answerProbes(f)
	f.Use(func(*fiber.Ctx) error { return errNoRoute })
	return f
}

// ServeProbes answers probes on a listener until Shutdown. When it fails, people are served all the same.
func (s *Server) ServeProbes(l net.Listener) {
	if err := s.probes.Listener(inbound.Listen(l, ProbeConnections, s.Log)); err != nil {
		s.Log.Warn("the port for probes ended", "err", err)
	}
}

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
