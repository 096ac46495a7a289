package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"amends/frontend"
	"amends/server/demo"
)

// Texts and code of the demo's pages. Each must be in the demo's files, and in nothing that `amends
// serve` answers; the first check keeps the second from searching for outdated text.
func demoMarks() []string {
	return []string{"Open as {name}", "Abrir como {name}", "{now} is signed in here", ".localhost", "/demo/", "/demo/people"}
}

// serveHasNoDemo requests from a running `amends serve` everything that a demo has.
func serveHasNoDemo(t *testing.T, base string) {
	t.Helper()
	shell := fetch(t, base, "/nowhere", "")
	if !bytes.Contains(shell.body, []byte(`id="app"`)) {
		t.Fatal("the front end is not built: run `make frontend`")
	}
	demoHasItsMarks(t)
	addresses, err := new(demo.State).Pages("127.0.0.1:8080").Addresses()
	if err != nil {
		t.Fatal(err)
	}
	if len(addresses) < 5 {
		t.Fatalf("a demo has %v", addresses)
	}
	for _, address := range append(addresses, "/demo", "/demo/", "/demo/index.html", "/open/") {
		for _, host := range []string{"", "localhost", "localhost:8080", "127.0.0.1:8080", "sam.localhost:8080"} {
			isAbsent(t, base, address, host, shell.body)
		}
	}
	for _, host := range []string{"", "localhost:8080", "sam.localhost:8080"} {
		if got := fetch(t, base, "/", host); !bytes.Equal(got.body, shell.body) {
			t.Errorf("the start on %q is not the app's", host)
		}
	}
	nothingServedIsOfTheDemo(t, base)
}

// refusesSecretsOfTheDemo: no flag makes a server start with the demo's secrets folder.
func refusesSecretsOfTheDemo(t *testing.T, s setup) {
	t.Helper()
	folder := t.TempDir()
	if _, err := demo.Secrets(folder); err != nil {
		t.Fatal(err)
	}
	env := append(slices.Clip(s.env), "LISTEN=127.0.0.1:0", "SECRETS_DIR="+filepath.Join(folder, "secrets"), "CHECKPOINT_DIR="+folder)
	if out, err := (setup{s.binary, env}).run(t, "serve"); err == nil || !strings.Contains(out, "secrets of the demo") {
		t.Errorf("serve with the demo's secrets: %s", out)
	}
	for _, flag := range []string{"--demo", "--data=" + folder} {
		if out, err := s.run(t, "serve", flag); err == nil || !strings.Contains(out, "unknown flag") {
			t.Errorf("serve %s: %s", flag, out)
		}
	}
}

// isAbsent: a demo address gets the same answer as any unknown address.
func isAbsent(t *testing.T, base, address, host string, shell []byte) {
	t.Helper()
	got := fetch(t, base, address, host)
	if strings.HasPrefix(address, "/api/") || path.Ext(address) != "" {
		if got.status != http.StatusNotFound {
			t.Errorf("%s on %q: %d", address, host, got.status)
		}
		return
	}
	if got.status != http.StatusOK || !bytes.Equal(got.body, shell) {
		t.Errorf("%s on %q is not the app's page for what is not there: %d", address, host, got.status)
	}
	if cookie := got.header.Get("Set-Cookie"); cookie != "" {
		t.Errorf("%s on %q sets a cookie", address, host)
	}
}

// nothingServedIsOfTheDemo searches every file of the app as the server serves it.
func nothingServedIsOfTheDemo(t *testing.T, base string) {
	t.Helper()
	files := filesOf(t, frontend.Files())
	if len(files) < 50 {
		t.Fatalf("only %d files are served", len(files))
	}
	for _, address := range append(files, "/", "/api/openapi.json", "/version") {
		got := fetch(t, base, address, "")
		if got.status != http.StatusOK {
			if !strings.HasSuffix(address, ".br") && !strings.HasSuffix(address, ".gz") {
				t.Errorf("%s: %d", address, got.status)
			}
			continue
		}
		for _, mark := range demoMarks() {
			if bytes.Contains(got.body, []byte(mark)) {
				t.Errorf("%s has %q of the demo", address, mark)
			}
		}
	}
}

func demoHasItsMarks(t *testing.T) {
	t.Helper()
	var all []byte
	for _, name := range filesOf(t, frontend.DemoFiles()) {
		text, err := fs.ReadFile(frontend.DemoFiles(), strings.TrimPrefix(name, "/"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	for _, mark := range demoMarks() {
		if !bytes.Contains(all, []byte(mark)) {
			t.Errorf("%q is not in the demo's pages any more: name another mark", mark)
		}
	}
}

func filesOf(t *testing.T, source fs.FS) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all = append(all, "/"+name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func fetch(t *testing.T, base, address, host string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, base+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(fmt.Errorf("ask for %s: %w", address, err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body}
}
