package httpapi

import (
	"bytes"
	"flag"
	"os"
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
		t.Fatal("openapi.json is not what the route table says: run `make gen`")
	}
}
