package server_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Paths named in documents must exist.

func TestDocumentsNamePathsThatExist(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`([\\w.@-]+(?:/[\\w.@-]+)+)/?`")
	for _, document := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md"} {
		paths := named.FindAllStringSubmatch(readDocument(t, document), -1)
		if len(paths) == 0 {
			t.Errorf("%s names no path", document)
		}
		for _, m := range paths {
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s names %s, which is not there", document, m[1])
			}
		}
	}
}

// The layers in the document must be those that the import test enforces.
func TestTheArchitectureShowsTheFloors(t *testing.T) {
	t.Parallel()
	byFloor := map[int][]string{}
	for path, floor := range floors() {
		byFloor[floor] = append(byFloor[floor], "`"+strings.TrimPrefix(path, "amends/")+"`")
	}
	want := "| floor | packages |\n| --- | --- |\n"
	for _, floor := range slices.Backward(slices.Sorted(maps.Keys(byFloor))) {
		slices.Sort(byFloor[floor])
		want += fmt.Sprintf("| %d | %s |\n", floor, strings.Join(byFloor[floor], ", "))
	}
	_, rest, _ := strings.Cut(readDocument(t, "ARCHITECTURE.md"), "<!-- floors -->\n")
	got, _, ok := strings.Cut(rest, "<!-- /floors -->")
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("the section floors of ARCHITECTURE.md is not what floors() says; it should be\n%s", want)
	}
}

// Each decision must name, on its line "Guarded by", the tests or journeys that fail when it is broken.
func TestDecisionsNameTheirGuards(t *testing.T) {
	t.Parallel()
	known := knownTests(t)
	records, err := filepath.Glob(filepath.Join("decisions", "*.md"))
	if err != nil || len(records) == 0 {
		t.Fatalf("no decisions: %v", err)
	}
	named := regexp.MustCompile("`([^`]+)`")
	for _, record := range records {
		_, guards, _ := strings.Cut(readDocument(t, filepath.Join("server", record)), "**Guarded by:**")
		line, _, _ := strings.Cut(guards, "\n")
		tests := named.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 {
			t.Errorf("%s names no test that guards it (a line `**Guarded by:** ...`)", record)
		}
		for _, m := range tests {
			if !known[m[1]] {
				t.Errorf("%s is guarded by %s, which is not there", record, m[1])
			}
		}
	}
}

// knownTests are the names of all Go test functions, and of the files of front-end tests and browser
// journeys.
func knownTests(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	journeys, err := filepath.Glob(filepath.Join("..", "frontend", "e2e", "*.spec.ts"))
	check(t, err)
	for _, journey := range journeys {
		known[filepath.Base(journey)] = true
	}
	check(t, filepath.WalkDir(filepath.Join("..", "frontend", "src"), func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".test.ts") {
			known[filepath.Base(path)] = true
		}
		return err
	}))
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, root := range []string{".", filepath.Join("..", "cmd"), filepath.Join("..", "roles")} {
		check(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range function.FindAllSubmatch(text, -1) {
				known[string(m[1])] = true
			}
			return err
		}))
	}
	return known
}

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
