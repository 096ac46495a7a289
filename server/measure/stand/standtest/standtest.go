// Package standtest starts a stand for a test and removes it at the end.
package standtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"amends/server/measure/stand"
)

// New builds the program and starts a stand. Without Postgres or Redis the test fails and names the
// package to install.
func New(ctx context.Context, t *testing.T) *stand.Stand {
	t.Helper()
	folder, err := os.MkdirTemp("", "amends-stand-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	binary := filepath.Join(folder, "amends")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "amends/cmd/amends").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	s, err := stand.New(ctx, binary, folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Serve starts a node of the stand.
func Serve(ctx context.Context, t *testing.T, s *stand.Stand, unlimited bool) *stand.Node {
	t.Helper()
	n, err := s.Serve(ctx, stand.NodeOptions{Unlimited: unlimited})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
