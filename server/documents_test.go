package server_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Documents that name files are held to them: a reader who follows a path arrives.

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

// The floors of the document are those that imports are checked against.
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

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
