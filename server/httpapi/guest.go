package httpapi

import (
	"context"

	"amends/server/app"
	"amends/server/fault"
	"amends/server/id"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

// The cookie of guests and room passes is valid for one room, and for routes whose rows allow it.

const guestCookie = "guest"

// identifyGuest authenticates by the guest cookie and puts the person into the request's context.
func (s *Server) identifyGuest(c *fiber.Ctx) error {
	token := c.Cookies(s.cookieName(guestCookie))
	if token == "" {
		return fault.ErrUnauthenticated
	}
	who, err := s.App.IdentifyGuest(c.UserContext(), token)
	if err != nil {
		return err
	}
	s.actAs(c, who)
	return nil
}

// seatQuery is the query parameter with which a page of a browser with several cookies selects one.
const seatQuery = "seat"

func (s *Server) enterAsGuest(c *fiber.Ctx) error {
	var body wire.GuestEntryRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	by, err := s.browserOf(c)
	if err != nil {
		return err
	}
	bound, err := s.App.EnterAsGuest(c.UserContext(), in, by, s.tryOf(c, body.Work))
	return s.bind(c, bound, err)
}

// tryOf describes a typed code to the limits.
func (s *Server) tryOf(c *fiber.Ctx, work string) app.Try {
	token := c.Cookies(s.cookieName(signinCookie))
	return app.Try{From: clientAddress(c, s.Proxies), Work: work, Device: s.device(c), Known: func(ctx context.Context) (id.Member, error) {
		if token == "" {
			return id.Member{}, nil
		}
		return s.App.MemberOf(ctx, token)
	}}
}

func (s *Server) enterByPass(c *fiber.Ctx) error {
	var body wire.PassEntryRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	code, err := body.Parse()
	if err != nil {
		return err
	}
	if err := s.markOut(c); err != nil {
		return err
	}
	bound, err := s.App.EnterByPass(c.UserContext(), code, clientAddress(c, s.Proxies))
	return s.bind(c, bound, err)
}

func (s *Server) bind(c *fiber.Ctx, bound app.BoundToken, err error) error {
	if err != nil {
		return err
	}
	s.setCookie(c, guestCookie, bound.Token, bound.Until)
	return c.JSON(wire.GuestIn{Workshop: bound.Workshop.String(), Person: bound.Person.String()})
}

// leaveAsGuest drops the cookie even when its token has expired.
func (s *Server) leaveAsGuest(c *fiber.Ctx) error {
	if err := s.endGuest(c); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (s *Server) endGuest(c *fiber.Ctx) error {
	// before LeaveAsGuest ends the token, which markOut needs
	if err := s.markOut(c); err != nil {
		return err
	}
	err := s.identifyGuest(c)
	if err == nil {
		err = s.App.LeaveAsGuest(c.UserContext())
	}
	if f := fault.As(err); err != nil && f.Kind != fault.Unauthenticated {
		return err
	}
	s.dropCookie(c, guestCookie)
	return nil
}

// quickExit ends both the sign-in and the guest's seat, drops their cookies, and forgets the device. One
// failure does not stop the other; the first fault is returned so that the client tries again.
func (s *Server) quickExit(c *fiber.Ctx) error {
	s.dropCookie(c, deviceCookie)
	var guest error
	if c.Cookies(s.cookieName(guestCookie)) != "" {
		guest = s.endGuest(c)
	}
	if err := s.signOut(c); guest == nil {
		return err
	}
	return guest
}
