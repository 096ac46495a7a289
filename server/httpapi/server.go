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
	"amends/server/inbound"
	"amends/server/live"
	"amends/server/socket"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
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
	// Connections is how many may be open at once.
	Connections int
	// BodyBytes is how many bytes of bodies may be held at once.
	BodyBytes int64
}

// Server answers HTTP.
type Server struct {
	Options
	fiber    *fiber.App
	draining chan struct{}
	bodies   *bodies
	sockets  *socket.Set
	// writeBuffers are shared by the sockets that the library writes: one that is idle has none.
	writeBuffers buffers
	// libraryOnly has the library write all sockets, for the tests that compare.
	libraryOnly bool
}

const (
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
	s := &Server{Options: o, draining: make(chan struct{}), bodies: newBodies(o.BodyBytes), writeBuffers: &sync.Pool{}}
	s.fiber = newFiber(o.Log)
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
	api := s.fiber.Group("/api", noStore, unencoded, sameSite(o.Origins))
	if err := s.route(api); err != nil {
		return nil, err
	}
	if s.Demo != nil {
		api.Get("/v1"+demoPeople, s.listDemoPeople)
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

// newFiber reads the head of a request and leaves its body on the wire: body.go reads that, when
// it is known who sends it. A BodyLimit of 1 is how little fasthttp can be told to read ahead.
// ReduceMemoryUsage gives a connection no buffers before its first byte.
func newFiber(log *slog.Logger) *fiber.App {
	f := fiber.New(fiber.Config{
		AppName: "amends", DisableStartupMessage: true, Immutable: true, StrictRouting: true, CaseSensitive: true,
		StreamRequestBody: true, BodyLimit: 1, ReduceMemoryUsage: true,
		ReadBufferSize: headerBytes, ReadTimeout: readPatience, WriteTimeout: writePatience, IdleTimeout: idlePatience,
		ErrorHandler: answer(log), DisablePreParseMultipartForm: true, ProxyHeader: "", EnablePrintRoutes: false,
	})
	raw := f.Server()
	raw.KeepHijackedConns, raw.ErrorHandler = true, closeSilent(raw.ErrorHandler)
	raw.ConnState = func(c net.Conn, state fasthttp.ConnState) {
		if seated, ok := c.(*inbound.Conn); ok && state == fasthttp.StateIdle {
			seated.Rest()
		}
	}
	return f
}

// Serve answers on a listener until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	return s.fiber.Listener(inbound.Listen(l, s.Connections, s.Log))
}

// Drain makes readiness say no, so that a proxy sends no one new.
func (s *Server) Drain() { close(s.draining) }

// Shutdown ends the server; the hub must have let go of its sockets before. Fiber forgets
// about sockets, so those that still say goodbye are waited for here.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.fiber.ShutdownWithContext(ctx)
	s.sockets.Close(ctx)
	return err
}
