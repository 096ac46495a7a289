package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// The built app, served from memory. A missing path with a file extension is 404, never the app's
// shell: answering for a stale chunk with HTML would leave a white page.

const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types svelte-trusted-html amends"

// Only the crypto worker may run WASM, and it cannot make requests.
const workerCSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'"

// file is one file of the app with its precompressed variants.
type file struct {
	raw, br, gz   []byte
	kind, etag    string
	cache, policy string
}

type pages struct{ files map[string]*file }

func newPages(source fs.FS) (*pages, error) {
	p := &pages{files: map[string]*file{}}
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") {
			return err
		}
		f, err := load(source, name)
		p.files["/"+name] = f
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the built app: %w", err)
	}
	return p, nil
}

func load(source fs.FS, name string) (*file, error) {
	raw, err := fs.ReadFile(source, name)
	if err != nil {
		return nil, err
	}
	f := &file{raw: raw, kind: typeOf(name), etag: etagOf(raw), cache: "no-cache", policy: pageCSP}
	// Only text files have precompressed variants.
	f.br, _ = fs.ReadFile(source, name+".br")
	f.gz, _ = fs.ReadFile(source, name+".gz")
	if strings.HasPrefix(name, "assets/") {
		f.cache = "public, max-age=31536000, immutable"
	}
	if strings.HasPrefix(name, "assets/crypto-worker") {
		f.policy = workerCSP
	}
	return f, nil
}

func etagOf(raw []byte) string {
	sum := sha256.Sum256(raw)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return fiber.MIMEOctetStream
}

// find returns the file of a path: the file itself, or the shell for a page of the app.
func (p *pages) find(name string) *file {
	if f := p.files[name]; f != nil {
		return f
	}
	if path.Ext(name) != "" {
		return nil
	}
	return p.files["/index.html"]
}

func (p *pages) serve(c *fiber.Ctx) error {
	if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		return errMethod
	}
	f := p.find(c.Path())
	if f == nil {
		return errNoRoute
	}
	return hand(c, f)
}

// hand sends a file, or 304 when the browser has it.
func hand(c *fiber.Ctx, f *file) error {
	c.Set("Content-Security-Policy", f.policy)
	c.Set(fiber.HeaderETag, f.etag)
	c.Set(fiber.HeaderCacheControl, f.cache)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if c.Get(fiber.HeaderIfNoneMatch) == f.etag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, f.kind)
	accepts := c.Get(fiber.HeaderAcceptEncoding)
	switch {
	case len(f.br) > 0 && strings.Contains(accepts, "br"):
		c.Set(fiber.HeaderContentEncoding, "br")
		return c.Send(f.br)
	case len(f.gz) > 0 && strings.Contains(accepts, "gzip"):
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(f.gz)
	}
	return c.Send(f.raw)
}
