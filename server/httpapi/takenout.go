package httpapi

import (
	"slices"
	"strings"
	"time"

	"amends/server/app"
	"amends/server/id"

	"github.com/gofiber/fiber/v2"
)

// A removed guest could drop their seat and return under another name. So dropping the seat leaves a
// mark cookie that names the meeting and the guest, who may be let back in; of several meetings, since being
// removed from a second one must not open the first. It grants nothing and needs no signature: it can only
// lead to a refusal, and whoever could forge it could also delete it. It expires markLife after the newest
// removal: by then the code of each of its meetings is no longer valid.

const (
	markCookie = "out"
	markLife   = 12 * time.Hour
	// marksKept bounds the removals of a mark, the newest first; markEnd stands after each but the last.
	marksKept = 8
	markEnd   = "~"
)

// browserOf returns what is known of a browser that wants to enter as a guest: its mark and its
// signed-in member.
func (s *Server) browserOf(c *fiber.Ctx) (app.Browser, error) {
	if err := s.markOut(c); err != nil {
		return app.Browser{}, err
	}
	by := app.Browser{}
	if outs, ok := c.Locals(markCookie).([]app.Out); ok {
		by.Outs = outs
	} else {
		by.Outs = parseMarks(c.Cookies(s.cookieName(markCookie)))
	}
	token := c.Cookies(s.cookieName(signinCookie))
	if token == "" {
		return by, nil
	}
	var err error
	by.Member, err = s.App.MemberOf(c.UserContext(), token)
	return by, err
}

// parseMarks reads the removals of a mark cookie.
func parseMarks(value string) (outs []app.Out) {
	for one := range strings.SplitSeq(value, markEnd) {
		if out := parseMark(one); !out.Workshop.IsZero() && len(outs) < marksKept {
			outs = append(outs, out)
		}
	}
	return outs
}

// parseMark reads a mark; that of an older build has no person. Anything else is none.
func parseMark(value string) (out app.Out) {
	meeting, person, named := strings.Cut(value, ".")
	workshop, err := id.Parse[id.Workshop](meeting)
	if err != nil {
		return app.Out{}
	}
	if out.Workshop = workshop; named {
		if out.Person, err = id.Parse[id.Member](person); err != nil {
			return app.Out{}
		}
	}
	return out
}

// markOut sets the mark when the person of this browser's seat was removed. Call it before the seat's
// cookie is dropped or replaced.
func (s *Server) markOut(c *fiber.Ctx) error {
	token := c.Cookies(s.cookieName(guestCookie))
	if token == "" {
		return nil
	}
	out, err := s.App.TakenOut(c.UserContext(), token)
	if err != nil || out.Workshop.IsZero() {
		return err
	}
	before := slices.DeleteFunc(parseMarks(c.Cookies(s.cookieName(markCookie))), func(o app.Out) bool { return o.Workshop == out.Workshop })
	outs := slices.Insert(before, 0, out)
	outs = outs[:min(len(outs), marksKept)]
	c.Locals(markCookie, outs)
	var marks []string
	for _, o := range outs {
		marks = append(marks, o.Workshop.String()+"."+o.Person.String())
	}
	s.setCookie(c, markCookie, strings.Join(marks, markEnd), time.Now().Add(markLife))
	return nil
}
