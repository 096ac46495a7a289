package httpapi

import (
	"io"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"amends/server/wire"
)

func built(files map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func doorServer(t *testing.T, demo *Demo) *Server {
	t.Helper()
	s, err := New(Options{Files: built(map[string]string{"index.html": "app", "sw.js": "app worker"}), Log: slog.New(slog.DiscardHandler), Demo: demo})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testDemo() *Demo {
	return &Demo{People: wire.DemoPeople{Facility: "Willow House", People: []wire.DemoPerson{{Name: "Sam", URL: "#password=1"}}},
		Files:      built(map[string]string{"index.html": "demo", "assets/a.js": "code", "sw.js": "demo worker; "}),
		StartHosts: []string{"localhost", "127.0.0.1"}, PersonHosts: []string{"sam.localhost"}}
}

// The demo's pages are served on their own hosts only; a server without a demo has none.
func TestTheDemosPagesAnswerOnTheirOwnHosts(t *testing.T) {
	t.Parallel()
	const none = "404"
	for _, row := range []struct{ asks, demo, serve string }{
		{"localhost:8080/", "demo", "app"},
		{"127.0.0.1:8080/", "demo", "app"},
		{"sam.localhost:8080/", "app", "app"},
		{"elsewhere.example/", "app", "app"},
		{"sam.localhost:8080/open", "demo", "app"},
		{"sam.localhost/open", "demo", "app"},
		{"localhost:8080/open", "app", "app"},
		{"new.localhost:8080/open", "app", "app"},
		{"sam.localhost.elsewhere.example/open", "app", "app"},
		{"sam.localhost:8080/open/", "app", "app"},
		{"sam.localhost:8080/demo/assets/a.js", "code", none},
		{"sam.localhost:8080/demo/index.html", none, none},
		{"sam.localhost:8080/sw.js", "demo worker; app worker", "app worker"},
		{"localhost:8080/api/v1/demo/people", "password", none},
		{"127.0.0.1:8080/api/v1/demo/people", "password", none},
		{"sam.localhost:8080/api/v1/demo/people", none, none},
		{"elsewhere.example:8080/api/v1/demo/people", none, none},
	} {
		for mode, want := range map[string]string{"demo": row.demo, "serve": row.serve} {
			var demo *Demo
			if mode == "demo" {
				demo = testDemo()
			}
			host, path, _ := strings.Cut(row.asks, "/")
			req := httptest.NewRequest("GET", "/"+path, nil)
			req.Host = host
			res, err := doorServer(t, demo).fiber.Test(req)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			got := string(text)
			if res.StatusCode == 404 {
				got = none
			}
			if got != want && !(want == "password" && strings.Contains(got, want)) {
				t.Errorf("%s of %s: %q, want %q", row.asks, mode, got, want)
			}
		}
	}
}
