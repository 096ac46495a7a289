package httpapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// bodyVerbs are the methods of Fiber and fasthttp that touch a request's body. They read all of it at
// once, whatever its length, and some decompress it.
func bodyVerbs() map[string]bool {
	verbs, about := map[string]bool{}, regexp.MustCompile(`Body|MultipartForm|FormValue|FormFile|PostArgs`)
	for _, t := range []reflect.Type{reflect.TypeFor[*fiber.Ctx](), reflect.TypeFor[*fasthttp.RequestCtx](), reflect.TypeFor[*fasthttp.Request]()} {
		for i := range t.NumMethod() {
			if name := t.Method(i).Name; about.MatchString(name) {
				verbs[name] = true
			}
		}
	}
	return verbs
}

// `make lint` runs this. Only this package may import Fiber (floors_test.go), so others need no check.
func TestBodiesAreReadInOneFile(t *testing.T) {
	t.Parallel()
	verbs := bodyVerbs()
	for _, name := range []string{"Body", "BodyRaw", "BodyParser", "MultipartForm", "FormValue", "FormFile", "PostBody", "PostArgs", "BodyStream", "RequestBodyStream", "BodyUncompressed"} {
		if !verbs[name] {
			t.Errorf("%s is not looked for", name)
		}
	}
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	at := token.NewFileSet()
	for _, name := range names {
		if name == "body.go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(at, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && verbs[s.Sel.Name] {
				t.Errorf("%s: %s is for body.go; a handler calls decode or bodyOf", at.Position(s.Pos()), s.Sel.Name)
			}
			return true
		})
	}
}
