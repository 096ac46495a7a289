// Package frontend holds the built single-page app.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:build
var files embed.FS

//go:embed all:build-demo
var demoFiles embed.FS

// Files is the built app, `index.html` at its root. Before the first build it holds a
// placeholder only.
func Files() fs.FS { return inside(files, "build") }

// DemoFiles are the pages that `amends demo` has and `amends serve` must not: one of them signs a
// person in by its address.
func DemoFiles() fs.FS { return inside(demoFiles, "build-demo") }

func inside(all embed.FS, folder string) fs.FS {
	sub, err := fs.Sub(all, folder)
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}
