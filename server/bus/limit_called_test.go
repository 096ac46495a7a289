package bus_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A rule is a value: neither the compiler nor a search for dead code notices when the line that applies
// it is removed. So this test reads the source: every function of limit.go that returns a Rule must be
// called by the server outside this package and its tests, and nobody else may build a Rule.

func TestEveryRuleIsApplied(t *testing.T) {
	t.Parallel()
	written := writtenRules(t)
	if diff := cmp.Diff(written, slices.Sorted(maps.Keys(rules()))); diff != "" {
		t.Errorf("rules() in limit_test.go leaves out a rule of limit.go: %s", diff)
	}
	called, made := usesOfBus(t)
	for _, rule := range written {
		if len(called[rule]) == 0 {
			t.Errorf("bus.%s is written and never called", rule)
		}
	}
	if len(made) > 0 {
		t.Errorf("a bus.Rule is made outside of limit.go, where this test cannot see it: %v", made)
	}
}

// writtenRules lists the exported functions of limit.go, without a receiver, that return one Rule.
func writtenRules(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, d := range parse(t, "limit.go").Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || !f.Name.IsExported() || f.Type.Results.NumFields() != 1 {
			continue
		}
		if given, ok := f.Type.Results.List[0].Type.(*ast.Ident); ok && given.Name == "Rule" {
			names = append(names, f.Name.Name)
		}
	}
	slices.Sort(names)
	return names
}

// usesOfBus returns, for each function of this package, the files that call it, and the files that
// contain a bus.Rule literal, over the whole server without tests, this package and bustest.
func usesOfBus(t *testing.T) (called map[string][]string, made []string) {
	t.Helper()
	called = map[string][]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path == filepath.Join("..", "bus") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		ast.Inspect(parse(t, path), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if name := ofBus(n.Fun); name != "" {
					called[name] = append(called[name], path)
				}
			case *ast.CompositeLit:
				if ofBus(n.Type) == "Rule" {
					made = append(made, path)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return called, made
}

// ofBus returns X of the expression bus.X, or "".
func ofBus(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if from, ok := s.X.(*ast.Ident); ok && from.Name == "bus" {
		return s.Sel.Name
	}
	return ""
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
