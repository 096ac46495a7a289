package httpapi

import (
	"strconv"

	"amends/server/fault"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

func (s *Server) readSlip(c *fiber.Ctx) error {
	var body wire.SlipRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	code, err := body.Parse()
	if err != nil {
		return err
	}
	slip, err := s.App.Slip(c.UserContext(), code, clientAddress(c, s.Proxies))
	return send(c, slip, err)
}

func (s *Server) reserveName(c *fiber.Ctx) error {
	var body wire.ReserveRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	code, handle, err := body.Parse()
	if err != nil {
		return err
	}
	reserved, err := s.App.Reserve(c.UserContext(), code, handle, clientAddress(c, s.Proxies))
	return send(c, reserved, err)
}

func (s *Server) signUp(c *fiber.Ctx) error {
	var body wire.SignUpRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	if err := s.App.SignUp(c.UserContext(), in, clientAddress(c, s.Proxies)); err != nil {
		return err
	}
	// SendStatus would write the words of the status as the body.
	c.Status(fiber.StatusCreated)
	return nil
}

func (s *Server) prelogin(c *fiber.Ctx) error {
	var body wire.PreloginRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	handle, err := body.Parse()
	if err != nil {
		return err
	}
	out, err := s.App.Prelogin(c.UserContext(), handle, clientAddress(c, s.Proxies))
	return send(c, out, err)
}

func (s *Server) logIn(c *fiber.Ctx) error {
	var body wire.LoginRequest
	if err := decode(c, &body); err != nil {
		return err
	}
	in, err := body.Parse()
	if err != nil {
		return err
	}
	fresh, err := s.App.Login(c.UserContext(), in, clientAddress(c, s.Proxies))
	if err != nil {
		return err
	}
	s.setCookie(c, signinCookie, fresh.Token, fresh.Until)
	return c.JSON(wire.LoginAnswer{})
}

// signOut ends well when the sign-in is over already: that is what was asked for. When nobody knows
// whether it is, the cookie stays, so that the browser can ask again.
func (s *Server) signOut(c *fiber.Ctx) error {
	err := s.identify(c)
	if err == nil {
		err = s.App.SignOut(c.UserContext())
	}
	if err != nil && fault.As(err).Kind != fault.Unauthenticated {
		return err
	}
	s.dropCookie(c, signinCookie)
	c.Set("Clear-Site-Data", `"cache"`)
	return c.SendStatus(fiber.StatusNoContent)
}

func (s *Server) readMe(c *fiber.Ctx) error {
	me, err := s.App.Me(c.UserContext())
	return send(c, me, err)
}

func (s *Server) readWraps(c *fiber.Ctx) error {
	wraps, err := s.App.Wraps(c.UserContext())
	return send(c, wraps, err)
}

func (s *Server) readVault(c *fiber.Ctx) error {
	vault, err := s.App.Vault(c.UserContext())
	return send(c, vault, err)
}

var errIfMatch = fault.New(fault.Invalid, "input.invalid", "Some fields need another look.").With("If-Match", "is not the counter before this one")

func (s *Server) saveVault(c *fiber.Ctx) error {
	var body wire.VaultFile
	if err := decode(c, &body); err != nil {
		return err
	}
	ctr, file, err := body.Parse()
	if err != nil {
		return err
	}
	previous, err := strconv.ParseInt(c.Get(fiber.HeaderIfMatch), 10, 64)
	if err != nil || previous < 1 {
		return errIfMatch
	}
	return done(c, s.App.SaveVault(c.UserContext(), previous, ctr, file))
}

func (s *Server) keepHalf(c *fiber.Ctx) error {
	var body wire.Half
	if err := decode(c, &body); err != nil {
		return err
	}
	half, err := body.Parse()
	if err != nil {
		return err
	}
	return done(c, s.App.PutHalf(c.UserContext(), half))
}

func (s *Server) takeHalf(c *fiber.Ctx) error {
	half, err := s.App.TakeHalf(c.UserContext())
	return send(c, half, err)
}

func (s *Server) dropHalf(c *fiber.Ctx) error { return done(c, s.App.DropHalf(c.UserContext())) }

// send answers with a value, done with nothing.
func send(c *fiber.Ctx, value any, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(value)
}

func done(c *fiber.Ctx, err error) error {
	if err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// created answers with the id of a new thing.
func created(c *fiber.Ctx, value any, err error) error {
	if err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(value)
}
