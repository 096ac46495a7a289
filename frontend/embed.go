// Package frontend holds the built single-page app.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:build
var files embed.FS

// Files is the built app, `index.html` at its root. Before the first build it holds a
// placeholder only.
func Files() fs.FS {
	sub, err := fs.Sub(files, "build")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}
