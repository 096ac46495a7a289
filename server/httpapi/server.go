// Package httpapi is the HTTP server: the route table, strict decoding, problem answers, sockets and
// the built app. It makes no decisions about people: every route calls one use case.
package httpapi

import (
	"context"
	"errors"
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

// Options are the dependencies and settings of a Server.
type Options struct {
	App *app.App
	Hub *live.Hub
	// Files is the built front end.
	Files fs.FS
	// Origins are the exact origins of our own pages.
	Origins []string
	// Secure means that pages are served over TLS: __Host- cookies and HSTS.
	Secure  bool
	Proxies []netip.Prefix
	Log     *slog.Logger
	Version string
	// Demo has the demo's own pages; nil in `amends serve`.
	Demo *Demo
	// Connections is the limit of open connections.
	Connections int
	// BodyBytes is the memory budget for request bodies.
	BodyBytes int64
}

// Server answers HTTP.
type Server struct {
	Options
	fiber    *fiber.App
	probes   *fiber.App
	draining chan struct{}
	bodies   *bodies
	sockets  *socket.Set
	// writeBuffers are shared by the library's sockets: an idle socket holds none.
	writeBuffers buffers
	refusedProxy notice
	readiness    readiness
	// libraryOnly makes the library write all sockets, for tests that compare both.
	libraryOnly bool
}

const (
	headerBytes   = 8 << 10
	readPatience  = 10 * time.Second
	writePatience = 30 * time.Second
	idlePatience  = 60 * time.Second
)

// buffers is a sync.Pool; a test counts its use.
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
	s.probes = s.newProbes()
	s.fiber.Use(frame(o.Log, o.Proxies), headers(o.Secure))
	s.answerProbes(s.fiber)
	if s.Demo == nil { // the demo listens on loopback only
		s.fiber.Use(s.knownProxy)
	}
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

// newFiber reads only the header of a request and leaves the body to body.go, after the caller is
// known. BodyLimit 1 is the smallest amount that fasthttp can be told to read ahead. With
// ReduceMemoryUsage a connection has no buffers before its first byte.
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

// Serve serves a listener until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	return s.fiber.Listener(inbound.Listen(l, s.Connections, s.Log))
}

// Drain makes readiness fail, so that the proxy sends no new clients.
func (s *Server) Drain() { close(s.draining) }

// Shutdown ends the server; call it after the hub has closed its sockets. Fiber does not track hijacked
// sockets, so Shutdown waits here for those that are still closing.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.fiber.ShutdownWithContext(ctx)
	s.sockets.Close(ctx)
	return errors.Join(err, s.probes.ShutdownWithContext(ctx))
}
