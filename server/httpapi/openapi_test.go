package httpapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"amends/server/app"
)

var update = flag.Bool("update", false, "write generated files again")

func TestOpenAPIDocumentIsWhatTheRoutesSay(t *testing.T) {
	t.Parallel()
	text, err := describe(app.Operations())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(text, openAPIText) {
		t.Fatal("openapi.json does not match the rows: run `make gen`")
	}
}

// Every operation is described: what it does, and who may call it.
func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	var doc struct {
		Paths map[string]map[string]struct {
			ID       string                 `json:"operationId"`
			Summary  string                 `json:"summary"`
			Security *[]map[string][]string `json:"security"`
			Tags     []string               `json:"tags"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(openAPIText, &doc); err != nil {
		t.Fatal(err)
	}
	n := 0
	for path, methods := range doc.Paths {
		for _, o := range methods {
			n++
			if o.Summary == "" || strings.HasSuffix(o.Summary, ".") || len(o.Tags) != 1 || o.Security == nil {
				t.Errorf("%s is not described: %+v", o.ID, o)
			}
			if strings.Contains(path, demoPeople) {
				t.Errorf("%s belongs to the demo", path)
			}
		}
	}
	if n != len(app.Operations()) {
		t.Errorf("%d operations are described, and there are %d", n, len(app.Operations()))
	}
}
