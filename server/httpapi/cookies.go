package httpapi

import (
	"time"

	"amends/server/actor"
	"amends/server/app"
	"amends/server/fault"
	"amends/server/inbound"

	"github.com/gofiber/fiber/v2"
)

// Cookies have the __Host- prefix under TLS, and plain names only for http on loopback.

func (s *Server) cookieName(plain string) string {
	if s.Secure {
		return "__Host-" + plain
	}
	return plain
}

func (s *Server) setCookie(c *fiber.Ctx, plain, value string, until time.Time) {
	c.Cookie(&fiber.Cookie{Name: s.cookieName(plain), Value: value, Path: "/", Expires: until, Secure: s.Secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode})
}

func (s *Server) dropCookie(c *fiber.Ctx, plain string) {
	s.setCookie(c, plain, "", time.Unix(1, 0))
}

const (
	signinCookie = "signin"
	stageCookie  = "stage"
	// deviceCookie stays after signing out. It goes with quick exit and when the device turns out to be a
	// shared one: whoever has the device could find out by it whether somebody they suspect signed in here.
	deviceCookie = "device"
)

// device is the cookie of a known device, "" when absent.
func (s *Server) device(c *fiber.Ctx) string { return c.Cookies(s.cookieName(deviceCookie)) }

// rememberDevice makes the device known after a sign-in, or forgets it where others use it too.
func (s *Server) rememberDevice(c *fiber.Ctx, fresh app.SignedIn) {
	if fresh.Device == "" {
		s.dropCookie(c, deviceCookie)
		return
	}
	s.setCookie(c, deviceCookie, fresh.Device, fresh.DeviceUntil)
}

// identify authenticates by the sign-in cookie and puts the person into the request's context.
func (s *Server) identify(c *fiber.Ctx) error {
	who, err := s.App.Identify(c.UserContext(), c.Cookies(s.cookieName(signinCookie)))
	if err != nil {
		return err
	}
	s.actAs(c, who)
	return nil
}

// identifyInside authenticates by the sign-in cookie, or else by the guest cookie.
func (s *Server) identifyInside(c *fiber.Ctx) error {
	if s.identify(c) == nil {
		return nil
	}
	return s.identifyGuest(c)
}

// identifyEither tries the sign-in, then the stage, then the guest cookie; with the query parameter
// `seat` only the one it names, for a guest's page or for a stage in a counselor's second window.
func (s *Server) identifyEither(c *fiber.Ctx) error {
	switch actor.Kind(c.Query(seatQuery)) {
	case actor.Guest:
		return s.identifyGuest(c)
	case actor.Stage:
		return s.identifyStage(c)
	}
	if s.identify(c) == nil {
		return nil
	}
	if c.Cookies(s.cookieName(stageCookie)) == "" {
		return s.identifyGuest(c)
	}
	return s.identifyStage(c)
}

func (s *Server) identifyStage(c *fiber.Ctx) error {
	token := c.Cookies(s.cookieName(stageCookie))
	if token == "" {
		return fault.ErrUnauthenticated
	}
	who, err := s.App.IdentifyStage(c.UserContext(), token)
	if err != nil {
		return err
	}
	s.actAs(c, who)
	return nil
}

// actAs puts the caller into the request's context, and claims the connection for them: limits count
// connections per holder.
func (s *Server) actAs(c *fiber.Ctx, who actor.Actor) {
	if seated, ok := c.Context().Conn().(*inbound.Conn); ok {
		by := holderOf(who)
		seated.Claim(by, by.guest)
	}
	who.Request = requestID(c)
	c.SetUserContext(actor.With(c.UserContext(), who))
}
