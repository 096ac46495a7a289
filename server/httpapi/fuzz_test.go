package httpapi

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"amends/server/fault"
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

func inRequest(t *testing.T, from net.Addr, use func(c *fiber.Ctx)) {
	t.Helper()
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	var raw fasthttp.RequestCtx
	raw.Init(&fasthttp.Request{}, from, nil)
	c := app.AcquireCtx(&raw)
	defer app.ReleaseCtx(c)
	use(c)
}

// FuzzDecode checks that decode's faults name fields by plain names, and that it accepts exactly one
// JSON value.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"title":"x"}`, `{"title":1}`, `{"canary violet":1}`, `{} {}`, `null`, ``, `[[[[`, "\x00", `{"title":"x","title":"y"}`} {
		f.Add("application/json", []byte(seed))
	}
	f.Add("application/json; charset=utf-8; a=", []byte(`{}`))
	f.Add("text/plain", []byte(`{}`))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		inRequest(t, &net.TCPAddr{}, func(c *fiber.Ctx) {
			c.Request().Header.SetContentType(kind)
			c.Locals(localBody, body)
			var into wire.ScheduleRequest
			err := decode(c, &into)
			if err == nil {
				return
			}
			said := fault.As(err)
			if said.Kind == fault.Internal {
				t.Errorf("%v", err)
			}
			for _, field := range said.Fields {
				if !fieldName.MatchString(field.Name) {
					t.Errorf("names a field %q", field.Name)
				}
			}
		})
	})
}

// FuzzClientAddress checks that X-Forwarded-For counts only from our own proxies, and that the result
// is one household's prefix.
func FuzzClientAddress(f *testing.F) {
	for _, seed := range []string{"", "203.0.113.9", "203.0.113.9, 10.0.0.2", "x, 10.0.0.2", "::1%eth0", "2001:db8::1, ::ffff:10.0.0.2", ",,,", strings.Repeat("10.0.0.2,", 500)} {
		f.Add(seed, uint32(0x0a000001))
		f.Add(seed, uint32(0xc6336401))
	}
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, forwarded string, from uint32) {
		remote := netip.AddrFrom4([4]byte{byte(from >> 24), byte(from >> 16), byte(from >> 8), byte(from)})
		inRequest(t, &net.TCPAddr{IP: remote.AsSlice()}, func(c *fiber.Ctx) {
			c.Request().Header.Set(fiber.HeaderXForwardedFor, forwarded)
			got := string(clientAddress(c, proxies))
			if !proxies[0].Contains(remote) && got != netip.PrefixFrom(remote, 32).String() {
				t.Errorf("an untrusted client at %s was taken for %s", remote, got)
			}
			if p, err := netip.ParsePrefix(got); err != nil || p.Addr().Is4() && p.Bits() != 32 || p.Addr().Is6() && p.Bits() != 64 || p != p.Masked() {
				t.Errorf("%q is not a household's prefix: %v", got, err)
			}
		})
	})
}
