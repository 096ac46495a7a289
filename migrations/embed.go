// Package migrations holds the schema: numbered goose files that only move forward.
package migrations

import "embed"

// Files are the migrations, in the order of their names.
//
//go:embed *.sql
var Files embed.FS
