package httpapi

import (
	"fmt"
	"io/fs"
	"net"
	"slices"

	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

// The demo's own pages. One of them signs a person in from the secrets in its address: on a real
// server that would let a link on any site put somebody into the account of whoever wrote the link,
// who could then read what they write. So these pages are a build of their own, `amends serve` has no
// way to mount them, and even in the demo they answer on the hosts they were made for only.

const (
	// DemoOpen is the page that opens a person; name, password and key card stand in its fragment.
	DemoOpen   = "/open"
	demoFolder = "/demo"
	demoPeople = "/demo/people"
)

// Demo is what `amends demo` has and `amends serve` has not.
type Demo struct {
	People wire.DemoPeople
	// Files are the built pages, `index.html` for both of them.
	Files fs.FS
	// StartHosts show who there is, with their secrets; PersonHosts are those of the seeded people,
	// who open there. Names without ports: another name could lead here from a page of a stranger.
	StartHosts, PersonHosts []string
}

// Addresses are all that a demo answers and `amends serve` must not.
func (d *Demo) Addresses() ([]string, error) {
	own, err := d.files()
	if err != nil {
		return nil, err
	}
	all := []string{"/api/v1" + demoPeople}
	for address := range own {
		all = append(all, address)
	}
	slices.Sort(all)
	return all, nil
}

// files gives the built files by their addresses.
func (d *Demo) files() (map[string]*file, error) {
	built, err := newPages(d.Files)
	if err != nil {
		return nil, fmt.Errorf("the demo's pages: %w", err)
	}
	out := map[string]*file{}
	for name, f := range built.files {
		if name == "/index.html" {
			out[DemoOpen] = f
		} else {
			out[demoFolder+name] = f
		}
	}
	return out, nil
}

type demoPages struct {
	*Demo
	own map[string]*file
}

// The worker's own name, in the app and among the demo's files.
const serviceWorker = "/sw.js"

// pages mounts the demo's pages before those of the app, and puts a few lines before the app's
// service worker, which would answer their addresses with the app.
func (d *Demo) pages(app *pages) (*demoPages, error) {
	own, err := d.files()
	if err != nil {
		return nil, err
	}
	first, then := own[demoFolder+serviceWorker], app.files[serviceWorker]
	if first != nil && then != nil {
		both := slices.Concat(first.raw, then.raw)
		app.files[serviceWorker] = &file{raw: both, kind: then.kind, etag: etagOf(both), cache: then.cache, policy: then.policy}
	}
	return &demoPages{d, own}, nil
}

func (p *demoPages) serve(c *fiber.Ctx) error {
	f := p.find(hostOf(c), c.Path())
	if f == nil || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return c.Next()
	}
	return hand(c, f)
}

func (p *demoPages) find(host, path string) *file {
	switch path {
	case "/":
		if slices.Contains(p.StartHosts, host) {
			return p.own[DemoOpen]
		}
		return nil
	case DemoOpen:
		if !slices.Contains(p.PersonHosts, host) {
			return nil
		}
	}
	return p.own[path]
}

// hostOf is the name that the browser asked for, without the port.
func hostOf(c *fiber.Ctx) string {
	name := string(c.Request().Host())
	if host, _, err := net.SplitHostPort(name); err == nil {
		return host
	}
	return name
}

func (s *Server) listDemoPeople(c *fiber.Ctx) error {
	if !slices.Contains(s.Demo.StartHosts, hostOf(c)) {
		return errNoRoute
	}
	return c.JSON(s.Demo.People)
}
