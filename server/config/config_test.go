package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write generated files again")

const document = "../../deploy/ENVIRONMENT.md"

func TestEnvironmentDocumentIsWhatTheConfigSays(t *testing.T) {
	t.Parallel()
	if *update {
		if err := os.WriteFile(document, []byte(Document()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(document)
	if err != nil || string(text) != Document() {
		t.Fatal("deploy/ENVIRONMENT.md is not what the config says: run `make gen`")
	}
}

func TestSecretsComeFromFilesAndErrorsNeverQuoteThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(path, []byte("postgres://x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DATABASE_URL_FILE", path)
	c, err := Read()
	if err != nil || c.DatabaseURL != "postgres://x" {
		t.Fatalf("%q %v", c.DatabaseURL, err)
	}
	t.Setenv("DATABASE_CONNS", "canary-value")
	if _, err = Read(); err == nil || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "DATABASE_CONNS") {
		t.Fatalf("a wrong number: %v", err)
	}
	t.Setenv("DATABASE_CONNS", "3")
	t.Setenv("REDIS_URL_FILE", filepath.Join(t.TempDir(), "none"))
	if _, err = Read(); err == nil || !strings.Contains(err.Error(), "REDIS_URL_FILE") {
		t.Fatalf("a missing file: %v", err)
	}
}

func TestEveryMissingVariableIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	err := Config{PublicURL: "https://x.org"}.Need("DATABASE_URL", "REDIS_URL", "PUBLIC_URL")
	if err == nil || !strings.HasPrefix(err.Error(), "DATABASE_URL, REDIS_URL must be set") {
		t.Fatal(err)
	}
}

func TestPlainHTTPIsForLoopbackOnly(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{"https://meet.example.org": true, "http://localhost:8080": true, "http://sam.localhost:1": true,
		"http://meet.example.org": false, "https://meet.example.org/x": false, "ftp://x": false, "": false} {
		if _, err := (Config{PublicURL: address}).Public(); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
}
