package httpapi

import (
	"amends/server/app"
	"amends/server/fault"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

// The narrow cookie of guests and room passes opens one room and a few routes that say so.

const guestCookie = "guest"

// identifyGuest puts the holder of the guest cookie into the request's context.
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

// seatQuery lets a page that holds several cookies say which seat it means.
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
	bound, err := s.App.EnterAsGuest(c.UserContext(), in, by, clientAddress(c, s.Proxies))
	return s.bind(c, bound, err)
}

func (s *Server) makePass(c *fiber.Ctx) error {
	which, err := workshopOf(c)
	if err != nil {
		return err
	}
	var body wire.PassRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	member, err := body.Parse()
	if err != nil {
		return err
	}
	pass, err := s.App.RoomPass(c.UserContext(), which, member)
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(pass)
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

func (s *Server) readGuest(c *fiber.Ctx) error {
	me, err := s.App.GuestMe(c.UserContext())
	return send(c, me, err)
}

// leaveAsGuest drops the cookie even when the token is over already.
func (s *Server) leaveAsGuest(c *fiber.Ctx) error {
	if err := s.endGuest(c); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

func (s *Server) endGuest(c *fiber.Ctx) error {
	// Asked before the token is over.
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

// quickExit leaves nothing on the device that opens anything: no sign-in and no room. Each ends even
// when the other cannot now; the first fault says that it is to be asked for again.
func (s *Server) quickExit(c *fiber.Ctx) error {
	var guest error
	if c.Cookies(s.cookieName(guestCookie)) != "" {
		guest = s.endGuest(c)
	}
	if err := s.signOut(c); guest == nil {
		return err
	}
	return guest
}
