// Package httpapi is the door to the network: the route table, strict decoding, problems as
// answers, the sockets and the built app. It decides nothing about people: every route calls
// one use case.
package httpapi

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"amends/server/app"
	"amends/server/live"
	"amends/server/socket"

	"github.com/gofiber/fiber/v2"
)

// Options is what a Server is made of.
type Options struct {
	App *app.App
	Hub *live.Hub
	// Files is the built app.
	Files fs.FS
	// Origins are the exact origins of our own pages.
	Origins []string
	// Secure says that pages come over TLS: __Host- cookies and HSTS.
	Secure  bool
	Proxies []netip.Prefix
	Log     *slog.Logger
	Version string
	// Demo has the demo's own pages; nil outside of it.
	Demo *Demo
}

// Server answers HTTP.
type Server struct {
	Options
	fiber    *fiber.App
	draining chan struct{}
	sockets  *socket.Set
	// writeBuffers are shared by the sockets that the library writes: one that is idle has none.
	writeBuffers buffers
	// libraryOnly has the library write all sockets, for the tests that compare.
	libraryOnly bool
}

// Limits of bodies in bytes; one for sealed uploads, one for everything else.
const (
	maxBody       = 1 << 20
	maxPlainBody  = 256 << 10
	headerBytes   = 8 << 10
	readPatience  = 10 * time.Second
	writePatience = 30 * time.Second
	idlePatience  = 60 * time.Second
)

// buffers is a sync.Pool; a test counts what is taken and given back.
type buffers interface {
	Get() any
	Put(any)
}

// New builds the server; it does not listen yet.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, draining: make(chan struct{}), writeBuffers: &sync.Pool{}}
	s.fiber = fiber.New(fiber.Config{
		AppName: "amends", DisableStartupMessage: true, Immutable: true, StrictRouting: true, CaseSensitive: true,
		BodyLimit: maxBody, ReadBufferSize: headerBytes, ReadTimeout: readPatience, WriteTimeout: writePatience, IdleTimeout: idlePatience,
		ErrorHandler: answer(o.Log), DisablePreParseMultipartForm: true, ProxyHeader: "", EnablePrintRoutes: false,
	})
	raw := s.fiber.Server()
	raw.KeepHijackedConns, raw.ErrorHandler = true, closeSilent(raw.ErrorHandler)
	spa, err := newPages(o.Files)
	if err != nil {
		return nil, err
	}
	s.sockets = socket.NewSet(o.Log)
	s.fiber.Use(frame(o.Log), headers(o.Secure))
	s.fiber.Get("/healthz", s.health)
	s.fiber.Get("/readyz", s.ready)
	s.fiber.Get("/version", s.version)
	s.fiber.Get("/api/openapi.json", openAPI)
	api := s.fiber.Group("/api", noStore, sameSite(o.Origins))
	for _, r := range s.routes() {
		api.Add(r.Method, "/v1"+r.Path, s.handler(r))
	}
	api.Get("/v1/rooms/:workshop/socket", s.socket)
	api.Use(func(*fiber.Ctx) error { return errNoRoute })
	if s.Demo != nil {
		demo, err := s.Demo.pages(spa)
		if err != nil {
			return nil, err
		}
		s.fiber.Use(demo.serve)
	}
	s.fiber.Use(spa.serve)
	return s, nil
}

// Serve answers on a listener until Shutdown.
func (s *Server) Serve(l net.Listener) error { return s.fiber.Listener(l) }

// Drain makes readiness say no, so that a proxy sends no one new.
func (s *Server) Drain() { close(s.draining) }

// Shutdown ends the server; the hub must have let go of its sockets before. Fiber forgets
// about sockets, so those that still say goodbye are waited for here.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.fiber.ShutdownWithContext(ctx)
	s.sockets.Close(ctx)
	return err
}

// handler is what goes around a route's own work: who may ask, and how big the body may be.
func (s *Server) handler(r route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if len(c.Body()) > r.maxBody() {
			return errTooLarge
		}
		if identify := s.identifies(r.Who); identify != nil {
			if err := identify(c); err != nil {
				return err
			}
		}
		return r.Do(c)
	}
}

// identifies says which cookie a route takes; nil where anybody may ask.
func (s *Server) identifies(asks who) fiber.Handler {
	switch asks {
	case signedIn:
		return s.identify
	case guest:
		return s.identifyGuest
	case inside:
		return s.identifyInside
	case seated:
		return s.identifyEither
	}
	return nil
}
