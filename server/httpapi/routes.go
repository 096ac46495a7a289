package httpapi

import (
	"fmt"

	"amends/server/app"

	"github.com/gofiber/fiber/v2"
)

// Routes are the rows of app.Operations, served by one generic handler. Only operations that set
// cookies, stream bytes or wait in a room have their own handler.

// handlers are the operations' own handlers, by name of their row.
func (s *Server) handlers() map[string]fiber.Handler {
	return map[string]fiber.Handler{
		"logIn": s.logIn, "signOut": s.signOut, "quickExit": s.quickExit,
		"connectStage": s.connectStage, "enterByPass": s.enterByPass, "enterAsGuest": s.enterAsGuest, "leaveAsGuest": s.leaveAsGuest,
		"pollRoom": s.pollRoom, "commandRoom": s.commandRoom,
		"openSealed": s.openSealed,
	}
}

// route mounts every row. A row without call and handler, with both, or a handler without a row is an
// error.
func (s *Server) route(api fiber.Router) error {
	own := s.handlers()
	for _, o := range app.Operations() {
		do, found := own[o.Name]
		if found != o.Handled() {
			return fmt.Errorf("operation %s needs either a call or a handler of its own", o.Name)
		}
		if !found {
			do = s.generic(o)
		}
		delete(own, o.Name)
		api.Add(o.Method, "/v1"+o.Path, s.handler(o, do))
	}
	for name := range own {
		return fmt.Errorf("handler %s has no operation", name)
	}
	return nil
}

// handler wraps an operation with what all need: the caller is identified first, and only then the body
// is read.
func (s *Server) handler(o app.Operation, do fiber.Handler) fiber.Handler {
	identify, limit := s.identifies(o.Who), o.MaxBody()
	return func(c *fiber.Ctx) error {
		if identify != nil {
			if err := identify(c); err != nil {
				return err
			}
		}
		if limit > 0 {
			done, err := s.bodies.read(c, limit)
			if err != nil {
				return err
			}
			defer done()
		}
		return do(c)
	}
}

// identifies returns the authentication of an operation; nil for public ones.
func (s *Server) identifies(asks app.Who) fiber.Handler {
	switch asks {
	case app.BySignIn:
		return s.identify
	case app.ByGuest:
		return s.identifyGuest
	case app.ByInside:
		return s.identifyInside
	case app.BySeat:
		return s.identifyEither
	}
	return nil
}

// generic serves an ordinary row.
func (s *Server) generic(o app.Operation) fiber.Handler {
	status := o.Status()
	return func(c *fiber.Ctx) error {
		out, err := o.Run(c.UserContext(), s.App, request{c, s})
		if err != nil {
			return err
		}
		// SendStatus would write the status text as the body.
		c.Status(status)
		if o.Call.Gives == nil {
			return nil
		}
		return c.JSON(out)
	}
}

// request gives a call access to Fiber's request.
type request struct {
	c *fiber.Ctx
	s *Server
}

func (r request) Param(name string) string  { return r.c.Params(name) }
func (r request) Query(name string) string  { return r.c.Query(name) }
func (r request) Header(name string) string { return r.c.Get(name) }
func (r request) Decode(into any) error     { return decode(r.c, into) }
func (r request) Body() []byte              { return bodyOf(r.c) }
func (r request) Address() app.Address      { return clientAddress(r.c, r.s.Proxies) }
func (r request) Device() string            { return r.s.device(r.c) }
