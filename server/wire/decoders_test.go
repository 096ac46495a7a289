package wire

import (
	"go/ast"
	source "go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amends/server/fault"
)

// Every request body with a Parse method is among the requests of FuzzRequests.
func TestEveryBodyIsFuzzed(t *testing.T) {
	t.Parallel()
	fuzzed, err := os.ReadFile("fuzz_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range files {
		file, err := source.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Recv == nil || f.Name.Name != "Parse" {
				continue
			}
			name, is := f.Recv.List[0].Type.(*ast.Ident)
			n++
			if !is || !strings.Contains(string(fuzzed), "of["+name.Name+",") && !strings.Contains(string(fuzzed), "var r "+name.Name+"\n") {
				t.Errorf("%v of %s is not among the requests of FuzzRequests", f.Recv.List[0].Type, path)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d bodies were found", n)
	}
}

// FuzzParsePoll checks that an accepted query of a poll has valid fields.
func FuzzParsePoll(f *testing.F) {
	f.Add("", "", "")
	f.Add("812", "AAAAAAAAAAAAAAAAAAAAAA", "019ac7f0-0000-7000-8000-000000000001")
	f.Add("999999999999999", "", "")
	f.Add("-1", "\"", "019AC7F0-0000-7000-8000-000000000001")
	f.Fuzz(func(t *testing.T, seq, mark, device string) {
		q, err := ParsePoll(seq, mark, device)
		if err != nil {
			for _, field := range fault.As(err).Fields {
				if field.Name != "seq" && field.Name != "mark" && field.Name != "device" {
					t.Errorf("names a field %q", field.Name)
				}
			}
			return
		}
		if q.Seq < 0 || len(seq) > 15 || mark != "" && len(mark) != 22 || device != "" && len(device) != 36 || q.Fresh != (seq == "" && mark == "") {
			t.Errorf("%q %q %q became %+v", seq, mark, device, q)
		}
	})
}
