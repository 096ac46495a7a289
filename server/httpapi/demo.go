package httpapi

import (
	"fmt"
	"io/fs"
	"net"
	"slices"

	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

// The demo's own pages. One of them signs a person in with the secrets in its URL. On a real server, a
// link on any site could then sign a person in to the account of the link's author, who could read what
// they write. So these pages are a separate build, `amends serve` cannot mount them, and even in the
// demo they answer only on their own hosts.

const (
	// DemoOpen is the page that signs a person in; name, password and key card are in its URL fragment.
	DemoOpen   = "/open"
	demoFolder = "/demo"
	demoPeople = "/demo/people"
)

// Demo has what only `amends demo` serves.
type Demo struct {
	People wire.DemoPeople
	// Files are the built pages; both use `index.html`.
	Files fs.FS
	// StartHosts list the people with their secrets; PersonHosts sign a person in. Names without ports.
	// Other names are refused, because a hostile page could point its own name here (DNS rebinding).
	StartHosts, PersonHosts []string
}

// Addresses lists all paths that only a demo may serve.
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

// files returns the built files by path.
func (d *Demo) files() (map[string]*file, error) {
	built, err := newPages(d.Files)
	if err != nil {
		return nil, fmt.Errorf("read the demo's pages: %w", err)
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

// The service worker's path, in the app and among the demo's files.
const serviceWorker = "/sw.js"

// pages mounts the demo's pages before the app's, and prepends a few lines to the app's service worker,
// which would otherwise answer the demo's paths with the app.
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

// hostOf returns the host that the browser asked for, without the port.
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
